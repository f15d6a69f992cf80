import type { AuditEntry } from '@ledgerbus/core'

/** What was stored, in the order in which it was. */
export interface Journal {
  write(entries: readonly AuditEntry[]): void
  /** What is written from now on; ends with the signal's reason. */
  read(signal: AbortSignal | undefined): AsyncIterable<AuditEntry>
}

export function createJournal(): Journal {
  const readers = new Set<(entries: readonly AuditEntry[]) => void>()
  return {
    write(entries) {
      for (const tell of readers) tell(entries)
    },
    async *read(signal) {
      const waiting: AuditEntry[] = []
      let wake: () => void = () => undefined
      const tell = (entries: readonly AuditEntry[]): void => {
        waiting.push(...entries)
        wake()
      }
      const stop = (): void => wake()
      readers.add(tell)
      signal?.addEventListener('abort', stop)
      try {
        for (;;) {
          signal?.throwIfAborted()
          const entry = waiting.shift()
          if (entry !== undefined) yield entry
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        readers.delete(tell)
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}
