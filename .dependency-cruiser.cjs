/**
 * Who may import whom. The table is the architecture: a row that changes is a decision, not a fix.
 *
 * Types count as imports. Tests may use more than what they test (their own block below), the published code may not.
 */
const mayImport = {
  core: [],
  context: ['core'],
  filter: ['core'],
  kafka: ['core'],
  producer: ['core', 'context'],
  consumer: ['core', 'context', 'filter'],
  'audit-log': ['core', 'filter'],
  'audit-sink': ['core', 'audit-log'],
  replay: ['core', 'filter', 'audit-log'],
  testkit: ['core', 'filter'],
  'local-stack': [],
  cli: [
    'core',
    'context',
    'filter',
    'kafka',
    'producer',
    'consumer',
    'audit-log',
    'audit-sink',
    'replay',
    'testkit',
    'local-stack',
  ],
}

/** Libraries that exactly one package may touch, so that replacing one of them stays a change in one place. */
const owners = {
  kafkajs: '^packages/kafka/',
  '@kafkajs/confluent-schema-registry': '^packages/kafka/',
  '@clickhouse/client': '^packages/audit-log/',
  umzug: '^packages/audit-log/',
  uuid: '^packages/core/src/defaults/',
  '@marcbachmann/cel-js': '^packages/filter/',
  re2js: '^packages/filter/',
  testcontainers: '^packages/testkit/src/stack/',
  chdb: '^packages/local-stack/',
  'ffi-rs': '^packages/local-stack/',
}

const test = '\\.test\\.ts$|^packages/[^/]+/test/'
const entryPoints = '^packages/[^/]+/(src/index|src/(stack|contracts|proxy)/index|package)\\.(ts|json)$'
const stack = '^packages/testkit/src/stack/'

const table = Object.entries(mayImport).map(([name, allowed]) => ({
  name: `${name}-imports-only-its-row`,
  comment: `packages/${name} may import: ${allowed.join(', ') || 'no other package'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: name === 'testkit' ? `${test}|${stack}` : test },
  to: { path: '^(packages|examples|bench|chaos|scripts)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}))

const owned = Object.entries(owners).map(([library, owner]) => ({
  name: `one-owner-of-${library}`,
  comment: `${library} is imported in ${owner.slice(1)} only.`,
  severity: 'error',
  from: { path: '^(packages|examples|scripts)/', pathNot: owner },
  to: { path: `(^|/)node_modules/(${library})/|^${library}$` },
}))

module.exports = {
  forbidden: [
    ...table,
    ...owned,
    {
      name: 'stack-imports-only-the-servers',
      comment: 'testkit/stack starts servers: local-stack and testcontainers, nothing of the platform but core.',
      severity: 'error',
      from: { path: stack, pathNot: test },
      to: { path: '^(packages|examples|bench|chaos|scripts)/', pathNot: '^packages/(testkit|core|local-stack)/' },
    },
    {
      name: 'core-never-imports-testkit',
      comment: 'Not even in a test: testkit imports core, and the circle would close.',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'filter-never-imports-testkit',
      comment: 'Not even in a test: the in-memory audit log evaluates filters, and the circle would close.',
      severity: 'error',
      from: { path: '^packages/filter/' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'core-knows-no-node-module',
      comment: 'core runs wherever JavaScript runs; what needs Node lies behind a port.',
      severity: 'error',
      from: { path: '^packages/core/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-deep-import',
      comment: 'Another package is what its package.json exports, by its name: no path into its files.',
      severity: 'error',
      from: { path: '^(?:packages|examples)/([^/]+)/|^(?:bench|chaos|scripts)/' },
      to: { path: '^packages/', pathNot: `^packages/$1/|${entryPoints}` },
    },
    {
      name: 'no-path-to-another-package',
      comment: 'Import @ledgerbus/core, not ../../core/src/index.ts.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: {
        path: '^packages/',
        pathNot: '^packages/$1/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased-workspace', 'npm'],
      },
    },
    {
      name: 'inside-a-package-import-the-file',
      comment: 'index.ts is for others; inside, it makes circles.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/', pathNot: `${test}|/index\\.ts$` },
      to: { path: ['^packages/$1/src/index\\.ts$', '^packages/$1/src/[^/]+/index\\.ts$'] },
    },
    { name: 'no-circle', comment: 'Types count too.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      comment: 'A file that nothing imports is dead, or its index.ts forgot it.',
      severity: 'error',
      from: { orphan: true, path: '^packages/[^/]+/src/', pathNot: test },
      to: {},
    },
    {
      name: 'declared-dependency',
      comment:
        'What a package imports stands in its own package.json. Our own packages cannot be found at all otherwise.',
      severity: 'error',
      from: { path: '^(packages|examples|bench|chaos)/' },
      to: { dependencyTypes: ['unknown', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependency-in-what-is-published',
      comment: 'A user installs no devDependencies.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: test },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'type-only'] },
    },
    {
      name: 'no-test-in-what-is-published',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: test },
      to: { path: test },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|\\.turbo)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@ledgerbus/source', 'types', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
}
