import { fileURLToPath } from 'node:url'

/** What Node writes in front of the stack when it cannot read a file: a path or URL and a line. */
const unreadable = /^(file:\/\/\S+|(?:\/|[A-Za-z]:\\).+):(\d+)\n/u
/** The top level of a module, where a project file fails when it is loaded: no function has a name there, or CommonJS gives it this one. */
const topLevel = /^\s+at (?:Object\.<anonymous> \()?(file:\/\/\S+?|(?:\/|[A-Za-z]:\\).+?):(\d+):\d+\)?$/mu

/** Where a module failed to load, as `path:line`; `undefined` when the error does not tell. */
export function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const [, file, line] = unreadable.exec(stack) ?? topLevel.exec(stack) ?? []
  if (file === undefined) return undefined
  return `${file.startsWith('file:') ? fileURLToPath(file) : file}:${line}`
}
