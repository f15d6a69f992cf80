import type { Clock } from '@ledgerbus/core'
import { createHistory, type History } from '../checker/history.ts'
import type { PartitionEnd, StoredRecord } from '../checker/stored-record.ts'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { LedgerFact } from '../ledger/ledger-event.ts'

/** The ledgers of a simulation, and the history they make. */
export interface SimulatedLedger {
  /** The ledger of one of those who act. */
  of(name: string): Ledger
  add(by: string, fact: LedgerFact): void
  history(stored: readonly StoredRecord[], deadLetters: readonly StoredRecord[], ends: readonly PartitionEnd[]): History
}

/** Several things happen at one moment of a simulated clock; their order is kept by steps too small to matter. */
const stepMs = 1e-6

export function createSimulatedLedger(clock: Clock): SimulatedLedger {
  const history = createHistory()
  let steps = 0

  function add(by: string, fact: LedgerFact): void {
    steps += 1
    history.event({ by, wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() + steps * stepMs, ...fact })
  }

  return {
    add,
    of: (name) => ({ add: (fact) => add(name, fact), close: () => undefined }),
    history(stored, deadLetters, ends) {
      for (const record of stored) history.stored(record)
      for (const letter of deadLetters) history.deadLetter(letter)
      for (const end of ends) history.end(end)
      return history.build()
    },
  }
}
