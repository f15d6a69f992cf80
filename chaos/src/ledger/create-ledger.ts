import { closeSync, openSync, writeSync } from 'node:fs'
import type { LedgerFact, Stamp } from './ledger-event.ts'

/** An append-only file of one process. */
export interface Ledger {
  /** On its way to the file when this returns: a `kill -9` of this process cannot take it back. */
  add(fact: LedgerFact): void
  close(): void
}

/** Opens a ledger, or goes on with one. A line is one write, so that a process that is killed leaves whole lines. Not synced: machines are not switched off here. */
export function createLedger(file: string, by: string): Ledger {
  const descriptor = openSync(file, 'a')
  return {
    add(fact) {
      const stamp: Stamp = { by, wallMs: Date.now(), monotonicMs: machineMs() }
      writeSync(descriptor, `${JSON.stringify({ ...stamp, ...fact })}\n`)
    },
    close: () => closeSync(descriptor),
  }
}

/** Milliseconds of the clock that all processes of a machine share; `performance.now` counts from the start of each. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
