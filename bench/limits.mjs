/**
 * What the worst legal input of each kind costs in CPU: `npm run -s build && node bench/limits.mjs`.
 *
 * It runs the pure path from the body's text to what would be stored, without a database. Each case runs five times;
 * the median of the process's own CPU time is printed. More than 100 ms is marked.
 */
import { parseFilter } from '../dist/src/scim/filter/parse-filter.js';
import { DEFAULT_LIMITS } from '../dist/src/scim/limits.js';
import { normalizeResource } from '../dist/src/scim/patch/entra.js';
import { toGroupCommands } from '../dist/src/scim/patch/group-patch.js';
import { parsePatch } from '../dist/src/scim/patch/parse-patch.js';
import { refuseOversized } from '../dist/src/scim/resource/request-limits.js';
import { createUser, updateUser } from '../dist/src/domain/user/user-decisions.js';
import { parseAttributes } from '../dist/src/domain/schema/attributes.js';
import { GROUP_SCHEMA, USER_SCHEMA } from '../dist/src/domain/schema/resource-schema.js';

const BUDGET = 100;
const RUNS = 5;
const L = DEFAULT_LIMITS;

const list = (length, make) => Array.from({ length }, (_, index) => make(index));
const uuid = (index) => `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
const email = (index) => ({ value: `ÄÖÜé${index}@straße.example`, type: 'work' });
const emails = list(L.elements, email);
const addresses = list(L.elements, (index) => ({ locality: `Köln ${index}`, country: 'DE', type: 'work' }));

const stored = (attributes) => {
  const { columns } = createUser(uuid(0), parseAttributes(USER_SCHEMA, { userName: 'kim', ...attributes }));
  const now = new Date();
  return { id: uuid(0), version: 1, createdAt: now, updatedAt: now, managerDisplayName: null, groups: [], ...columns };
};

const user = stored({ emails, addresses });
const empty = stored({});

const patch = (before, operations) => {
  const text = JSON.stringify({ Operations: operations });
  return () => {
    const body = JSON.parse(text);
    refuseOversized(body, L);
    updateUser(before, parsePatch(body, USER_SCHEMA, L));
  };
};

const post = (resource) => {
  const text = JSON.stringify(resource);
  return () => {
    const body = JSON.parse(text);
    refuseOversized(body, L);
    createUser(uuid(1), parseAttributes(USER_SCHEMA, normalizeResource(body, USER_SCHEMA)));
  };
};

const groupPatch = (operations) => {
  const text = JSON.stringify({ Operations: operations });
  return () => {
    const body = JSON.parse(text);
    refuseOversized(body, L);
    toGroupCommands(uuid(0), parsePatch(body, GROUP_SCHEMA, L));
  };
};

const filter = (text) => () => parseFilter(text, USER_SCHEMA, L.filter);
const nested = `${'('.repeat(L.filter.depth)}title pr${')'.repeat(L.filter.depth)}`;
const ops = (make) => list(L.patchOperations, make);
const wide = 'emails[type eq "work" and value co "É" and not (value ew "ß")]';

const CASES = {
  'replaces by value path, each one of all elements': patch(
    user,
    ops((index) => ({ op: 'replace', path: `emails[value eq "${emails[index]?.value}"].display`, value: `É${index}` })),
  ),
  'replaces by value path, each all elements': patch(
    user,
    ops((index) => ({ op: 'replace', path: 'emails[type eq "work"].display', value: `É${index}` })),
  ),
  'whole replaces by value path, each all elements': patch(
    user,
    ops((index) => ({ op: 'replace', path: 'emails[type eq "work"]', value: { value: 'É', display: String(index) } })),
  ),
  'value paths of three comparisons, each all elements': patch(
    user,
    ops((index) => ({ op: 'replace', path: `${wide}.display`, value: `É${index}` })),
  ),
  'value paths of many comparisons': patch(
    user,
    ops(() => ({
      op: 'replace',
      path: `emails[${list(80, (index) => `value eq "É${index}"`).join(' or ')}].display`,
      value: 'x',
    })),
  ),
  'single adds': patch(
    empty,
    ops((index) => ({ op: 'add', path: 'emails', value: [email(index)] })),
  ),
  'single adds of what is there': patch(
    user,
    ops((index) => ({ op: 'add', path: 'emails', value: [email(index)] })),
  ),
  'single adds without a value': patch(
    user,
    ops((index) => ({ op: 'add', path: 'addresses', value: [addresses[index % L.elements]] })),
  ),
  'single removals': patch(
    user,
    ops((index) => ({ op: 'remove', path: 'emails', value: [email(index)] })),
  ),
  'adds and changes of all, in turn': patch(
    user,
    ops((index) =>
      index % 2 === 0
        ? { op: 'add', path: 'addresses', value: [addresses[0]] }
        : { op: 'replace', path: 'addresses.region', value: String(index) },
    ),
  ),
  'one add of all elements': patch(empty, [{ op: 'add', path: 'emails', value: emails }]),
  'one removal of all elements': patch(user, [{ op: 'remove', path: 'emails', value: emails }]),
  'elements as many as a request takes': patch(
    user,
    list(Math.floor(L.requestMembers / L.elements), () => ({ op: 'add', path: 'emails', value: emails })),
  ),
  'a user with all lists full': post({
    userName: 'x',
    ...Object.fromEntries(
      ['emails', 'phoneNumbers', 'ims', 'photos', 'entitlements', 'roles', 'x509Certificates'].map((name) => [
        name,
        list(L.elements, (index) => ({ value: name === 'x509Certificates' ? 'AAAA' : `É${index}`, type: `t${index}` })),
      ]),
    ),
  }),
  'long texts': post({
    userName: 'x',
    emails: list(Math.floor(L.bodyBytes / L.attributeLength / 2) - 2, () => ({
      display: 'É'.repeat(L.attributeLength),
    })),
  }),
  'unknown attributes': post({
    userName: 'x',
    ...Object.fromEntries(list(L.attributes - 1, (index) => [`a${index}`, 1])),
  }),
  'members of a group': groupPatch([
    { op: 'add', path: 'members', value: list(L.requestMembers - 1, (index) => ({ value: uuid(index) })) },
  ]),
  'operations on members': groupPatch(
    list(L.patchOperations, (index) => ({ op: 'add', path: 'members', value: [{ value: uuid(index) }] })),
  ),
  'the deepest filter': filter(nested),
  'the widest filter': filter(
    list(L.filter.comparisons, (index) => `emails.value co "É${index}"`)
      .join(' or ')
      .slice(0, L.filter.length),
  ),
  'the longest literal': filter(`title eq "${'É'.repeat(L.filter.length - 12)}"`),
};

for (const [name, run] of Object.entries(CASES)) {
  const times = [];
  let outcome = 'accepted';
  for (let index = 0; index < RUNS; index++) {
    const start = process.cpuUsage();
    try {
      run();
    } catch (error) {
      outcome = `refused: ${error.code ?? error.scimType ?? error.message}`;
    }
    const { user: own, system } = process.cpuUsage(start);
    times.push((own + system) / 1000);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  const mark = median > BUDGET ? '  OVER' : '';
  process.stdout.write(`${median.toFixed(1).padStart(8)} ms  ${name} (${outcome})${mark}\n`);
}
