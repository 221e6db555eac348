import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

/** Files by path, each with the modules it imports; an entry of `types` is imported for its types alone. */
type Layout = Record<string, { imports?: string[]; types?: string[] }>;

interface Violation {
  rule: string;
  from: string;
  to: string;
}

const root = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

/** A small model of the repository: each kind of file imports the modules that only it may import. */
const clean: Layout = {
  'src/main.ts': { imports: ['./cli/serve.js'] },
  'src/config.ts': {},
  'src/app.ts': {
    imports: [
      'express',
      './config.js',
      './domain/execute.js',
      './http/health.js',
      './scim/router.js',
      './graph/server.js',
    ],
  },
  'src/cli/program.ts': { imports: ['scim-rehearsal/command'] },
  'packages/scim-rehearsal/src/cli/command.ts': { imports: ['../report/text-report.js', '../validator/validate.js'] },
  'packages/scim-rehearsal/src/report/text-report.ts': { types: ['../simulator/rehearse.js'] },
  'packages/scim-rehearsal/src/validator/validate.ts': { imports: ['../simulator/rehearse.js'] },
  'packages/scim-rehearsal/src/simulator/rehearse.ts': { imports: ['./phases/initial-cycle.js'] },
  'packages/scim-rehearsal/src/simulator/phases/initial-cycle.ts': { imports: ['../../profile/profile.js'] },
  'packages/scim-rehearsal/src/profile/profile.ts': { imports: ['../client/json.js'] },
  'packages/scim-rehearsal/src/client/json.ts': { imports: ['node:http'] },
  'src/cli/serve.ts': { imports: ['../app.js', '../graph/schema.js', '../scim/protocol/errors.js'] },
  'src/http/health.ts': { imports: ['express'] },
  'src/domain/kernel/errors.ts': {},
  'src/domain/execute.ts': { imports: ['./kernel/errors.js', './membership/membership.js', './user/user.js'] },
  'src/domain/schema/attribute.ts': { imports: ['../kernel/errors.js'] },
  // Only whole words are vague: a name may contain one.
  'src/domain/user/common-name.ts': {},
  'src/domain/user/user.ts': { imports: ['../kernel/errors.js', './common-name.js', '@mikro-orm/core'] },
  'src/domain/group/group.ts': { imports: ['../kernel/errors.js'] },
  'src/domain/membership/membership.ts': { imports: ['../user/user.js', '../group/group.js'] },
  'src/scim/protocol/errors.ts': { imports: ['../../domain/kernel/errors.js'] },
  'src/scim/router.ts': { imports: ['express', './protocol/errors.js', './resource/user-routes.js'] },
  'src/scim/bulk/bulk-endpoint.ts': { imports: ['../resource/user-routes.js'] },
  'src/scim/resource/user-routes.ts': { imports: ['express', '../patch/user-patch.js', '../filter/parse-filter.js'] },
  'src/scim/patch/user-patch.ts': { imports: ['../filter/parse-filter.js', '../schema/catalogue.js'] },
  'src/scim/filter/parse-filter.ts': { imports: ['../schema/catalogue.js'] },
  'src/scim/schema/catalogue.ts': { imports: ['../../domain/schema/attribute.js'] },
  'src/graph/schema.ts': { imports: ['graphql', 'type-graphql', '../domain/execute.js'] },
  'src/graph/transport/http.ts': {},
  'src/graph/membership/membership-resolver.ts': {},
  'src/graph/server.ts': {
    imports: ['express', '@apollo/server', 'graphql-ws', 'ws', './schema.js'],
    types: ['fast-check'],
  },
  'graphiql/page.ts': { imports: ['graphql', 'graphql-ws', 'fast-check', './drafts.js'] },
  'graphiql/drafts.ts': { imports: ['graphql'] },
  'examples/mirror/src/main.ts': { imports: ['graphql-ws', './copy.ts'] },
  'examples/mirror/src/copy.ts': {},
  'migrations/first.ts': { imports: ['@mikro-orm/core'] },
  'test/graphiql/drafts.test.ts': { imports: ['../../graphiql/drafts.js'] },
  'test/domain/execute.test.ts': { imports: ['fast-check', '../../src/domain/execute.js'] },
};

