import { isDeepStrictEqual } from 'node:util';
import type { FaultName } from './faults.js';
import { digitsOf, isList, toValue } from './values.js';
import { ENTERPRISE_URN, Refusal, isObject, keyOf, matches, parsePath, type Path, type Wire } from './wire.js';

interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path?: string;
  readonly value?: Wire;
}

/** An operation with the target of its path in the resource. */
interface Place {
  readonly op: Operation['op'];
  readonly home: Wire;
  readonly path: Path;
  readonly value: Wire;
}

/** Applies the operations of a PATCH (RFC 7644 §3.5.2) to a resource, including Entra's extensions. */
export function applyPatch(resource: Wire, body: Wire, faults: ReadonlySet<FaultName>): void {
  if (!Array.isArray(body.Operations)) throw new Refusal(400, 'Operations is no list', 'invalidSyntax');
  if (body.Operations.length === 0 && faults.has('empty-operations-refused')) {
    throw new Refusal(400, 'Operations is empty', 'invalidSyntax');
  }
  refuseExtraKeys(body, ['schemas', 'Operations'], faults);
  const patch = new Patch(resource, faults);
  for (const one of body.Operations) patch.apply(parseOperation(one, faults));
}

function refuseExtraKeys(object: Wire, known: readonly string[], faults: ReadonlySet<FaultName>): void {
  const extra = Object.keys(object).find((key) => !known.includes(key));
  if (extra !== undefined && faults.has('extra-keys-refused')) throw new Refusal(400, `${extra}?`, 'invalidSyntax');
}

function parseOperation(operation: Wire, faults: ReadonlySet<FaultName>): Operation {
  const { op, path, value } = operation;
  const verb = String(op).toLowerCase();
  const isKnown = verb === 'add' || verb === 'remove' || verb === 'replace';
  if (!isKnown || (faults.has('capital-op-refused') && op !== verb)) {
    throw new Refusal(400, `${String(op)} is no operation`, 'invalidSyntax');
  }
  refuseExtraKeys(operation, ['op', 'path', 'value'], faults);
  return { op: verb, path, value };
}

class Patch {
  /** The elements that this request created, hidden by the fault that creates one for each operation. */
  readonly #made = new Set<Wire>();
  readonly #isGroup: boolean;

  constructor(
    readonly resource: Wire,
    readonly faults: ReadonlySet<FaultName>,
  ) {
    this.#isGroup = resource.meta.resourceType === 'Group';
  }

  apply({ op, path, value }: Operation): void {
    if (path !== undefined) {
      this.#applyAt(op, path, value, false);
      return;
    }
    this.#refuseFor('pathless-refused', true);
    if (this.faults.has('pathless-ignored')) return;
    if (op === 'remove' || !isObject(value)) throw new Refusal(400, 'an operation without a path', 'noTarget');
    for (const [key, one] of Object.entries(value)) this.#applyKey(op, key, one);
  }

