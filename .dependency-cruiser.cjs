/**
 * The import rules, checked by `npm run check:imports`.
 *
 * Each rule enforces a sentence of CONTRIBUTING.md. test/architecture/import-rules.test.ts has a violation fixture for each
 * and fails when a rule is added here without one.
 */

/** Packages are matched installed (node_modules/…) and by bare name, in case one cannot be resolved. */
const packages = (...names) => `(^|node_modules/)(@types/)?(${names.join('|')})(/|$)`;

const EXPRESS = packages('express', 'express-serve-static-core', '@as-integrations/express5');

const PROTOCOLS = packages(
  'express',
  'express-serve-static-core',
  '@as-integrations',
  'graphql',
  'graphql-.+',
  'type-graphql',
  '@apollo',
  'ws',
);

/**
 * A rule about where a file may stand rather than what it imports. Dependency rules see a file only through its
 * imports, so three of them are needed: it imports, it is imported, or neither.
 */
const misplaced = (name, comment, path) => {
  const here = { path, pathNot: '(^|/)node_modules/' };
  return [
    { name, comment, severity: 'error', from: here, to: {} },
    { name, comment, severity: 'error', from: {}, to: here },
    { name, comment, severity: 'error', from: { ...here, orphan: true }, to: {} },
  ];
};

