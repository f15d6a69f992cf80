import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { publishedPackages } from '../workspace/published-packages.ts'
import { root } from '../workspace/root.ts'
import type { DocumentedFile } from './code-blocks.ts'

/** What the code of a page may import besides our packages: a user has these too. */
const besides: Readonly<Record<string, string>> = {
  zod: 'node_modules/zod',
  vitest: 'node_modules/vitest',
  '@types/node': 'node_modules/@types/node',
}

/** Servers to put in the place of the addresses that the documentation shows. */
export interface DocumentedServers {
  readonly kafkaBroker: string
  readonly clickhouseUrl: string
  readonly schemaRegistryUrl: string
}

/** Where a documented file lies in `folder`. */
export function pathOf(folder: string, { page, name }: DocumentedFile): string {
  return join(folder, page.replaceAll(/[/.]/g, '-'), name)
}

/** A project of a user with all our packages in it and every documented file, for as long as `use` runs. */
export async function inDocumentationFolder<Result>(
  files: readonly DocumentedFile[],
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'ledgerbus-docs-'))
  try {
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    const links = [
      ...publishedPackages().map((found): [string, string] => [found.name, found.folder]),
      ...Object.entries(besides).map(([name, path]): [string, string] => [name, join(root, path)]),
    ]
    for (const [name, target] of links) {
      const link = join(folder, 'node_modules', name)
      await mkdir(dirname(link), { recursive: true })
      await symlink(target, link)
    }
    for (const file of files) {
      await mkdir(dirname(pathOf(folder, file)), { recursive: true })
      await writeFile(pathOf(folder, file), file.text)
    }
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same code, talking to servers that run: pages show the ports a user's own servers have by default. */
export function withServers(text: string, servers: DocumentedServers): string {
  return text
    .replaceAll('http://localhost:8123', servers.clickhouseUrl)
    .replaceAll(/http:\/\/localhost:8081(?:\/apis\/ccompat\/v7)?/g, servers.schemaRegistryUrl)
    .replaceAll('localhost:9092', servers.kafkaBroker)
}
