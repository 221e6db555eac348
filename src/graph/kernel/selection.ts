import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/** The names of attributes that an operation may read. */
export type Selection = ReadonlySet<string>;

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** Fields that are made from an attribute of another name. */
const MADE_FROM: Readonly<Record<string, string>> = {
  manager: 'managerId',
  extensions: 'attributes',
  members: 'memberCount',
};

/** What is selected of the object that a field leads to. */
export const selectionOfObject: (info: Info) => Selection = remembering((info) => collect(info, [info.fieldNodes]));

/** What is selected of the nodes of the connection that a field leads to, whichever way they are reached. */
export const selectionOfNodes: (info: Info) => Selection = remembering((info) => {
  const edges = childrenOf(info, info.fieldNodes, 'edges');
  const names = collect(info, [childrenOf(info, info.fieldNodes, 'nodes'), childrenOf(info, edges, 'node')]);
  return childrenOf(info, edges, 'addedAt').length > 0 ? names.add('addedAt') : names;
});

/** Once for each list of nodes: in a compiled query they are always the same, else those of one execution. */
function remembering(select: (info: Info) => Set<string>): (info: Info) => Selection {
  const known = new WeakMap<readonly FieldNode[], Selection>();
  return (info) => {
    let names = known.get(info.fieldNodes);
    if (!names) {
      names = select(info);
      known.set(info.fieldNodes, names);
    }
    return names;
  };
}

function collect(info: Info, parents: ReadonlyArray<readonly FieldNode[]>): Set<string> {
  const names = new Set<string>();
  for (const nodes of parents) {
    for (const { name } of fieldsOf(info, nodes)) names.add(MADE_FROM[name.value] ?? name.value);
  }
  return names;
}

function childrenOf(info: Info, nodes: readonly FieldNode[], name: string): FieldNode[] {
  return [...fieldsOf(info, nodes)].filter((node) => node.name.value === name);
}

/** The fields right beneath others, of any type. What @skip and @include may leave out is among them. */
function* fieldsOf(info: Info, nodes: readonly FieldNode[]): Iterable<FieldNode> {
  for (const { selectionSet } of nodes) if (selectionSet) yield* fieldsIn(info, selectionSet);
}

function* fieldsIn(info: Info, { selections }: SelectionSetNode): Iterable<FieldNode> {
  for (const selection of selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        yield selection;
        break;
      case Kind.INLINE_FRAGMENT:
        yield* fieldsIn(info, selection.selectionSet);
        break;
      case Kind.FRAGMENT_SPREAD: {
        const fragment = info.fragments[selection.name.value];
        if (fragment) yield* fieldsIn(info, fragment.selectionSet);
      }
    }
  }
}
