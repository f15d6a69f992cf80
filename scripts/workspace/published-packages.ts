import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

export interface PublishedPackage {
  readonly name: string
  readonly version: string
  /** `core` for `@ledgerbus/core`. */
  readonly folderName: string
  readonly folder: string
  /** By the name a user imports: `@ledgerbus/testkit/stack`. Values are source files. */
  readonly entryPoints: ReadonlyMap<string, string>
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, string | { readonly '@ledgerbus/source': string }>>
}

/** Every package under `packages/` that a release publishes, in the order of their folders. */
export function publishedPackages(): readonly PublishedPackage[] {
  const folders = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.flatMap(({ name: folderName }) => {
    const folder = join(root, 'packages', folderName)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    if (manifest.private === true) return []
    const { name, version } = manifest
    return [{ name, version, folderName, folder, entryPoints: entryPointsOf(manifest, folder) }]
  })
}

function entryPointsOf(manifest: Manifest, folder: string): ReadonlyMap<string, string> {
  const found = Object.entries(manifest.exports).flatMap(([path, target]): [string, string][] =>
    typeof target === 'string' ? [] : [[manifest.name + path.slice(1), join(folder, target['@ledgerbus/source'])]],
  )
  return new Map(found)
}
