/** The data types of RFC 7643 §2.3. */
export type AttributeType =
  'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'binary' | 'reference' | 'complex';

/** One attribute with all characteristics of RFC 7643 §2.2 and §7, declared once and read by every layer. */
export interface AttributeDeclaration {
  readonly name: string;
  readonly type: AttributeType;
  readonly description: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  /** False where `null` and `""` are errors instead of clearing the attribute. Not a characteristic of the RFC. */
  readonly clearable?: false;
  /**
   * True for a URI that is computed from an id when a resource is returned, and never stored. Searches compare it
   * relative to the directory's base URL, as an endpoint and an id: `/Users/…`. Not a characteristic of the RFC.
   */
  readonly derived?: true;
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  /** Present on complex attributes only; RFC 7643 allows one level. */
  readonly subAttributes?: readonly AttributeDeclaration[];
}

/** A schema of RFC 7643 §7: a URN and its attributes. */
export interface SchemaDeclaration {
  readonly urn: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeDeclaration[];
}

/** An attribute of a schema, or one of its sub-attributes. */
export interface AttributePath {
  /** The URN of the declaring schema; for common attributes such as `id`, that of the core schema. */
  readonly urn: string;
  readonly attribute: AttributeDeclaration;
  readonly subAttribute?: AttributeDeclaration;
}

/** The optional part of a declaration. By default an attribute is an optional, readable and writable string. */
type Characteristics = Partial<Omit<AttributeDeclaration, 'name' | 'description' | 'subAttributes'>>;

/** Declares a simple attribute. Omitted characteristics have the defaults of RFC 7643 §2.2. */
export function attribute(
  name: string,
  description: string,
  characteristics: Characteristics = {},
): AttributeDeclaration {
  return {
    name,
    description,
    type: 'string',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...characteristics,
  };
}

/** Declares a complex attribute with its sub-attributes. */
export function complex(
  name: string,
  description: string,
  subAttributes: readonly AttributeDeclaration[],
  characteristics: Characteristics = {},
): AttributeDeclaration {
  return { ...attribute(name, description, { ...characteristics, type: 'complex' }), subAttributes };
}

const byLowerName = new WeakMap<readonly AttributeDeclaration[], ReadonlyMap<string, AttributeDeclaration>>();

/** Finds a declaration by its name; attribute names are case-insensitive (RFC 7643 §2.1). */
export function findAttribute(
  declarations: readonly AttributeDeclaration[] | undefined,
  name: string,
): AttributeDeclaration | undefined {
  if (!declarations) return undefined;
  let names = byLowerName.get(declarations);
  if (!names) {
    // Reversed, so that the first of several declarations with the same name is found.
    names = new Map(declarations.toReversed().map((declaration) => [declaration.name.toLowerCase(), declaration]));
    byLowerName.set(declarations, names);
  }
  return names.get(name.toLowerCase());
}

/**
 * Returns the sub-attribute that marks the preferred element of a multi-valued attribute (RFC 7643 §2.4), if declared.
 */
export function primaryFlag({ multiValued, subAttributes }: AttributeDeclaration): AttributeDeclaration | undefined {
  const found = multiValued ? findAttribute(subAttributes, 'primary') : undefined;
  return found?.type === 'boolean' && !found.multiValued ? found : undefined;
}

/** Returns an attribute's path for messages and `DirectoryError.path`: `emails.value`, `name`, `department`. */
export function pathName(path: AttributePath): string {
  return path.subAttribute ? `${path.attribute.name}.${path.subAttribute.name}` : path.attribute.name;
}
