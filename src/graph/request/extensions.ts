import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/kernel/json.js';
import type { AttributeDeclaration } from '../../domain/schema/attribute.js';
import { ENTERPRISE_URN } from '../../domain/schema/enterprise-user.js';
import type { ResourceSchema } from '../../domain/schema/resource-schema.js';

/**
 * The attributes of registered extensions by URN, without those whose `returned` is `never` or `request`: a JSON field has
 * no way to request single attributes. The attributes of the enterprise extension are fields of the user.
 */
export function toExtensions(attributes: JsonObject, { extensions }: ResourceSchema): JsonObject {
  return Object.fromEntries(
    extensions.flatMap(({ urn, attributes: declarations }): Array<[string, JsonValue]> => {
      const values = attributes[urn];
      if (urn === ENTERPRISE_URN || !isJsonObject(values)) return [];
      const visible = toVisible(declarations, values);
      return isJsonObject(visible) && Object.keys(visible).length > 0 ? [[urn, visible]] : [];
    }),
  );
}

function toVisible(declarations: readonly AttributeDeclaration[] | undefined, value: JsonValue): JsonValue {
  if (!declarations) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((element) => toVisible(declarations, element));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    declarations.flatMap(({ name, returned, subAttributes }): Array<[string, JsonValue]> => {
      const inner = value[name];
      const isVisible = inner !== undefined && returned !== 'never' && returned !== 'request';
      return isVisible ? [[name, toVisible(subAttributes, inner)]] : [];
    }),
  );
}
