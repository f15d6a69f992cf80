import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * The files of the installed kafkajs.
 *
 * It has no `exports` map, so each of its files can be loaded by its path; and its requests load their versions only when one is
 * first used, so a file can be replaced even after kafkajs itself was loaded, as long as what took hold of the old one is forgotten.
 */
export interface ClientModules {
  /** @param path below kafkajs, without extension: `src/network/requestQueue` */
  load(path: string): unknown
  /** Puts `exports` in the place of a file's own, and forgets the files below `users`, which hold the old ones. */
  replace(path: string, exports: unknown, users: readonly string[]): void
}

const require = createRequire(import.meta.url)

export const clientModules: ClientModules = {
  load: (path): unknown => require(`kafkajs/${path}`),
  replace(path, exports, users) {
    const root = dirname(require.resolve('kafkajs/package.json'))
    const file = require.resolve(`kafkajs/${path}`)
    require(file)
    const loaded = require.cache[file]
    if (loaded !== undefined) loaded.exports = exports
    const holders = users.map((user) => join(root, user))
    for (const name of Object.keys(require.cache)) {
      if (holders.some((holder) => name.startsWith(holder))) delete require.cache[name]
    }
  },
}
