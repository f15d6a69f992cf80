import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join, relative } from 'node:path'
import { ConfigurationError } from '@ledgerbus/core'
import { isSubscription, type Subscription } from '../on.ts'

/** Which modules of a folder hold handlers. */
export interface DiscoverOptions {
  /** Endings of their names. @default ['.js', '.mjs', '.ts', '.mts'] */
  readonly extensions?: readonly string[]
}

/**
 * Imports every module of a folder, and of the folders in it, and collects the subscriptions they export: by default or by name, one or in a list. A new
 * handler is then a new file. They come in the order of their paths.
 *
 * Left out are tests (`.test.`, `.spec.`), declarations (`.d.ts`), `node_modules`, and whatever begins with `_` or `.`: helpers go there. Any other module without a
 * subscription is an error, as one whose export was forgotten would never be called.
 *
 * @param folder as a URL: `new URL('./handlers/', import.meta.url)`
 * @throws ConfigurationError `HANDLERS_NOT_FOUND` naming the folder or every module that holds none, that cannot be imported, or that exists in two forms
 */
export async function discoverHandlers(folder: URL, options: DiscoverOptions = {}): Promise<readonly Subscription[]> {
  const root = pathOf(folder)
  const { extensions = ['.js', '.mjs', '.ts', '.mts'] } = options
  const modules = (await filesIn(root)).filter((path) => isModule(path, extensions))
  if (modules.length === 0) throw notFound([`${root} holds no module ending in ${extensions.join(', ')}`])
  const problems = twice(modules).map(
    (path) => `${relative(root, path)} exists as source and as build; set \`extensions\``,
  )
  if (problems.length > 0) throw notFound(problems)
  const subscriptions: Subscription[] = []
  for (const path of modules) {
    const name = relative(root, path)
    const found = await subscriptionsOf(path, name, problems)
    if (found?.length === 0)
      problems.push(`${name} exports nothing made by on() or onBatch(); the name of a helper begins with _`)
    subscriptions.push(...(found ?? []))
  }
  if (problems.length > 0) throw notFound(problems)
  return subscriptions
}

function pathOf(folder: URL): string {
  if (!(folder instanceof URL) || folder.protocol !== 'file:') {
    throw notFound(['the folder is a file URL such as new URL("./handlers/", import.meta.url)'])
  }
  return fileURLToPath(folder)
}

async function filesIn(folder: string): Promise<readonly string[]> {
  let entries: readonly Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (cause) {
    throw notFound([`${folder} cannot be read; is the path right?`], cause)
  }
  const nested = entries
    .filter(({ name }) => !/^[_.]/.test(name) && name !== 'node_modules')
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesIn(path)
      return entry.isFile() ? [path] : []
    })
  return (await Promise.all(nested)).flat()
}

function isModule(path: string, extensions: readonly string[]): boolean {
  return extensions.some((extension) => path.endsWith(extension)) && !/\.(?:test|spec|d)\.[cm]?[jt]s$/.test(path)
}

/** Modules that stand beside one of the same name with another ending. */
function twice(modules: readonly string[]): readonly string[] {
  const stems = modules.map((path) => path.replace(/\.[^.]+$/, ''))
  return modules.filter((_, index) => stems.indexOf(stems[index] ?? '') !== index)
}

async function subscriptionsOf(
  path: string,
  name: string,
  problems: string[],
): Promise<readonly Subscription[] | undefined> {
  try {
    const exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
    // Once each: a module may export one by name and by default.
    return [...new Set(Object.values(exported).flat().filter(isSubscription))]
  } catch (error) {
    problems.push(`${name} cannot be imported: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function notFound(problems: readonly string[], cause?: unknown): ConfigurationError {
  return new ConfigurationError('discoverHandlers', problems, { code: 'HANDLERS_NOT_FOUND', cause })
}
