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

/** One element of an `ElementList`. Its fields are modified in place once the list owns a copy of them. */
interface Element extends Candidate {
  fields: Readonly<Record<string, JsonValue | undefined>>;
  folded: Map<string, string>;
  owned: boolean;
  /** True for a simple value, such as a string, whose only field is `value`. */
  readonly plain: boolean;
  /** The cached result of `identityOf`; undefined until it is needed and after a change. */
  identity: string | undefined;
}

/** The largest number of look-ups for which a linear search is cheaper than building an index. */
const FEW = 16;

/** The cost of computing an identity, in comparisons. */
const IDENTITY_EFFORT = 20;

/**
 * The elements of one multi-valued attribute while a list of operations changes them. The design case is a thousand
 * operations on a thousand elements: changes do not copy the list, and folded values are cached across filters.
 */
export class ElementList {
  readonly #attribute: AttributeDeclaration;
  readonly #effort: Effort;
  #hasEmpty = false;
  #elements: Element[];
  /** The first element of each identity; undefined after a change has invalidated it. */
  #index: Map<string, Element> | undefined;

  /** @param effort the shared budget of all work on elements; DomainError TOO_MANY is thrown when it is exhausted */
  constructor(attribute: AttributeDeclaration, value: JsonValue | undefined, effort: Effort) {
    this.#attribute = attribute;
    this.#effort = effort;
    this.#elements = Array.isArray(value) ? (value as readonly JsonValue[]).map(toElement) : [];
  }

  get elements(): readonly Element[] {
    return this.#elements;
  }

  /** Returns the attribute's value; undefined for an empty list. */
  toValue(): JsonValue | undefined {
    return this.#elements.length === 0 ? undefined : this.#elements.map(toJson);
  }

  clear(): void {
    this.#elements = [];
    this.#index = undefined;
  }

  /**
   * Adds elements. An element that already exists by (type, value) is merged into the existing one (RFC 7643 §2.4). A
   * new primary element clears the flag of the previous one (RFC 7644 §3.5.2).
   */
  add(values: readonly JsonValue[]): void {
    this.#expect(values.length);
    for (const value of values) {
      const added = toElement(value);
      const kept = this.#merge(added);
      if (isPrimary(added)) this.keepPrimary(kept);
    }
  }

  /** Adds elements in the same way, but keeps all primary flags: the caller checks for a second primary element. */
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

  /**
   * Removes the listed elements, matched by `value` under its case rule, and by `type` if the listed element has one.
   */
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

  /** Returns the value in the form used for comparison, as a key that a `Map` can find. */
  #comparedValue({ fields: { value }, folded }: Element): JsonValue | undefined {
    if (typeof value !== 'string') return typeof value === 'object' ? JSON.stringify(value) : value;
    let text = folded.get('value');
    if (text === undefined) {
      text = comparable(findAttribute(this.#attribute.subAttributes, 'value') ?? this.#attribute, value);
      folded.set('value', text);
    }
    return text;
  }

  /** Returns the elements that the filter of a value path selects, in order. */
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

  /** Replaces the fields of several elements with the same fields. */
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

  /** Keeps only the elements that satisfy the predicate. */
  keep(passes: (element: Element) => boolean): void {
    const kept = this.#elements.filter(passes);
    if (kept.length === this.#elements.length) return;
    this.#elements = kept;
    this.#index = undefined;
  }

  /** Removes the elements that a change has left empty. */
  dropEmpty(): void {
    if (!this.#hasEmpty) return;
    this.#hasEmpty = false;
    this.keep((element) => !isEmpty(element));
  }

  /** Clears the primary flag of every element except one. */
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
    // Reversed, so that the first of several elements with the same identity is found.
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

/** Returns true if the element has `primary: true`. */
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

/** Returns the identity of an element: `value` and `type`, or all fields of an element without a value (addresses). */
function identityOf(fields: Element['fields']): string {
  const { value, type } = fields;
  if (value !== undefined) return JSON.stringify([value, type]);
  const present = Object.keys(fields).filter((name) => fields[name] !== undefined);
  return JSON.stringify(present.sort().map((name) => [name, fields[name]]));
}

/**
 * Removes duplicates from a complete list sent by a client, so that each (type, value) occurs once (RFC 7643 §2.4), in
 * the order of first occurrence. Fields of later duplicates override those of earlier ones.
 *
 * @param values parsed elements of the attribute
 */
export function distinctElements(attribute: AttributeDeclaration, values: readonly JsonValue[]): readonly JsonValue[] {
  if (values.length < 2) return values;
  // The limit on elements already bounds the work: each element is looked up once.
  const list = new ElementList(attribute, [], { left: Infinity });
  list.merge(values);
  return list.elements.map(toJson);
}
