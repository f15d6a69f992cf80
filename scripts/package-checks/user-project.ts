import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { startStack } from '../../packages/testkit/src/stack/index.ts'
import { documentedFiles } from '../docs/code-blocks.ts'
import { withServers } from '../docs/documentation-folder.ts'
import { root } from '../workspace/root.ts'
import { type CommandResult, runCommand } from '../workspace/run-command.ts'
import type { Tarball } from './pack.ts'

type StepResult = Pick<CommandResult, 'ok' | 'output'>

/** An empty project of a user, and what the user does in it. */
export interface UserProject {
  install(tarballs: readonly Tarball[]): Promise<StepResult>
  load(tarballs: readonly Tarball[]): Promise<StepResult>
  compile(): Promise<StepResult>
  runPrograms(): Promise<StepResult>
  askCommand(): Promise<StepResult>
}

/** The `engines` of every package begin here. */
const oldestNode = '22.12.0'
/** Versions that the workspace itself is developed with. */
const tools = ['zod', 'typescript', '@types/node']
/** Entry points for code that a test runner runs: outside of one they have nothing to register with. */
const onlyUnderATestRunner = new Set(['@ledgerbus/testkit/contracts'])

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  types: ['node'],
  rewriteRelativeImportExtensions: true,
  outDir: 'dist',
  rootDir: '.',
}

/** Makes an empty project far from the workspace, for as long as `use` runs. */
export async function inUserProject<Result>(use: (project: UserProject) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'ledgerbus-user-'))
  const files = documentedFiles().filter(({ page }) => page === 'README.md')
  const node = () => join(folder, 'node_modules', '.bin', 'node')
  const run = (command: string, args: readonly string[]) => runCommand(command, args, { cwd: folder })
  try {
    return await use({
      async install(tarballs) {
        await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
        const wanted = [...tarballs.map(({ path }) => path), ...tools.map(asInWorkspace), ...nodeItself()]
        // The servers of local-stack are optional and large; a user of the packages does not need them.
        return await run('npm', [
          'install',
          '--omit=optional',
          '--no-audit',
          '--no-fund',
          '--loglevel=error',
          ...wanted,
        ])
      },
      async load(tarballs) {
        const entryPoints = tarballs.flatMap((tarball) => [...tarball.package.entryPoints.keys()])
        const imports = entryPoints
          .filter((name) => !onlyUnderATestRunner.has(name))
          .map((name) => `await import('${name}')`)
        await writeFile(join(folder, 'load.mjs'), [...imports, 'console.log(process.version)'].join('\n'))
        const result = await run(nodeOf(node()), ['load.mjs'])
        // Importing does nothing, so it prints nothing either: only our own line stands there.
        const expected = process.platform === 'linux' ? `v${oldestNode}` : process.version
        return { ...result, ok: result.ok && result.output.trim() === expected }
      },
      async compile() {
        if (files.length === 0) return { ok: false, output: 'README.md has no ts block' }
        for (const { name, text } of files) await writeFile(join(folder, name), text)
        await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
        return await run(join(folder, 'node_modules', '.bin', 'tsc'), ['-p', '.'])
      },
      async runPrograms() {
        const programs = files.filter((file) => file.runs)
        if (programs.length === 0) return { ok: false, output: 'README.md has no block marked `ts run`' }
        const stack = await startStack()
        try {
          for (const { name } of files) await useServers(join(folder, 'dist', asJavaScript(name)), stack.addresses)
          for (const { name } of programs) {
            const result = await run(nodeOf(node()), [join('dist', asJavaScript(name))])
            if (!result.ok) return result
            if (result.stdout.trim() === '')
              return { ok: false, output: `${name} printed nothing: did it handle anything?` }
          }
          return { ok: true, output: '' }
        } finally {
          await stack.stop()
        }
      },
      async askCommand() {
        const result = await run(nodeOf(node()), [join('node_modules', 'ledgerbus', 'bin', 'ledgerbus.js'), 'version'])
        return { ...result, ok: result.ok && /\d+\.\d+\.\d+/.test(result.output) }
      },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function asInWorkspace(name: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
    readonly version: string
  }
  return `${name}@${version}`
}

/** Node as a package; there is one for Linux only. Elsewhere the Node that runs this must do. */
function nodeItself(): readonly string[] {
  return process.platform === 'linux' ? [`node-linux-${process.arch}@${oldestNode}`] : []
}

function nodeOf(installed: string): string {
  return existsSync(installed) ? installed : process.execPath
}

function asJavaScript(name: string): string {
  return `${basename(name, '.ts')}.js`
}

async function useServers(
  file: string,
  addresses: {
    readonly kafkaBrokers: readonly string[]
    readonly clickhouseUrl: string
    readonly schemaRegistryUrl: string
  },
): Promise<void> {
  const [kafkaBroker = ''] = addresses.kafkaBrokers
  await writeFile(file, withServers(readFileSync(file, 'utf8'), { ...addresses, kafkaBroker }))
}
