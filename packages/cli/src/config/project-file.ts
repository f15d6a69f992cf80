import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandError } from '../errors/command-error.ts'
import { placeOf } from './place-of.ts'
import { checkProjectConfig, type ProjectConfig } from './project-config.ts'

const extensions = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'] as const

/** The project file that was found and what it says. */
export interface ProjectFile {
  readonly path: string
  readonly config: ProjectConfig
}

/** The file named, else `ledgerbus.config.*` in the folder or the nearest one above it. */
export function findProjectFile(cwd: string, named: string | undefined): string | undefined {
  if (named !== undefined) {
    const path = resolve(cwd, named)
    if (existsSync(path)) return path
    throw new CommandError(`the project file ${named} does not exist`, {
      code: 'CLI_CONFIGURATION',
      remedy: 'correct --config or LEDGERBUS_CONFIG, or leave it out: then the nearest ledgerbus.config.* is taken',
    })
  }
  const folder = resolve(cwd)
  const here = extensions.map((extension) => join(folder, `ledgerbus.config.${extension}`)).find(existsSync)
  if (here !== undefined) return here
  return dirname(folder) === folder ? undefined : findProjectFile(dirname(folder), undefined)
}

/** @throws CommandError `CLI_CONFIGURATION` when the file cannot be read, or says what we do not know */
export async function loadProjectFile(path: string): Promise<ProjectFile> {
  const checked = checkProjectConfig(await load(path))
  if ('config' in checked) return { path, config: checked.config }
  throw new CommandError(`${path}: ${checked.problems.join('; ')}`, {
    code: 'CLI_CONFIGURATION',
    remedy: 'correct the project file; defineConfig() from ledgerbus says in an editor what it may hold',
  })
}

async function load(path: string): Promise<unknown> {
  const { loadConfig } = await import('c12')
  try {
    const { config } = await loadConfig({
      cwd: dirname(path),
      configFile: path,
      rcFile: false,
      packageJson: false,
      extend: false,
      dotenv: false,
      giget: false,
      envName: false,
      // Where Node reads TypeScript itself it also shares its modules: a definition then comes from the same core as ours.
      ...(readsTypeScript() && { jiti: nativeImport as never }),
    })
    return config
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`${path} cannot be loaded`, {
      code: 'CLI_CONFIGURATION',
      remedy: `correct ${placeOf(error) ?? 'the project file'}; --debug shows the stack`,
      cause: error,
    })
  }
}

function readsTypeScript(): boolean {
  return 'typescript' in process.features && Boolean(process.features.typescript)
}

/** The part of jiti that c12 uses. */
const nativeImport = {
  async import(path: string): Promise<unknown> {
    // Node imports JSON only where the import itself says that it is JSON.
    if (extname(path) === '.json') return JSON.parse(readFileSync(path, 'utf8'))
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
    if (typeof module.default === 'function' || isObject(module.default)) return module.default
    throw new CommandError(
      `${path}: ${'default' in module ? 'the default export is no object' : 'there is no default export'}`,
      {
        code: 'CLI_CONFIGURATION',
        remedy: "end the file with: export default defineConfig({ events: [...] }), with defineConfig from 'ledgerbus'",
      },
    )
  },
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
