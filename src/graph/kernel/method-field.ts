import { isObjectType, type GraphQLSchema } from 'graphql';
import { Extensions } from 'type-graphql';

const MARK = { isMethod: true };

/**
 * Marks a field whose value is a method of its source, called when the field is selected. Unmarked fields are plain
 * properties, which queries read without a call.
 */
export const MethodField: () => PropertyDecorator = () => Extensions(MARK);

type Source = Readonly<Record<string, (...parameters: readonly unknown[]) => unknown>>;

/** Sets the resolvers of the marked fields of a schema. */
export function bindMethodFields(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.extensions['isMethod'] !== true) continue;
      const { name } = field;
      field.resolve = (source: Source, ...parameters: readonly unknown[]) => source[name]?.(...parameters);
    }
  }
}