  #applyKey(op: Operation['op'], key: string, value: Wire): void {
    const isExtension = key.startsWith(`${ENTERPRISE_URN}:`);
    this.#refuseFor('extension-keys-refused', isExtension);
    if (isExtension && this.faults.has('extension-keys-land-at-root')) {
      this.resource[key.slice(ENTERPRISE_URN.length + 1)] = value;
      return;
    }
    const isDotted = /^\w+\.\w+$/.test(key);
    this.#refuseFor('dotted-keys-refused', isDotted);
    if (isDotted && this.faults.has('dotted-keys-ignored')) return;
    this.#applyAt(op, key, value, true);
  }

  /** @param isKey whether the path is a key in the value of an operation without one */
  #applyAt(op: Operation['op'], text: string, value: Wire, isKey: boolean): void {
    // A server may support this one path with a filter.
    this.#refuseFor('filtered-path-refused', text.includes('[') && !text.startsWith('members['));
    this.#refuseFor('primary-text-filter-refused', /primary eq "/i.test(text), 'noTarget');
    const path = parsePath(text, 'invalidPath');
    if (path.attribute === ENTERPRISE_URN) {
      for (const [key, one] of Object.entries(value ?? {})) this.#applyAt(op, `${ENTERPRISE_URN}:${key}`, one, true);
      return;
    }
    const isEnterprise = !isKey && path.urn === ENTERPRISE_URN && path.attribute !== 'manager';
    this.#refuseFor('enterprise-path-refused', isEnterprise);
    const isMisplaced = isEnterprise && this.faults.has('enterprise-path-lands-at-root');
    const home =
      path.urn === undefined || isMisplaced ? this.resource : (this.resource[keyOf(this.resource, path.urn)] ??= {});
    const place = { op, home, path, value };
    if (this.#isPlainlyIgnored(place, isKey)) return;
    if (path.where !== undefined) this.#applyToElements(place, path.where);
    else if (path.part !== undefined) applyToPart(place, path.part, this.faults);
    else this.#applyToAttribute(place);
  }

  /** Faults in changes of a plain attribute at its path. */
  #isPlainlyIgnored({ op, path, value }: Place, isKey: boolean): boolean {
    const name = path.attribute.toLowerCase();
    const isPlain =
      !isKey && !path.where && !path.urn && !['active', 'members', 'username'].includes(name) && !Array.isArray(value);
    if (this.#isGroup) {
      const isRename = name === 'displayname';
      this.#refuseFor('group-change-refused', isRename);
      return isRename && this.faults.has('group-change-ignored');
    }
    this.#refuseFor('plain-change-refused', isPlain && op === 'replace');
    this.#refuseFor('plain-add-refused', isPlain && op === 'add');
    this.#refuseFor('null-refused', value === null, 'invalidValue');
    this.#refuseFor('removal-refused', isPlain && op === 'remove');
    return isPlain && op === 'replace' && this.faults.has('plain-change-ignored');
  }

  #applyToElements({ op, home, path, value }: Place, where: NonNullable<Path['where']>): void {
    const { attribute, part } = path;
    const key = keyOf(home, attribute);
    if (key === 'members' && op === 'remove' && this.#removesMembersOddly(home)) return;
    if (this.faults.has('filtered-path-into-nothing-breaks') && home[key] === undefined) throw new Error('no list');
    const list: Wire[] = [home[key] ?? []].flat();
    const found = list.filter((one) => matches(one, where) && !this.#isHidden(one));
    if (op === 'remove') {
      removeElements(list, found, part, this.faults.has('remove-with-value-overwrites') ? value : undefined);
    } else if (this.#isElementIgnored(op, found.length > 0)) return;
    else {
      const adds = found.length === 0 || (op === 'replace' && this.faults.has('filtered-replace-adds'));
      const written = adds ? [this.#makeElement(op, list, where)] : found;
      for (const one of written) this.#writeElement(one, attribute, part, value);
      if (op === 'replace' && this.faults.has('filtered-replace-drops-siblings')) {
        list.splice(0, list.length, ...written);
      }
      keepOnePrimary(list, written);
    }
    assign(home, key, list.length > 0 ? list : undefined);
  }

  #isHidden(element: Wire): boolean {
    return this.faults.has('element-made-once-for-each-operation') && this.#made.has(element);
  }

  #isElementIgnored(op: Operation['op'], isThere: boolean): boolean {
    if (op === 'add') return !isThere && this.faults.has('filtered-add-without-target-ignored');
    return this.faults.has(isThere ? 'filtered-replace-ignored' : 'filtered-replace-without-target-ignored');
  }

  #makeElement(op: Operation['op'], list: Wire[], { name, value }: NonNullable<Path['where']>): Wire {
    this.#refuseFor('filtered-replace-without-target-refused', op === 'replace', 'noTarget');
    this.#refuseFor('filtered-add-without-target-refused', op === 'add', 'noTarget');
    const element = { [name]: value };
    this.#made.add(element);
    list.push(element);
    return element;
  }

  #writeElement(element: Wire, attribute: string, part: string | undefined, value: Wire): void {
    if (part === undefined) Object.assign(element, value);
    else {
      const isPhone = attribute.toLowerCase() === 'phonenumbers' && this.faults.has('values-reformatted');
      assign(element, part, isPhone && part === 'value' ? digitsOf(value) : toValue(part, value, this.faults));
    }
  }

  #applyToAttribute({ op, home, path, value }: Place): void {
    const key = keyOf(home, path.attribute);
    const name = key.toLowerCase();
    if (name === 'manager' && this.#isManagerIgnored(op, value)) return;
    if (name === 'active' && this.#isActiveIgnored(value)) return;
    if (name === 'members' && this.#isAdditionIgnored(op, value)) return;
    if (op === 'remove') {
      if (name === 'members' && value !== undefined) this.#removeMembers(home, key, value);
      else assign(home, key, undefined);
      return;
    }
    const isForeign = path.urn !== undefined && path.urn !== ENTERPRISE_URN;
    const kept = isForeign ? this.#toTexts(value) : toValue(key, value, this.faults);
    if (isList(key, home[key])) this.#writeList(op, home, key, kept ?? []);
    else if (isObject(kept) && isObject(home[key])) {
      for (const [part, one] of Object.entries(kept)) assign(home[key], part, one);
    } else assign(home, key, kept);
  }

  /** Lists in the server's own extension are lists of strings, which are also accepted as objects. */
  #toTexts(value: Wire): Wire {
    if (!Array.isArray(value)) return toValue('', value, this.faults);
    this.#refuseFor('object-list-refused', value.some(isObject), 'invalidValue');
    return value.map((one) => (isObject(one) ? one.value : one));
  }

  #isManagerIgnored(op: Operation['op'], value: Wire): boolean {
    const isText = typeof value === 'string' && value !== '';
    this.#refuseFor('manager-text-refused-in-patch', isText, 'invalidValue');
    this.#refuseFor('manager-list-refused', Array.isArray(value), 'invalidValue');
    this.#refuseFor('manager-refused', true, 'invalidValue');
    if (op === 'remove' || value === '' || value === null) return this.faults.has('manager-stays');
    return isText && this.faults.has('manager-text-ignored');
  }

  #isActiveIgnored(value: Wire): boolean {
    this.#refuseFor('text-boolean-refused', typeof value === 'string', 'invalidValue');
    return this.faults.has('disable-ignored') || (typeof value === 'string' && this.faults.has('text-boolean-ignored'));
  }

  #isAdditionIgnored(op: Operation['op'], value: Wire): boolean {
    if (op !== 'add') return false;
    const list = [value].flat();
    this.#refuseFor('members-refused', true);
    this.#refuseFor('several-members-refused', list.length > 1, 'invalidValue');
    this.#refuseFor(
      'null-ref-refused',
      list.some((one) => one?.$ref === null),
      'invalidValue',
    );
    return this.faults.has('members-ignored');
  }

  #writeList(op: Operation['op'], home: Wire, key: string, values: Wire[]): void {
    const isMembers = key.toLowerCase() === 'members';
    const replaces = op === 'replace' || (isMembers && this.faults.has('added-members-replace'));
    const before: Wire[] = replaces ? [] : (home[key] ?? []);
    const same = (one: Wire, other: Wire) => (isMembers ? one.value === other.value : isDeepStrictEqual(one, other));
    const added = values.filter((one, at) => {
      if (isMembers && this.faults.has('member-kept-twice')) return true;
      return ![...before, ...values.slice(0, at)].some((other) => same(one, other));
    });
    const list = [...before, ...added];
    keepOnePrimary(list, added);
    assign(home, key, list.length > 0 ? list : undefined);
  }

  #removeMembers(home: Wire, key: string, value: Wire): void {
    this.#refuseFor('removal-list-refused', true, 'invalidSyntax');
    if (this.faults.has('removal-list-ignored')) return;
    const gone: Wire[] = toValue('members', value, this.faults).map((one: Wire) => one.value);
    const left = this.faults.has('removal-list-empties-group')
      ? []
      : (home[key] ?? []).filter((one: Wire) => !gone.includes(one.value));
    assign(home, key, left.length > 0 ? left : undefined);
  }

  #removesMembersOddly(home: Wire): boolean {
    this.#refuseFor('removal-filter-refused', true, 'invalidPath');
    if (this.faults.has('removal-filter-empties-group')) Reflect.deleteProperty(home, 'members');
    return this.faults.has('removal-filter-ignored') || this.faults.has('removal-filter-empties-group');
  }

  #refuseFor(fault: FaultName, applies: boolean, scimType = 'invalidPath'): void {
    if (applies && this.faults.has(fault)) throw new Refusal(400, `not supported (${scimType})`, scimType);
  }
}

function applyToPart({ op, home, path, value }: Place, part: string, faults: ReadonlySet<FaultName>): void {
  const key = keyOf(home, path.attribute);
  const kept = op === 'remove' ? undefined : toValue(part, value, faults);
  const complex = (home[key] ??= {});
  for (const one of [complex].flat()) assign(one, part, kept);
  if (Object.keys(complex).length === 0) Reflect.deleteProperty(home, key);
}

function removeElements(list: Wire[], found: readonly Wire[], part: string | undefined, overwriting: Wire): void {
  for (const one of found) {
    if (overwriting !== undefined) assign(one, part ?? 'value', overwriting);
    else if (part === undefined) list.splice(list.indexOf(one), 1);
    else assign(one, part, undefined);
  }
}

/** If an element becomes the primary one, the others no longer are (RFC 7644 §3.5.2). */
function keepOnePrimary(list: readonly Wire[], written: readonly Wire[]): void {
  const primary = written.findLast((one) => one.primary === true);
  if (!primary) return;
  for (const one of list) if (one !== primary && one.primary === true) one.primary = false;
}

function assign(object: Wire, name: string, value: Wire): void {
  const key = keyOf(object, name);
  if (value === undefined) Reflect.deleteProperty(object, key);
  else object[key] = value;
}
