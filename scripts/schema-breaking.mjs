/**
 * Compares schema.graphql with its version in the last commit, or, when it is unchanged since then, in the commit before.
 * Exits with 1 and prints the breaking changes that docs/schema-changes.md does not contain word for word. Removals of
 * deprecated elements need no entry.
 *
 * `node scripts/schema-breaking.mjs [old.graphql new.graphql]` compares two files instead.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { buildSchema, findBreakingChanges, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

const ROOT = new URL('../', import.meta.url);
const RECORD = 'docs/schema-changes.md';

/** The schema at a commit; undefined when the commit is missing, as in a shallow clone, or has no such file. */
function committed(commit) {
  try {
    const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 };
    return execFileSync('git', ['show', `${commit}:schema.graphql`], options);
  } catch (error) {
    if (typeof error.status === 'number' || error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function read() {
  const [oldFile, newFile] = process.argv.slice(2);
  if (oldFile && newFile) return [await readFile(oldFile, 'utf8'), await readFile(newFile, 'utf8')];
  const present = await readFile(new URL('schema.graphql', ROOT), 'utf8');
  const last = committed('HEAD');
  return [last === present ? committed('HEAD^') : last, present];
}

/** The deprecated elements of a schema, as `Type.field` and `Type.VALUE`. */
function deprecated(schema) {
  const names = new Set();
  const note = (name, { deprecationReason }) => typeof deprecationReason === 'string' && names.add(name);
  for (const type of Object.values(schema.getTypeMap())) {
    for (const value of type.getValues?.() ?? []) note(`${type.name}.${value.name}`, value);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) note(`${type.name}.${field.name}`, field);
  }
  return names;
}

/** The element that a change removes, by the name that `deprecated` gives it; undefined for other changes. */
function removedBy(description) {
  const [, value, enumType] = /^(\w+) was removed from enum type (\w+)\.$/.exec(description) ?? [];
  const [, field] = /^([\w.]+) was removed\.$/.exec(description) ?? [];
  return enumType ? `${enumType}.${value}` : field;
}

const [before, after] = await read();
if (before !== undefined && before !== after) {
  const [oldSchema, newSchema] = [buildSchema(before), buildSchema(after)];
  const old = deprecated(oldSchema);
  const record = await readFile(new URL(RECORD, ROOT), 'utf8');
  const unsaid = findBreakingChanges(oldSchema, newSchema)
    .map(({ description }) => description)
    .filter((description) => !old.has(removedBy(description)) && !record.includes(description));
  if (unsaid.length > 0) {
    process.stdout.write(
      `schema.graphql has breaking changes. Deprecate first, or add each line to ${RECORD}:\n\n` +
        unsaid.map((line) => `- ${line}\n`).join(''),
    );
    process.exitCode = 1;
  }
}
