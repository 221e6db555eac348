import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { graphError } from '../errors.js';
import { Refusal } from './refusal.js';

/** The most tokens of a document: names, braces, values. */
export const MAX_TOKENS = 10_000;
const MAX_DEPTH = 12;
const MAX_ALIASES = 100;
/** How deep values of variables may be nested. Coercion is recursive; without a limit a body could overflow the stack. */
const MAX_VALUE_DEPTH = 64;

/** Refuses operations with fields more than 12 deep. Introspection, which has no data behind it, is free. */
const maxDepth: ValidationRule = (context) => ({
  OperationDefinition(node) {
    const depth = depthOf(node.selectionSet, context, new Map());
    if (depth > MAX_DEPTH) {
      context.reportError(new GraphQLError(`An operation may be ${MAX_DEPTH} fields deep; this one is ${depth} deep`));
    }
  },
});

/** The depth of fields below a selection. Each fragment is measured once; one that contains itself is refused elsewhere. */
function depthOf(
  { selections }: SelectionSetNode,
  context: ValidationContext,
  fragments: Map<FragmentDefinitionNode, number>,
): number {
  let deepest = 0;
  for (const selection of selections) {
    deepest = Math.max(deepest, depthOfSelection(selection, context, fragments));
  }
  return deepest;
}

function depthOfSelection(
  selection: SelectionSetNode['selections'][number],
  context: ValidationContext,
  fragments: Map<FragmentDefinitionNode, number>,
): number {
  switch (selection.kind) {
    case Kind.FIELD:
      if (selection.name.value.startsWith('__')) return 0;
      return 1 + (selection.selectionSet ? depthOf(selection.selectionSet, context, fragments) : 0);
    case Kind.INLINE_FRAGMENT:
      return depthOf(selection.selectionSet, context, fragments);
    case Kind.FRAGMENT_SPREAD: {
      const fragment = context.getFragment(selection.name.value);
      if (!fragment) return 0;
      const known = fragments.get(fragment);
      if (known !== undefined) return known;
      fragments.set(fragment, 0);
      const depth = depthOf(fragment.selectionSet, context, fragments);
      fragments.set(fragment, depth);
      return depth;
    }
  }
}

/** Refuses documents with more than 100 aliases. */
const maxAliases: ValidationRule = (context): ASTVisitor => {
  let aliases = 0;
  return {
    Field(node) {
      if (node.alias) aliases++;
    },
    Document: {
      leave() {
        if (aliases > MAX_ALIASES) {
          context.reportError(new GraphQLError(`A document may have ${MAX_ALIASES} aliases; this one has ${aliases}`));
        }
      },
    },
  };
};

/** The limits that stand beside the rules of the specification. */
export const LIMIT_RULES: readonly ValidationRule[] = [maxDepth, maxAliases];

/**
 * Refuses variables whose values are nested deeper than coercion could follow.
 *
 * @throws Refusal BAD_USER_INPUT
 */
export function requireShallow(variables: unknown): void {
  let level: unknown[] = [variables];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_VALUE_DEPTH) {
      throw new Refusal([graphError('BAD_USER_INPUT', `Values of variables may be nested ${MAX_VALUE_DEPTH} deep`)]);
    }
    level = level.flatMap((value): unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
