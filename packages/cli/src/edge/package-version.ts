import { readFileSync } from 'node:fs'

/** From the package itself; the same path from `src` and from `dist`. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
