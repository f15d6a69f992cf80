import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PublishedPackage, publishedPackages } from '../workspace/published-packages.ts'
import { mustRun } from '../workspace/run-command.ts'

export interface Tarball {
  readonly package: PublishedPackage
  readonly path: string
}

/**
 * Packs every published package as a release would, for as long as `use` runs.
 *
 * With pnpm: npm would leave `catalog:` and `workspace:` in the manifests. The packages must be built.
 */
export async function withTarballs<Result>(use: (tarballs: readonly Tarball[]) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'ledgerbus-packages-'))
  try {
    const tarballs: Tarball[] = []
    for (const found of publishedPackages()) tarballs.push(await packInto(join(folder, found.folderName), found))
    return await use(tarballs)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function packInto(folder: string, found: PublishedPackage): Promise<Tarball> {
  await mustRun('pnpm', ['pack', '--pack-destination', folder], { cwd: found.folder })
  const [file] = await readdir(folder)
  if (file === undefined) throw new Error(`${found.name}: pnpm packed nothing`)
  return { package: found, path: join(folder, file) }
}
