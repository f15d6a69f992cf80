import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process: what servers inherit when the caller gives no other. The only reader of `process.env` here. */
export function processEnvironment(): Environment {
  return process.env
}

/** The folder of everything downloaded: `cacheDir`, or `ledgerbus` under `XDG_CACHE_HOME` or `~/.cache`. */
export function cacheFolder(environment: Environment, cacheDir: string | undefined): string {
  if (cacheDir !== undefined) return cacheDir
  const xdg = environment['XDG_CACHE_HOME']
  // The XDG specification says that a relative path is to be ignored.
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'ledgerbus')
}

/** The folder of logs of servers whose data folder is temporary. */
export function temporaryLogFolder(): string {
  return join(tmpdir(), 'ledgerbus-logs')
}

/** The environment for our own Node scripts: what the caller's Node was told must not reach them. */
export function withoutNodeOptions(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name !== 'NODE_OPTIONS' && name !== 'NODE_CHANNEL_FD'),
  )
}
