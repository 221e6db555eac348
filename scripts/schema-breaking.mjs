/**
 * Compares schema.graphql with the last commit's, or, where it is as committed, with that of the commit before. Quiet
 * when clients of the old one can use the new one. A change that breaks them must stand, word for word as it is printed
 * here, in docs/schema-changes.md; what was deprecated may go without that. Exits with 1 otherwise.
 *
 * `node scripts/schema-breaking.mjs [old.graphql new.graphql]`: two files instead.
 */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { buildSchema, findBreakingChanges, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

const ROOT = new URL('../', import.meta.url);
const RECORD = 'docs/schema-changes.md';

/** The file at a commit; undefined where there is no such commit, as in a shallow clone, or no such file in it. */
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

/** What the old schema had deprecated: `Type.field` and `Type.VALUE`. */
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

/** What a change takes away, by the name that `deprecated` gives it. */
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
      `schema.graphql breaks its clients. Deprecate first; if it must be, write the line into ${RECORD}:\n\n` +
        unsaid.map((line) => `- ${line}\n`).join(''),
    );
    process.exitCode = 1;
  }
}