/** A folder that imports, of its siblings, only those that are named. It never imports the files above it. */
const floor = (name, comment, parent, folder, ...below) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${parent}/${folder}/` },
  to: { path: `^${parent}/(?!(${[folder, ...below].join('|')})/)` },
});

/** The folders that the subjects of the domain build on. */
const FOUNDATION = [
  'kernel',
  'sql',
  'concurrency',
  'schema',
  'search',
  'attributes',
  'schema-registry',
  'event',
  'write',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Two modules that need each other are one subject, or hide a third. Types count: a reader follows them too.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere escapes every other rule here.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },

    // The parts and who may know whom.
    {
      name: 'domain-knows-no-adapter',
      comment:
        'The domain is below everything: SCIM, GraphQL, the command line and the configuration use it, never back.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/(scim|graph|cli|http)/|^src/(app|config|main)\\.ts$' },
    },
    {
      name: 'domain-knows-no-protocol',
      comment: 'No status code and no wire format in the domain, hence no package that brings them.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: PROTOCOLS },
    },
    {
      name: 'scim-never-imports-graph',
      comment: 'The two façades are strangers; what both need belongs to the domain.',
      severity: 'error',
      from: { path: '^src/scim/' },
      to: { path: '^src/graph/' },
    },
    {
      name: 'graph-never-imports-scim',
      comment: 'The two façades are strangers; what both need belongs to the domain.',
      severity: 'error',
      from: { path: '^src/graph/' },
      to: { path: '^src/scim/' },
    },
    {
      name: 'only-app-composes',
      comment: 'Only src/app.ts and the commands in src/cli import the façades; no other module knows either of them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(scim|graph|cli)/|^src/app\\.ts$' },
      to: { path: '^src/(scim|graph)/' },
    },

    // The rehearsal is a package of its own: a client of any SCIM endpoint, with nothing but Node beneath it.
    {
      name: 'rehearsal-stands-alone',
      comment: 'The rehearsal runs against any SCIM endpoint: it imports nothing of the server and no package at all.',
      severity: 'error',
      from: { path: '^packages/scim-rehearsal/' },
      to: { pathNot: '^packages/scim-rehearsal/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'only-commands-rehearse',
      comment: 'The server never acts as its own client; only a command does.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^packages/scim-rehearsal/|(^|node_modules/)scim-rehearsal(/|$)' },
    },
    {
      name: 'packages-by-name',
      comment: 'The server imports what a package exports, as anybody else does, and none of its files.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^packages/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'rehearsal-client-is-lowest',
      comment: 'Inside the rehearsal: cli → report → validator → simulator → profile → client, never back.',
      severity: 'error',
      from: { path: '^packages/scim-rehearsal/src/client/' },
      to: { path: '^packages/scim-rehearsal/src/(?!client/)' },
    },
    {
      name: 'rehearsal-profile-below-simulator',
      comment: 'A profile describes a mapping and invents values for it; it sends nothing.',
      severity: 'error',
      from: { path: '^packages/scim-rehearsal/src/profile/' },
      to: { path: '^packages/scim-rehearsal/src/(?!(client|profile)/)' },
    },
    {
      name: 'rehearsal-simulator-below-validator',
      comment: 'The simulator of Entra does not know the checks of the validators.',
      severity: 'error',
      from: { path: '^packages/scim-rehearsal/src/simulator/' },
      to: { path: '^packages/scim-rehearsal/src/(?!(client|profile|simulator)/)' },
    },
    {
      name: 'rehearsal-validator-below-report',
      comment: 'The validator returns a result; how it is shown is the business of the report.',
      severity: 'error',
      from: { path: '^packages/scim-rehearsal/src/validator/' },
      to: { path: '^packages/scim-rehearsal/src/(?!(client|profile|simulator|validator)/)' },
    },
    {
      name: 'rehearsal-report-below-cli',
      comment: 'A report is a function of a result; writing it to a file or a terminal is the business of the command.',
      severity: 'error',
      from: { path: '^packages/scim-rehearsal/src/report/' },
      to: { path: '^packages/scim-rehearsal/src/cli/' },
    },
    {
      name: 'rehearsal-folders-one-way',
      comment: 'Two folders that import each other are one subject.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^packages/scim-rehearsal/src/' },
      to: { circular: true },
    },

    {
      name: 'folders-one-way',
      comment: 'Two folders that import each other are one subject, or hide a third.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/(domain|scim|graph|cli|http|database)(/|$)' },
      to: { path: '^src/(domain|scim|graph|cli|http|database)(/|$)', circular: true },
    },

    // Inside scim: bulk → resource → representation, patch → provider → filter → schema; protocol below all.
    floor(
      'scim-protocol-is-lowest',
      'Errors, limits and the shape of an endpoint know no endpoint.',
      'src/scim',
      'protocol',
    ),
    floor(
      'scim-provider-below-patch',
      'Deviations of providers are normalized before a PATCH is parsed.',
      'src/scim',
      'provider',
      'filter',
      'protocol',
      'schema',
    ),
    floor(
      'scim-representation-below-resource',
      'A representation is a function of an entity; endpoints call it.',
      'src/scim',
      'representation',
      'filter',
      'protocol',
      'schema',
    ),
    {
      name: 'scim-schema-is-lowest',
      comment: 'Inside scim: resource → patch → filter → schema, never back.',
      severity: 'error',
      from: { path: '^src/scim/schema/' },
      to: { path: '^src/scim/((filter|patch|resource|bulk)/|router\\.ts$)' },
    },
    {
      name: 'scim-filter-below-patch',
      comment: 'Inside scim: resource → patch → filter → schema, never back.',
      severity: 'error',
      from: { path: '^src/scim/filter/' },
      to: { path: '^src/scim/((patch|resource|bulk)/|router\\.ts$)' },
    },
    {
      name: 'scim-patch-below-resource',
      comment: 'Inside scim: resource → patch → filter → schema, never back.',
      severity: 'error',
      from: { path: '^src/scim/patch/' },
      to: { path: '^src/scim/((resource|bulk)/|router\\.ts$)' },
    },
    {
      name: 'scim-resource-below-bulk',
      comment: 'Bulk is made of the endpoints of resources, which know nothing of it.',
      severity: 'error',
      from: { path: '^src/scim/resource/' },
      to: { path: '^src/scim/(bulk/|router\\.ts$)' },
    },

    // Inside the domain.
    floor('domain-kernel-is-lowest', 'Errors, ids, JSON and case folding depend on nothing.', 'src/domain', 'kernel'),
    floor(
      'domain-concurrency',
      'Batching, semaphores and caches know no subject.',
      'src/domain',
      'concurrency',
      'kernel',
    ),
    floor('domain-sql', 'Statements and snapshots know no table.', 'src/domain', 'sql', 'kernel', 'concurrency'),
    floor('domain-schema', 'Attribute declarations are data.', 'src/domain', 'schema', 'kernel'),
    floor(
      'domain-search',
      'Filters and pagination know no subject; tables are arguments.',
      'src/domain',
      'search',
      ...FOUNDATION.slice(0, 4),
    ),
    floor(
      'domain-attributes',
      'Attribute values are checked and changed without a database.',
      'src/domain',
      'attributes',
      'kernel',
      'schema',
      'search',
    ),
    floor(
      'domain-schema-registry',
      'The schemas of a directory are read by all writes and know none of them.',
      'src/domain',
      'schema-registry',
      ...FOUNDATION.slice(0, 6),
    ),
    floor('domain-event', 'The event log knows no subject.', 'src/domain', 'event', ...FOUNDATION.slice(0, 5)),
    floor('domain-write', 'A transaction knows no subject.', 'src/domain', 'write', ...FOUNDATION.slice(0, 8)),
    ...['user', 'group', 'custom-resource', 'token'].map((subject) =>
      floor(`domain-${subject}`, 'A subject does not know the other subjects.', 'src/domain', subject, ...FOUNDATION),
    ),
    floor(
      'domain-idempotency',
      'Idempotency keys belong to tokens.',
      'src/domain',
      'idempotency',
      ...FOUNDATION,
      'token',
    ),
    {
      name: 'membership-points-one-way',
      comment: 'A membership knows its user and its group; neither knows its memberships.',
      severity: 'error',
      from: { path: '^src/domain/(user|group)/' },
      to: { path: '^src/domain/membership/' },
    },

    // Inside graph: server → transport → operation → request → relay, input → kernel; a folder for each subject.
    floor('graph-kernel-is-lowest', 'Scalars, errors and selections know no type.', 'src/graph', 'kernel'),
    floor('graph-relay', 'Connections know no type.', 'src/graph', 'relay', 'kernel'),
    floor('graph-input', 'Inputs and filters know no type.', 'src/graph', 'input', 'kernel'),
    floor(
      'graph-request',
      'The context of a request knows no type.',
      'src/graph',
      'request',
      'kernel',
      'relay',
      'input',
    ),
    floor('graph-operation', 'Operations run without a transport.', 'src/graph', 'operation', 'request', 'kernel'),
    {
      name: 'graph-types-below-transport',
      comment: 'Types and resolvers do not know how an operation arrived.',
      severity: 'error',
      from: { path: '^src/graph/(user|group|membership|directory|event|token|schema-registry)/' },
      to: { path: '^src/graph/(transport|operation)/' },
    },
    {
      name: 'graph-membership-points-one-way',
      comment: 'A membership knows its user and its group; neither type knows its memberships.',
      severity: 'error',
      from: { path: '^src/graph/(user|group)/' },
      to: { path: '^src/graph/membership/' },
    },

    // Packages.
    {
      name: 'express-at-the-edge',
      comment: 'Only routers, routes and the servers know express; the rest are functions from JSON to trees and back.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/http/|^src/app\\.ts$|^src/scim/router\\.ts$|^src/graph/server\\.ts$|-routes\\.ts$',
      },
      to: { path: EXPRESS },
    },
    {
      name: 'no-dev-package-in-src',
      comment:
        'What runs in production is a dependency, not a devDependency. Types vanish with the build and may be either.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-test-in-src',
      comment: 'Sources and migrations know nothing of their tests, nor of benchmarks and scripts.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { path: '^(test|bench|scripts)/' },
    },

    // Clients.
    {
      name: 'clients-stand-alone',
      comment: 'The page for browsers and the examples are clients: what they know of the server is schema.graphql.',
      severity: 'error',
      from: { path: '^(graphiql|examples)/' },
      to: { path: '^(src|migrations|test|bench|scripts)/' },
    },
    {
      name: 'no-client-in-src',
      comment: 'The server serves what the build made of the page, and knows nothing of its insides.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { path: '^(graphiql|examples)/' },
    },

    // Names.
    ...misplaced(
      'no-barrels',
      'An index file that re-exports hides where things live and invites cycles. Import the file itself.',
      '(^|/)index\\.ts$',
    ),
    ...misplaced(
      'no-vague-names',
      'utils, common, lib, services and helpers say nothing. Look for the noun: etag.ts, page.ts, projection.ts.',
      '/(utils?|common|lib|services?|helpers?)(/|\\.ts$)',
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // Type-only imports are imports: they vanish at run time and bind a reader all the same.
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    // Packages are named by the rules, not walked.
    doNotFollow: { path: 'node_modules' },
    // Generated code; it imports nothing but types.
    exclude: { path: '^dist/|^packages/[^/]+/dist/|^examples/[^/]+/src/operations\\.ts$' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
