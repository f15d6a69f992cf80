import type { Clock } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'
import type { LedgerEvent, LedgerFact } from '../ledger/ledger-event.ts'

/** The ledgers of a simulation. */
export interface SimulatedLedger {
  /** The ledger of one of those who act. */
  of(name: string): Ledger
  add(by: string, fact: LedgerFact): void
}

/** Several things happen at one moment of a simulated clock; their order is kept by steps too small to matter. */
const stepMs = 1e-6

/** @param take gets what happens, in its order */
export function createSimulatedLedger(clock: Clock, take: (event: LedgerEvent) => void): SimulatedLedger {
  let steps = 0

  function add(by: string, fact: LedgerFact): void {
    steps += 1
    take({ by, wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() + steps * stepMs, ...fact })
  }

  return {
    add,
    of: (name) => ({ add: (fact) => add(name, fact), close: () => undefined }),
  }
}
