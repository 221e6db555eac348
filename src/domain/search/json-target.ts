import type { AttributeDeclaration, AttributePath } from '../schema/attribute.js';
import { literal, type ColumnTarget, type ElementSource } from './search-table.js';

/**
 * Returns the SQL of an attribute without a column of its own, which is stored in a `jsonb` tree with folded keys.
 *
 * @param tree SQL of the object that contains the attribute
 */
export function jsonTarget(tree: string, { attribute, subAttribute }: AttributePath): ColumnTarget | ElementSource {
  const name = literal(attribute.name);
  if (!attribute.multiValued) {
    if (!subAttribute) return jsonColumn(attribute, `${tree} ->> ${name}`);
    return subAttribute.multiValued
      ? partsOf(`${tree} -> ${name}`, subAttribute)
      : jsonColumn(subAttribute, `${tree} -> ${name} ->> ${literal(subAttribute.name)}`);
  }
  const elements: ElementSource = {
    from: `jsonb_array_elements(${tree} -> ${name}) with ordinality as element (value, position)`,
    orderBy: 'element.position',
    column: (path) =>
      path.subAttribute
        ? jsonColumn(path.subAttribute, `element.value ->> ${literal(path.subAttribute.name)}`)
        : jsonColumn(path.attribute, `element.value #>> '{}'`),
    parts: (part) => partsOf('element.value', part),
  };
  if (!subAttribute?.multiValued) return elements;
  const parts = partsOf('element.value', subAttribute);
  return {
    from: `${elements.from}, ${parts.from}`,
    orderBy: 'element.position, part.position',
    column: (path) => (path.subAttribute?.multiValued ? parts : elements).column(path),
  };
}

/** The values of a multi-valued sub-attribute of an object. */
function partsOf(object: string, subAttribute: AttributeDeclaration): ElementSource {
  return {
    from: `jsonb_array_elements(${object} -> ${literal(subAttribute.name)}) with ordinality as part (value, position)`,
    orderBy: 'part.position',
    column: () => jsonColumn(subAttribute, `part.value #>> '{}'`),
  };
}

function jsonColumn(declaration: AttributeDeclaration, sql: string): ColumnTarget {
  switch (declaration.type) {
    case 'boolean':
      return { kind: 'boolean', sql: `(${sql})::boolean` };
    case 'integer':
    case 'decimal':
      return { kind: 'number', sql: `(${sql})::numeric` };
    case 'dateTime':
      return { kind: 'timestamp', sql: `(${sql})::timestamptz` };
    case 'string':
    case 'reference':
    case 'binary':
    case 'complex':
      return { kind: 'text', sql: `(${sql})` };
  }
}
