import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../workspace/root.ts'
import { runCommand } from '../workspace/run-command.ts'

/** Path and text of each file of a workspace that exists for one test. */
export type Files = Readonly<Record<string, string>>

export interface Finding {
  readonly rule: string
  readonly file: string
}

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
  /** The rest of the circle, for a rule about circles. */
  readonly cycle?: readonly { readonly name: string }[]
}

const packages = [
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
  'cli',
]
const libraries = [
  'kafkajs',
  '@kafkajs/confluent-schema-registry',
  '@clickhouse/client',
  'umzug',
  'uuid',
  '@marcbachmann/cel-js',
  're2js',
  'testcontainers',
  'chdb',
  'ffi-rs',
  'dev-only',
]
const configuration = ['.dependency-cruiser.cjs', '.oxlintrc.json', 'tsconfig.base.json', 'scripts/lint']

/** A workspace of the real shape and under the real rules, with `files` in it, for as long as `use` runs. */
export async function inSmallWorkspace<Result>(
  files: Files,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'ledgerbus-rules-'))
  try {
    for (const path of configuration) await cp(join(root, path), join(folder, path), { recursive: true })
    const all = Object.entries({ ...skeleton(), ...files })
    await Promise.all(all.map(([path, text]) => writeInto(join(folder, path), text)))
    await mkdir(join(folder, 'node_modules/@ledgerbus'))
    for (const name of packages)
      await symlink(join(folder, 'packages', name), join(folder, 'node_modules/@ledgerbus', name))
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What dependency-cruiser finds, by the rule's name and the importing file. */
export async function importFindings(folder: string): Promise<readonly Finding[]> {
  const { stdout, output } = await runCommand(
    join(root, 'node_modules/.bin/depcruise'),
    ['--output-type', 'json', 'packages', 'examples'],
    { cwd: folder },
  )
  const report = parse(stdout, output) as { readonly summary: { readonly violations: readonly Violation[] } }
  return report.summary.violations.flatMap(({ from, rule, cycle = [] }) =>
    [...new Set([from, ...cycle.map((step) => step.name)])].map((file) => ({ rule: rule.name, file })),
  )
}

/** What oxlint finds, by the rule's name without its plugin's and the file. */
export async function lintFindings(folder: string): Promise<readonly Finding[]> {
  const { stdout, output } = await runCommand(
    join(root, 'node_modules/.bin/oxlint'),
    ['--format', 'json', 'packages'],
    {
      cwd: folder,
    },
  )
  const report = parse(stdout, output) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[]
  }
  return report.diagnostics.map(({ code, filename }) => ({
    rule: /\(([^)]+)\)/.exec(code)?.[1] ?? code,
    file: filename,
  }))
}

function skeleton(): Files {
  const files: Record<string, string> = {}
  for (const name of packages) {
    files[`packages/${name}/package.json`] = JSON.stringify({
      name: `@ledgerbus/${name}`,
      type: 'module',
      exports: { '.': { '@ledgerbus/source': './src/index.ts' } },
      dependencies: Object.fromEntries(
        libraries.filter((library) => library !== 'dev-only').map((library) => [library, '*']),
      ),
      devDependencies: { 'dev-only': '*' },
    })
    files[`packages/${name}/tsconfig.json`] = JSON.stringify({
      extends: '../../tsconfig.base.json',
      compilerOptions: { noEmit: true, types: [], lib: ['es2023', 'dom'] },
      include: ['src'],
    })
    files[`packages/${name}/src/index.ts`] = `export { one } from './one.ts'\n`
    files[`packages/${name}/src/one.ts`] = `export const one = 1\n`
  }
  for (const library of libraries) {
    files[`node_modules/${library}/package.json`] = JSON.stringify({ name: library, main: 'index.js' })
    files[`node_modules/${library}/index.js`] = 'module.exports = {}\n'
  }
  files['examples/orders/package.json'] = JSON.stringify({ name: 'orders', type: 'module' })
  files['examples/orders/src/main.ts'] = `export const main = 1\n`
  return files
}

async function writeInto(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

function parse(stdout: string, output: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch (error) {
    throw new Error(`the tool printed no JSON:\n${output}`, { cause: error })
  }
}
