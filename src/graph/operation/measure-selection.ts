import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** The size of a selection set, including the fields of each fragment spread. */
export interface SelectionSize {
  /** The number of nested levels of fields. */
  readonly depth: number;
  readonly fields: number;
  /** The number of top-level fields. */
  readonly roots: number;
}

const NOTHING: SelectionSize = { depth: 0, fields: 0, roots: 0 };

/** The fragments of a document by name. */
export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
}

/** Measures selection sets of one document. Each fragment is measured once. A recursive spread, which is invalid, counts as empty. */
export class SelectionMeasurer {
  readonly #measured = new Map<string, SelectionSize>();

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  /** Measures a selection set. Introspection fields read no data and have no depth. */
  measure({ selections }: SelectionSetNode): SelectionSize {
    let depth = 0;
    let fields = 0;
    let roots = 0;
    for (const selection of selections) {
      const size = this.#measureOne(selection);
      depth = Math.max(depth, size.depth);
      fields += size.fields;
      roots += size.roots;
    }
    return { depth, fields, roots };
  }

  #measureOne(selection: SelectionSetNode['selections'][number]): SelectionSize {
    switch (selection.kind) {
      case Kind.FIELD: {
        const { depth, fields } = selection.selectionSet ? this.measure(selection.selectionSet) : NOTHING;
        return { depth: selection.name.value.startsWith('__') ? 0 : depth + 1, fields: fields + 1, roots: 1 };
      }
      case Kind.INLINE_FRAGMENT:
        return this.measure(selection.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return this.#measureFragment(selection.name.value);
    }
  }

  #measureFragment(name: string): SelectionSize {
    const known = this.#measured.get(name);
    if (known) return known;
    this.#measured.set(name, NOTHING);
    const fragment = this.fragments.get(name);
    const size = fragment ? this.measure(fragment.selectionSet) : NOTHING;
    this.#measured.set(name, size);
    return size;
  }
}
