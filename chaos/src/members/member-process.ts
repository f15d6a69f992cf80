import { createLedger, type Ledger } from '../ledger/create-ledger.ts'
import type { FromMember } from './create-members.ts'

/** What the programs of members have in common: a ledger, a way to be closed, and a run to tell how they stand. */
export interface MemberProcess {
  readonly ledger: Ledger
  /** Aborted by SIGTERM: close in order. */
  readonly closing: AbortSignal
  worked(count: number): void
  joined(): void
  /** Resolves when it is to be closed. */
  untilClosing(): Promise<void>
}

const tellEveryMs = 200

/** Makes this process a member's: it ends with the process that started it. */
export function becomeMember({ file, name }: { readonly file: string; readonly name: string }): MemberProcess {
  const ledger = createLedger(file, name)
  ledger.add({ kind: 'started', pid: process.pid })
  const closing = new AbortController()
  process.once('SIGTERM', () => closing.abort())
  // Ctrl-C reaches the whole group of processes; the run decides what it means.
  process.on('SIGINT', () => undefined)
  process.once('disconnect', () => process.exit(1))

  function tell(message: FromMember): void {
    if (process.connected) process.send?.(message)
  }

  let runs = 0
  setInterval(() => {
    if (runs > 0) tell({ kind: 'worked', runs })
    runs = 0
  }, tellEveryMs).unref()

  return {
    ledger,
    closing: closing.signal,
    worked(count) {
      runs += count
    },
    joined() {
      tell({ kind: 'joined' })
    },
    async untilClosing() {
      if (closing.signal.aborted) return
      await new Promise((resolve) => {
        closing.signal.addEventListener('abort', resolve, { once: true })
      })
    },
  }
}
