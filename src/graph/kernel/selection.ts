import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/** The names of the attributes that an operation may read. */
export type Selection = ReadonlySet<string>;

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** Fields that derive from an attribute of another name. */
const DERIVED_FROM: Readonly<Record<string, string>> = {
  manager: 'managerId',
  extensions: 'attributes',
  members: 'memberCount',
};

/** The selection of the object that a field resolves to. */
export const selectionOfObject: (info: Info) => Selection = memoized((info) => collect(info, [info.fieldNodes]));

/** The selection of the nodes of the connection that a field resolves to, through `nodes` and `edges`. */
export const selectionOfNodes: (info: Info) => Selection = memoized((info) => {
  const edges = childrenOf(info, info.fieldNodes, 'edges');
  const names = collect(info, [childrenOf(info, info.fieldNodes, 'nodes'), childrenOf(info, edges, 'node')]);
  return childrenOf(info, edges, 'addedAt').length > 0 ? names.add('addedAt') : names;
});

/** Memoizes by the list of nodes, which a compiled query reuses for every execution. */
function memoized(select: (info: Info) => Set<string>): (info: Info) => Selection {
  const cache = new WeakMap<readonly FieldNode[], Selection>();
  return (info) => {
    let names = cache.get(info.fieldNodes);
    if (!names) {
      names = select(info);
      cache.set(info.fieldNodes, names);
    }
    return names;
  };
}

function collect(info: Info, parents: ReadonlyArray<readonly FieldNode[]>): Set<string> {
  const names = new Set<string>();
  for (const nodes of parents) {
    for (const { name } of fieldsOf(info, nodes)) names.add(DERIVED_FROM[name.value] ?? name.value);
  }
  return names;
}

function childrenOf(info: Info, nodes: readonly FieldNode[], name: string): FieldNode[] {
  return [...fieldsOf(info, nodes)].filter((node) => node.name.value === name);
}

/** The direct subfields of some fields, of any type. Those that @skip and @include may leave out are included. */
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
