import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** How far an operation reaches, with the fields of fragments wherever they are spread. */
export interface SelectionSize {
  /** Fields above each other. */
  readonly depth: number;
  readonly fields: number;
  /** Those of them that have no field above. */
  readonly roots: number;
}

const NOTHING: SelectionSize = { depth: 0, fields: 0, roots: 0 };

/** The fragments of a document by their names. */
export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [])),
  );
}

/** Measures operations of one document. Each fragment is measured once; inside itself, where no valid one is, it counts for nothing. */
export class SelectionMeasurer {
  readonly #measured = new Map<string, SelectionSize>();

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  /** The extent of what is beneath a selection. Introspection, which has no data behind it, has no depth. */
  measure({ selections }: SelectionSetNode): SelectionSize {
    let depth = 0;
    let fields = 0;
    let roots = 0;
    for (const selection of selections) {
      const extent = this.#measureOne(selection);
      depth = Math.max(depth, extent.depth);
      fields += extent.fields;
      roots += extent.roots;
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
    const extent = fragment ? this.measure(fragment.selectionSet) : NOTHING;
    this.#measured.set(name, extent);
    return extent;
  }
}
