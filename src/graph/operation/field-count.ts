import { Kind, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** Finds a fragment of the document by its name. */
export type FindFragment = (name: string) => FragmentDefinitionNode | null | undefined;

/**
 * How many fields there are beneath a selection, those of a fragment as often as it is spread. Each fragment is counted
 * once; one that contains itself, which no valid document has, counts for nothing inside.
 */
export function countFields(
  { selections }: SelectionSetNode,
  findFragment: FindFragment,
  counted = new Map<string, number>(),
): number {
  let fields = 0;
  for (const selection of selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        fields += 1 + (selection.selectionSet ? countFields(selection.selectionSet, findFragment, counted) : 0);
        break;
      case Kind.INLINE_FRAGMENT:
        fields += countFields(selection.selectionSet, findFragment, counted);
        break;
      case Kind.FRAGMENT_SPREAD:
        fields += countFragment(selection.name.value, findFragment, counted);
    }
  }
  return fields;
}

function countFragment(name: string, findFragment: FindFragment, counted: Map<string, number>): number {
  const known = counted.get(name);
  if (known !== undefined) return known;
  counted.set(name, 0);
  const fragment = findFragment(name);
  const fields = fragment ? countFields(fragment.selectionSet, findFragment, counted) : 0;
  counted.set(name, fields);
  return fields;
}
