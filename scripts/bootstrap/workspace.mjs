import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this clone, whatever folder the command was given in. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Everything downloaded that is no dependency: shared by all clones of this user. */
export function cacheFolder() {
  const xdg = process.env['XDG_CACHE_HOME']
  // The XDG specification says that a relative path is to be ignored.
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'ledgerbus')
}

/** The pnpm that package.json pins. */
export function pinnedPnpm() {
  /** @type {{ packageManager: string }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [, version] = /^pnpm@(\d+\.\d+\.\d+)/.exec(manifest.packageManager) ?? []
  if (version === undefined) throw new Error(`package.json pins no pnpm version: ${manifest.packageManager}`)
  return version
}
