import type { FloodBounds } from './flood-guard-options.ts'

/** The last records of a topic, and which of them would be set aside. */
export interface FloodWindow {
  /** A record is to be set aside. Each counts once. @returns whether that makes a flood */
  failing(record: string, fingerprint: string): boolean
  succeeded(): void
  /** Nothing in it speaks of a flood: successes need not be told. */
  readonly isQuiet: boolean
}

export function createFloodWindow({ records, deadLetters, inARow }: FloodBounds): FloodWindow {
  /** The oldest first; `undefined` for one that succeeded. */
  let last: (string | undefined)[] = []
  const failed = new Set<string>()
  let row = { fingerprint: '', length: 0 }

  function push(record: string | undefined): void {
    last.push(record)
    if (record !== undefined) failed.add(record)
    if (last.length <= records) return
    const gone = last.shift()
    if (gone !== undefined) failed.delete(gone)
  }

  return {
    failing(record, fingerprint) {
      if (!failed.has(record)) {
        push(record)
        row = { fingerprint, length: row.fingerprint === fingerprint ? row.length + 1 : 1 }
      }
      return failed.size >= deadLetters || row.length >= inARow
    },
    succeeded() {
      row = { fingerprint: '', length: 0 }
      push(undefined)
      if (failed.size === 0) last = []
    },
    get isQuiet() {
      return failed.size === 0
    },
  }
}