/** A fixture for each way to break a rule, told apart by its file names. */
const violationFixtures: Array<{ rule: string; files: Layout }> = [
  {
    rule: 'no-cycles',
    files: { 'src/domain/hen.ts': { imports: ['./egg.js'] }, 'src/domain/egg.ts': { types: ['./hen.js'] } },
  },
  { rule: 'resolvable', files: { 'src/domain/lost.ts': { imports: ['./nowhere.js'] } } },

  { rule: 'domain-knows-no-adapter', files: { 'src/domain/to-scim.ts': { imports: ['../scim/protocol/errors.js'] } } },
  { rule: 'domain-knows-no-adapter', files: { 'src/domain/to-graph.ts': { types: ['../graph/schema.js'] } } },
  { rule: 'domain-knows-no-adapter', files: { 'src/domain/user/to-cli.ts': { imports: ['../../cli/serve.js'] } } },
  { rule: 'domain-knows-no-adapter', files: { 'src/domain/to-app.ts': { imports: ['../app.js'] } } },
  { rule: 'domain-knows-no-adapter', files: { 'src/domain/to-config.ts': { imports: ['../config.js'] } } },
  { rule: 'domain-knows-no-adapter', files: { 'src/domain/to-http.ts': { imports: ['../http/health.js'] } } },
  ...['express', 'graphql', 'type-graphql', '@apollo/server', 'graphql-ws', 'graphql-scalars', 'ws'].map((name) => ({
    rule: 'domain-knows-no-protocol',
    files: { [`src/domain/with-${name.replaceAll(/\W+/g, '-')}.ts`]: { types: [name] } },
  })),

  { rule: 'scim-never-imports-graph', files: { 'src/scim/to-graph.ts': { imports: ['../graph/schema.js'] } } },
  { rule: 'graph-never-imports-scim', files: { 'src/graph/to-scim.ts': { types: ['../scim/protocol/errors.js'] } } },
  {
    rule: 'only-app-composes',
    files: { 'src/http/composes.ts': { imports: ['../graph/schema.js', '../scim/protocol/errors.js'] } },
  },

  {
    rule: 'rehearsal-stands-alone',
    files: {
      'packages/scim-rehearsal/src/client/to-domain.ts': { types: ['../../../../src/domain/kernel/errors.js'] },
    },
  },
  {
    rule: 'rehearsal-stands-alone',
    files: { 'packages/scim-rehearsal/src/client/with-package.ts': { imports: ['express'] } },
  },
  {
    rule: 'only-commands-rehearse',
    files: { 'src/scim/resource/to-rehearsal.ts': { imports: ['scim-rehearsal/command'] } },
  },
  {
    rule: 'packages-by-name',
    files: { 'src/cli/by-path.ts': { imports: ['../../packages/scim-rehearsal/src/client/json.js'] } },
  },
  {
    rule: 'rehearsal-client-is-lowest',
    files: { 'packages/scim-rehearsal/src/client/up.ts': { types: ['../profile/profile.js'] } },
  },
  {
    rule: 'rehearsal-profile-below-simulator',
    files: { 'packages/scim-rehearsal/src/profile/up.ts': { imports: ['../simulator/rehearse.js'] } },
  },
  {
    rule: 'rehearsal-simulator-below-validator',
    files: { 'packages/scim-rehearsal/src/simulator/phases/up.ts': { imports: ['../../validator/validate.js'] } },
  },
  {
    rule: 'rehearsal-validator-below-report',
    files: { 'packages/scim-rehearsal/src/validator/up.ts': { imports: ['../report/text-report.js'] } },
  },
  {
    rule: 'rehearsal-report-below-cli',
    files: { 'packages/scim-rehearsal/src/report/up.ts': { imports: ['../cli/command.js'] } },
  },
  {
    rule: 'rehearsal-folders-one-way',
    files: {
      'packages/scim-rehearsal/src/simulator/hens/hen.ts': { imports: ['../eggs/egg.js'] },
      'packages/scim-rehearsal/src/simulator/eggs/egg.ts': { types: ['../hens/rooster.js'] },
      'packages/scim-rehearsal/src/simulator/hens/rooster.ts': {},
    },
  },

  { rule: 'scim-schema-is-lowest', files: { 'src/scim/schema/up.ts': { imports: ['../filter/parse-filter.js'] } } },
  { rule: 'scim-schema-is-lowest', files: { 'src/scim/schema/far-up.ts': { imports: ['../patch/user-patch.js'] } } },
  { rule: 'scim-filter-below-patch', files: { 'src/scim/filter/up.ts': { imports: ['../patch/user-patch.js'] } } },
  { rule: 'scim-filter-below-patch', files: { 'src/scim/filter/far-up.ts': { imports: ['../router.js'] } } },
  { rule: 'scim-patch-below-resource', files: { 'src/scim/patch/up.ts': { imports: ['../resource/user-routes.js'] } } },

  { rule: 'scim-resource-below-bulk', files: { 'src/scim/resource/up.ts': { imports: ['../bulk/bulk-endpoint.js'] } } },

  { rule: 'scim-protocol-is-lowest', files: { 'src/scim/protocol/up.ts': { imports: ['../filter/parse-filter.js'] } } },
  { rule: 'scim-provider-below-patch', files: { 'src/scim/provider/up.ts': { imports: ['../patch/user-patch.js'] } } },
  {
    rule: 'scim-representation-below-resource',
    files: { 'src/scim/representation/up.ts': { imports: ['../resource/user-routes.js'] } },
  },
  { rule: 'domain-kernel-is-lowest', files: { 'src/domain/kernel/up.ts': { imports: ['../schema/attribute.js'] } } },
  { rule: 'domain-concurrency', files: { 'src/domain/concurrency/up.ts': { imports: ['../schema/attribute.js'] } } },
  { rule: 'domain-sql', files: { 'src/domain/sql/up.ts': { imports: ['../schema/attribute.js'] } } },
  { rule: 'domain-schema', files: { 'src/domain/schema/up.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-search', files: { 'src/domain/search/up.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-attributes', files: { 'src/domain/attributes/up.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-schema-registry', files: { 'src/domain/schema-registry/up.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-event', files: { 'src/domain/event/up.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-write', files: { 'src/domain/write/up.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-user', files: { 'src/domain/user/to-group.ts': { imports: ['../group/group.js'] } } },
  { rule: 'domain-group', files: { 'src/domain/group/to-user.ts': { imports: ['../user/user.js'] } } },
  {
    rule: 'domain-custom-resource',
    files: { 'src/domain/custom-resource/to-user.ts': { imports: ['../user/user.js'] } },
  },
  { rule: 'domain-token', files: { 'src/domain/token/to-user.ts': { imports: ['../user/user.js'] } } },
  { rule: 'domain-idempotency', files: { 'src/domain/idempotency/to-top.ts': { imports: ['../execute.js'] } } },
  { rule: 'graph-kernel-is-lowest', files: { 'src/graph/kernel/up.ts': { imports: ['../schema.js'] } } },
  { rule: 'graph-relay', files: { 'src/graph/relay/up.ts': { imports: ['../schema.js'] } } },
  { rule: 'graph-input', files: { 'src/graph/input/up.ts': { imports: ['../schema.js'] } } },
  { rule: 'graph-request', files: { 'src/graph/request/up.ts': { imports: ['../schema.js'] } } },
  { rule: 'graph-operation', files: { 'src/graph/operation/up.ts': { imports: ['../schema.js'] } } },
  {
    rule: 'graph-types-below-transport',
    files: { 'src/graph/user/to-transport.ts': { imports: ['../transport/http.js'] } },
  },
  {
    rule: 'graph-membership-points-one-way',
    files: { 'src/graph/group/to-membership.ts': { imports: ['../membership/membership-resolver.js'] } },
  },
  {
    rule: 'folders-one-way',
    files: {
      'src/database/hens/hen.ts': { imports: ['../eggs/egg.js'] },
      'src/database/eggs/egg.ts': { types: ['../hens/rooster.js'] },
      'src/database/hens/rooster.ts': {},
    },
  },

  {
    rule: 'membership-points-one-way',
    files: { 'src/domain/user/back.ts': { imports: ['../membership/membership.js'] } },
  },
  {
    rule: 'membership-points-one-way',
    files: { 'src/domain/group/back.ts': { types: ['../membership/membership.js'] } },
  },

  { rule: 'express-at-the-edge', files: { 'src/scim/etag.ts': { types: ['express'] } } },
  { rule: 'express-at-the-edge', files: { 'src/graph/context.ts': { imports: ['@as-integrations/express5'] } } },
  { rule: 'no-dev-package-in-src', files: { 'src/domain/chance.ts': { imports: ['fast-check'] } } },
  { rule: 'no-test-in-src', files: { 'src/domain/cheat.ts': { imports: ['../../test/domain/execute.test.js'] } } },

  { rule: 'clients-stand-alone', files: { 'graphiql/to-src.ts': { types: ['../src/graph/schema.js'] } } },
  {
    rule: 'clients-stand-alone',
    files: { 'examples/mirror/to-src.ts': { imports: ['../../src/domain/kernel/errors.js'] } },
  },
  { rule: 'no-client-in-src', files: { 'src/graph/to-page.ts': { imports: ['../../graphiql/drafts.js'] } } },

  { rule: 'no-barrels', files: { 'src/domain/group/index.ts': { imports: ['./group.js'] } } },
  { rule: 'no-barrels', files: { 'src/scim/index.ts': {} } },
  { rule: 'no-vague-names', files: { 'src/domain/utils/fold.ts': { imports: ['../kernel/errors.js'] } } },
  { rule: 'no-vague-names', files: { 'src/scim/common/text.ts': {} } },
  { rule: 'no-vague-names', files: { 'src/lib/text.ts': {} } },
  { rule: 'no-vague-names', files: { 'src/graph/services/user.ts': {} } },
  { rule: 'no-vague-names', files: { 'src/graph/helpers.ts': {} } },
];

/** Stubs of the packages that the fixtures import; the rules look at the target of an import, not at its contents. */
const dependencies = {
  dependencies: {
    '@apollo/server': '1.0.0',
    '@as-integrations/express5': '1.0.0',
    '@mikro-orm/core': '1.0.0',
    express: '1.0.0',
    graphql: '1.0.0',
    'graphql-scalars': '1.0.0',
    'graphql-ws': '1.0.0',
    'type-graphql': '1.0.0',
    ws: '1.0.0',
  },
  devDependencies: { 'fast-check': '1.0.0' },
};

const folder = await mkdtemp(join(tmpdir(), 'portico-import-rules-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

async function writeLayout(layout: Layout): Promise<void> {
  for (const [path, { imports = [], types = [] }] of Object.entries(layout)) {
    const lines = [
      ...imports.map((name) => `import '${name}';`),
      ...types.map(
        (name, at) => `import type * as types${at} from '${name}';\nexport type Types${at} = typeof types${at};`,
      ),
    ];
    await write(path, `${lines.join('\n')}\nexport const here = true;\n`);
  }
}

/** Runs the command of `npm run check:imports` in the folder of the fixtures. */
async function cruise(outputType: string): Promise<{ exitCode: number; stdout: string }> {
  const { scripts } = require('../../package.json') as { scripts: Record<string, string> };
  const [command, ...args] = scripts['check:imports']!.split(' ');
  expect(command).toBe('depcruise');
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  return new Promise((done, fail) => {
    const options = { cwd: folder, maxBuffer: 2 ** 26 };
    execFile(process.execPath, [bin, ...args, '--output-type', outputType], options, (error, stdout, stderr) => {
      if (stderr === '') done({ exitCode: error === null ? 0 : Number(error.code), stdout });
      else fail(new Error(stderr));
    });
  });
}

async function violations(): Promise<Violation[]> {
  const { summary } = JSON.parse((await cruise('json')).stdout);
  return summary.violations.map((one: { rule: { name: string }; from: string; to: string }) => ({
    rule: one.rule.name,
    from: one.from,
    to: one.to,
  }));
}

/** Returns whether the source or the target of a violation is one of the files or, for a rule about folders, a folder of one. */
function isIn(files: Layout, { from, to }: Violation): boolean {
  return Object.keys(files).some((file) => [file, dirname(file)].some((path) => path === from || path === to));
}

beforeAll(async () => {
  await write('package.json', JSON.stringify({ type: 'module', ...dependencies }));
  for (const name of [...Object.keys(dependencies.dependencies), ...Object.keys(dependencies.devDependencies)]) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, '');
  }
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json']) await cp(join(root, file), join(folder, file));
  await writeLayout(clean);
});

// The order matters: the clean layout is checked before the violations are written into its folder.
describe('the import rules', () => {
  test('accept the clean layout', async () => {
    expect(await violations()).toEqual([]);
    expect((await cruise('err')).exitCode).toBe(0);
  });

  test('have at least one violation fixture each', () => {
    const { forbidden } = require('../../.dependency-cruiser.cjs') as { forbidden: Array<{ name: string }> };
    const names = new Set(forbidden.map(({ name }) => name));
    expect(new Set(violationFixtures.map(({ rule }) => rule))).toEqual(names);
  });

  describe('when broken', () => {
    let found: Violation[];
    let exitCode: number;

    beforeAll(async () => {
      for (const { files } of violationFixtures) await writeLayout(files);
      [found, { exitCode }] = await Promise.all([violations(), cruise('err')]);
    });

    test('fail the check', () => {
      expect(exitCode).not.toBe(0);
    });

    test('report the fixtures and no other files', () => {
      const unexpected = found.filter((violation) => !violationFixtures.some(({ files }) => isIn(files, violation)));
      expect(unexpected).toEqual([]);
    });

    test.each(violationFixtures.map(({ rule, files }) => ({ rule, file: Object.keys(files)[0]!, files })))(
      '$rule is reported for $file',
      ({ rule, files }) => {
        const rules = found.filter((violation) => isIn(files, violation)).map((one) => one.rule);
        expect(rules).toContain(rule);
      },
    );
  });
});
