import {
  comparable,
  spend,
  toElementTest,
  type Candidate,
  type Effort,
  type Expression,
} from '../search/expression.js';
import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from '../kernel/json.js';
import { findAttribute, type AttributeDeclaration } from '../schema/attribute.js';

/** One element of an `ElementList`. Its fields change in place once they are a copy of the list's own. */
interface Element extends Candidate {
  fields: Readonly<Record<string, JsonValue | undefined>>;
  folded: Map<string, string>;
  owned: boolean;
  /** A plain value, such as a string, whose one field is `value`. */
  readonly plain: boolean;
  /** See `identityOf`; undefined until it is asked for, and after a change. */
  identity: string | undefined;
}

/** Up to so many elements are looked for one by one; for more it pays to make an index. */
const FEW = 16;

/** What it costs to put an identity together, in comparisons. */
const IDENTITY_EFFORT = 20;

/**
 * The elements of one multi-valued attribute while a list of operations changes them. A thousand operations may meet a
 * thousand elements: nothing here copies the list for a change, and what is folded for one filter stays folded.
 */
export class ElementList {
  readonly #attribute: AttributeDeclaration;
  readonly #effort: Effort;
  #hasEmpty = false;
  #elements: Element[];
  /** The first element of each identity; undefined when a change has made it stale. */
  #index: Map<string, Element> | undefined;

  /** @param effort what all work on elements takes from; DomainError TOO_MANY when nothing is left */
  constructor(attribute: AttributeDeclaration, value: JsonValue | undefined, effort: Effort) {
    this.#attribute = attribute;
    this.#effort = effort;
    this.#elements = Array.isArray(value) ? (value as readonly JsonValue[]).map(toElement) : [];
  }

  get elements(): readonly Element[] {
    return this.#elements;
  }

  /** The attribute's value; undefined when nothing is left. */
  toValue(): JsonValue | undefined {
    return this.#elements.length === 0 ? undefined : this.#elements.map(toJson);
  }

  clear(): void {
    this.#elements = [];
    this.#index = undefined;
  }

  /**
   * Adds elements. One that is there already by (type, value) is not kept twice (RFC 7643 §2.4); what the new one says
   * beyond is merged in. A new primary element takes the flag from the old one (RFC 7644 §3.5.2).
   */
  add(values: readonly JsonValue[]): void {
    this.#expect(values.length);
    for (const value of values) {
      const added = toElement(value);
      const kept = this.#merge(added);
      if (isPrimary(added)) this.keepPrimary(kept);
    }
  }

  /** Adds elements by the same rule, but leaves the flags alone: whether two are primary is for the caller to judge. */
  merge(values: readonly JsonValue[]): void {
    this.#expect(values.length);
    for (const value of values) this.#merge(toElement(value));
  }

