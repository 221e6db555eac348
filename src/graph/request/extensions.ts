import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import type { AttributeDeclaration } from '../../domain/schema/attribute.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';

/**
 * The attributes of registered extensions, by URN, without those that are returned never or on request: the field shows
 * all or nothing, so none of them can be asked for. The attributes of the enterprise extension are fields of the user.
 */
export function toExtensions(attributes: JsonObject, { extensions }: ResourceSchema): JsonObject {
  return Object.fromEntries(
    extensions.flatMap(({ urn, attributes: declarations }): Array<[string, JsonValue]> => {
      const values = attributes[urn];
      if (urn === ENTERPRISE_URN || !isJsonObject(values)) return [];
      const shown = toShown(declarations, values);
      return isJsonObject(shown) && Object.keys(shown).length > 0 ? [[urn, shown]] : [];
    }),
  );
}

function toShown(declarations: readonly AttributeDeclaration[] | undefined, value: JsonValue): JsonValue {
  if (!declarations) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((element) => toShown(declarations, element));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    declarations.flatMap(({ name, returned, subAttributes }): Array<[string, JsonValue]> => {
      const inner = value[name];
      const isShown = inner !== undefined && returned !== 'never' && returned !== 'request';
      return isShown ? [[name, toShown(subAttributes, inner)]] : [];
    }),
  );
}
