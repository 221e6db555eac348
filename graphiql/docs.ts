import {
  astFromValue,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  print,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { element } from './element.js';

/** The maximum number of search results to show. */
const MAX_MATCHES = 60;

/** Shows the documentation of a schema, one type at a time. */
export class Docs {
  #schema: GraphQLSchema | undefined;
  /** The visited types. The current type is last. */
  #path: string[] = [];

  constructor(
    private readonly article: HTMLElement,
    private readonly search: HTMLInputElement,
  ) {
    search.addEventListener('input', () => this.#render());
  }

  /** The documented schema; undefined without a valid token. */
  set schema(schema: GraphQLSchema | undefined) {
    this.#schema = schema;
    this.#path = [];
    this.#render();
  }

  /** Opens the page of a type, which may be given as `[User!]!`, and scrolls to a field if the type has it. */
  show(type: string, field?: string): void {
    const name = type.replaceAll(/[[\]!]/g, '');
    if (this.#path.at(-1) !== name) this.#path.push(name);
    this.search.value = '';
    this.#render();
    const target = field === undefined ? undefined : this.article.querySelector(`[data-field="${CSS.escape(field)}"]`);
    if (target) target.scrollIntoView({ block: 'nearest' });
    else this.article.scrollTop = 0;
  }

  #render(): void {
    const schema = this.#schema;
    const wanted = this.search.value.trim().toLowerCase();
    this.search.disabled = !schema;
    if (!schema) this.article.replaceChildren(element('p', {}, 'Enter a token to see the documentation.'));
    else if (wanted !== '') this.article.replaceChildren(...this.#matches(schema, wanted));
    else this.article.replaceChildren(...this.#page(schema));
  }

  #page(schema: GraphQLSchema): Node[] {
    const type = schema.getType(this.#path.at(-1) ?? '');
    if (!type) return this.#overview(schema);
    const back = element('button', { type: 'button', className: 'link' }, `‹ ${this.#path.at(-2) ?? 'Schema'}`);
    back.addEventListener('click', () => {
      this.#path.pop();
      this.#render();
    });
    return [back, element('h2', {}, type.name), ...describe(type), ...this.#facts(schema, type)];
  }

  #overview(schema: GraphQLSchema): Node[] {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const others = Object.values(schema.getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !roots.some((root) => root === type),
    );
    return [
      element('h2', {}, 'Schema'),
      this.#types('Root types', roots.filter(isPresent)),
      this.#types(
        'All types',
        others.toSorted((one, other) => one.name.localeCompare(other.name)),
      ),
    ];
  }

  #facts(schema: GraphQLSchema, type: GraphQLNamedType): Node[] {
    if (isUnionType(type)) return [this.#types('One of', type.getTypes())];
    if (isEnumType(type)) {
      return [list('Values', type.getValues(), (value) => [element('code', {}, value.name), ...describe(value)])];
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      return [
        list('Fields', fields, (field) => [
          this.#signature(field.name, String(field.type), defaultOf(field)),
          ...describe(field),
        ]),
      ];
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields = list('Fields', Object.values(type.getFields()), (field) => [
      this.#signature(field.name, String(field.type)),
      ...describe(field),
      ...field.args.map((argument) => this.#argument(argument)),
    ]);
    if (isInterfaceType(type)) return [fields, this.#types('Implemented by', schema.getImplementations(type).objects)];
    return type.getInterfaces().length === 0 ? [fields] : [this.#types('Implements', type.getInterfaces()), fields];
  }

  #signature(name: string, type: string, otherwise?: Node): Node {
    const signature = element('div', {}, element('strong', {}, name), ': ', this.#link(type), otherwise);
    signature.dataset['field'] = name;
    return signature;
  }

  #argument(argument: GraphQLArgument): Node {
    const name = element('code', { title: argument.description ?? '' }, argument.name);
    return element(
      'div',
      { className: 'argument' },
      name,
      ': ',
      this.#link(String(argument.type)),
      defaultOf(argument),
    );
  }

  #types(title: string, types: readonly GraphQLNamedType[]): Node {
    return list(title, types, ({ name }) => [this.#link(name)]);
  }

  #matches(schema: GraphQLSchema, wanted: string): Node[] {
    const found = Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type))
      .flatMap((type) => {
        const fields = 'getFields' in type ? Object.keys(type.getFields()) : [];
        const named = fields.filter((field) => field.toLowerCase().includes(wanted));
        const own = type.name.toLowerCase().includes(wanted) ? [{ type, field: undefined }] : [];
        return [...own, ...named.map((field) => ({ type, field }))];
      });
    const shown = found.slice(0, MAX_MATCHES);
    const title =
      found.length > shown.length ? `The first ${shown.length} of ${found.length}` : `${found.length} found`;
    return [list(title, shown, ({ type, field }) => [this.#link(type.name, field)])];
  }

  /**
   * Creates a link to the page of a type. Its text is the type as given, such as `[User!]!`, or `User.manager` for a
   * field.
   */
  #link(type: string, field?: string): Node {
    const text = field === undefined ? type : `${type}.${field}`;
    const link = element('button', { type: 'button', className: 'link' }, text);
    link.addEventListener('click', () => this.show(type, field));
    return link;
  }
}

function list<Item>(title: string, items: readonly Item[], describeItem: (item: Item) => readonly Node[]): Node {
  const entries = items.map((item) => element('li', {}, ...describeItem(item)));
  return element('section', {}, element('h3', {}, title), element('ul', {}, ...entries));
}

function describe({
  description,
  deprecationReason,
}: {
  description?: string | null | undefined;
  deprecationReason?: string | null | undefined;
}): Node[] {
  return [
    ...(description ? [element('p', {}, description)] : []),
    ...(deprecationReason ? [element('p', { className: 'deprecated' }, `Deprecated: ${deprecationReason}`)] : []),
  ];
}

/** Returns the default value as printed in the schema, such as ` = LATEST`, or undefined if there is none. */
function defaultOf({ defaultValue, type }: GraphQLArgument | GraphQLInputField): Node | undefined {
  const value = defaultValue === undefined ? undefined : astFromValue(defaultValue, type);
  return value ? element('code', { className: 'quiet' }, ` = ${print(value)}`) : undefined;
}

function isPresent<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}
