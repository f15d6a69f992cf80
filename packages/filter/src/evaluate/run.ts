import type { Envelope, RecordHeader, WireEnvelope } from '@ledgerbus/core'

/** One evaluation of a filter over one event. */
export interface Run {
  readonly envelope: Envelope
  readonly headers: readonly RecordHeader[]
  /** The variables of the loops around, the outermost first. */
  readonly locals: unknown[]
  /** Steps that are left. */
  steps: number
  /** Made when a filter first asks for what is named differently on the wire. */
  wire?: WireEnvelope
  /** Made when a filter first asks for all headers at once. */
  headerMap?: Readonly<Record<string, string | null>>
}

/** A node made ready to run: its value, or a failure. Never throws. */
export type Evaluate = (run: Run) => unknown

/** Pays for work; false when the steps are used up. */
export function pay(run: Run, steps: number): boolean {
  run.steps -= steps
  return run.steps >= 0
}
