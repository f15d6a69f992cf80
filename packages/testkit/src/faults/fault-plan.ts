import type { LedgerbusError } from '@ledgerbus/core'

/** How an operation shall go wrong. */
export interface InjectedFault {
  /** What the caller is told. `ok` is for delays: with `until` the answer only comes late. */
  readonly outcome: 'ok' | 'failed' | 'unknown'
  /** With `unknown`: whether it happened all the same. @default false */
  readonly stored?: boolean
  /** How many operations it hits. @default 1 */
  readonly times?: number
  /** The operation hangs until this settles: one in flight, for as long as a test needs it. */
  readonly until?: Promise<unknown>
  /** What the caller gets. @default a retriable error that says it was injected */
  readonly error?: LedgerbusError
}

/** The faults that wait for their operation. */
export interface FaultPlan<Fault extends InjectedFault, Target> {
  /** @returns what takes the rest of the fault back */
  inject(fault: Fault): () => void
  /** The fault meant for this operation; each call uses it up by one. */
  take(target: Target): Fault | undefined
}

/** Whether the effect happens, whatever the caller is told. */
export function isStored(fault: InjectedFault | undefined): boolean {
  return fault === undefined || fault.outcome === 'ok' || (fault.outcome === 'unknown' && fault.stored === true)
}

/** @param conditions the fields by which a fault chooses its operations; one that is left out matches all */
export function createFaultPlan<Target extends object, Fault extends InjectedFault & Partial<Target>>(
  conditions: readonly (keyof Target)[],
): FaultPlan<Fault, Target> {
  const waiting = new Map<Fault, number>()

  function hits(fault: Partial<Target>, target: Target): boolean {
    return conditions.every((name) => fault[name] === undefined || fault[name] === target[name])
  }

  return {
    inject(fault) {
      // A copy, so that the same object injected twice counts twice.
      const own = { ...fault }
      waiting.set(own, fault.times ?? 1)
      return () => {
        waiting.delete(own)
      }
    },
    take(target) {
      for (const [fault, left] of waiting) {
        if (!hits(fault, target)) continue
        if (left > 1) waiting.set(fault, left - 1)
        else waiting.delete(fault)
        return fault
      }
      return undefined
    },
  }
}