  #expect(count: number): void {
    if (count > FEW) this.#index ??= this.#toIndex();
  }

  #merge(added: Element): Element {
    const present = this.#find(added);
    if (present) {
      for (const [name, value] of Object.entries(added.fields)) this.set(present, name, value);
      return present;
    }
    this.#elements.push(added);
    this.#index?.set(this.#identityOf(added), added);
    if (isEmpty(added)) this.#hasEmpty = true;
    return added;
  }

  #find(wanted: Element): Element | undefined {
    if (this.#index) return this.#index.get(this.#identityOf(wanted));
    spend(this.#effort, this.#elements.length);
    const { value, type } = wanted.fields;
    return value === undefined
      ? this.#elements.find((one) => one.fields['value'] === undefined && this.#isWholly(one, wanted))
      : this.#elements.find(({ fields }) => equal(fields['value'], value) && equal(fields['type'], type));
  }

  #isWholly(one: Element, other: Element): boolean {
    return this.#identityOf(one) === this.#identityOf(other);
  }

  /** Takes out the elements that are listed: the same by `value`, by its case rule, and by `type` where one is named. */
  removeListed(values: readonly JsonValue[]): void {
    const listed = values.map(toElement);
    const whole = new Set(
      listed.filter(({ fields }) => fields['value'] === undefined).map((one) => this.#identityOf(one)),
    );
    const byValue = Map.groupBy(listed, (one) => this.#comparedValue(one));
    spend(this.#effort, this.#elements.length);
    this.keep((element) => {
      const { value, type } = element.fields;
      if (value === undefined) return whole.size === 0 || !whole.has(this.#identityOf(element));
      const same = byValue.get(this.#comparedValue(element));
      return !same?.some((one) => one.fields['type'] === undefined || equal(one.fields['type'], type));
    });
  }

  /** The value as it is compared, in a form that a map can find. */
  #comparedValue({ fields: { value }, folded }: Element): JsonValue | undefined {
    if (typeof value !== 'string') return typeof value === 'object' ? JSON.stringify(value) : value;
    let text = folded.get('value');
    if (text === undefined) {
      text = comparable(findAttribute(this.#attribute.subAttributes, 'value') ?? this.#attribute, value);
      folded.set('value', text);
    }
    return text;
  }

  /** The elements that a value path's filter selects, in order. */
  select(where: Expression): Element[] {
    return this.#elements.filter(toElementTest(where, this.#effort));
  }

  set(element: Element, name: string, value: JsonValue | undefined): void {
    if (element.fields[name] === value) return;
    if (!element.owned) {
      element.fields = { ...element.fields };
      element.folded = new Map(element.folded);
      element.owned = true;
    }
    (element.fields as Record<string, JsonValue | undefined>)[name] = value;
    element.folded.delete(name);
    element.identity = undefined;
    if (value === undefined && isEmpty(element)) this.#hasEmpty = true;
    if (name === 'value' || name === 'type' || element.fields['value'] === undefined) this.#index = undefined;
  }

  /** Puts the same fields into the place of those of several elements. */
  replace(elements: readonly Element[], fields: JsonObject): void {
    const folded = new Map<string, string>();
    for (const element of elements) {
      element.fields = fields;
      element.folded = folded;
      element.owned = false;
      element.identity = undefined;
    }
    this.#index = undefined;
  }

  /** Keeps the elements that pass. */
  keep(passes: (element: Element) => boolean): void {
    const kept = this.#elements.filter(passes);
    if (kept.length === this.#elements.length) return;
    this.#elements = kept;
    this.#index = undefined;
  }

  /** Takes out what a change has left nothing of. */
  dropEmpty(): void {
    if (!this.#hasEmpty) return;
    this.#hasEmpty = false;
    this.keep((element) => !isEmpty(element));
  }

  /** Takes the flag from every primary element but one. */
  keepPrimary(primary: Element): void {
    for (const element of this.#elements) {
      if (element !== primary && isPrimary(element)) this.set(element, 'primary', false);
    }
  }

  countPrimaries(): number {
    let count = 0;
    for (const element of this.#elements) if (isPrimary(element)) count++;
    return count;
  }

  #toIndex(): Map<string, Element> {
    // Reversed, so that of two of one identity the first is found.
    return new Map(this.#elements.toReversed().map((element) => [this.#identityOf(element), element]));
  }

  #identityOf(element: Element): string {
    if (element.identity === undefined) {
      spend(this.#effort, IDENTITY_EFFORT);
      element.identity = identityOf(element.fields);
    }
    return element.identity;
  }
}

function toElement(value: JsonValue): Element {
  const plain = !isJsonObject(value);
  return { fields: plain ? { value } : value, owned: plain, plain, folded: new Map(), identity: undefined };
}

function toJson({ fields, owned, plain }: Element): JsonValue {
  if (plain) return fields['value'] ?? null;
  if (!owned) return fields as JsonObject;
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

export function isPrimary({ fields }: Element): boolean {
  return fields['primary'] === true;
}

function isEmpty({ fields }: Element): boolean {
  for (const name in fields) if (fields[name] !== undefined) return false;
  return true;
}

function equal(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === b || (typeof a === 'object' && jsonEquals(a, b));
}

/** What makes two elements one: `value` and `type`, or all of them where there is no value (addresses). */
function identityOf(fields: Element['fields']): string {
  const { value, type } = fields;
  if (value !== undefined) return JSON.stringify([value, type]);
  const present = Object.keys(fields).filter((name) => fields[name] !== undefined);
  return JSON.stringify(present.sort().map((name) => [name, fields[name]]));
}

/**
 * The elements of a list that a client sent as a whole, each (type, value) once (RFC 7643 §2.4), in the order in which
 * they come first. What a later one says beyond, or otherwise, counts.
 *
 * @param values parsed elements of the attribute
 */
export function distinctElements(attribute: AttributeDeclaration, values: readonly JsonValue[]): readonly JsonValue[] {
  if (values.length < 2) return values;
  // The limit on elements is limit enough: each is looked for once.
  const list = new ElementList(attribute, [], { left: Infinity });
  list.merge(values);
  return list.elements.map(toJson);
}
