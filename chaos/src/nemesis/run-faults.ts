import type { Clock } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'
import { type Fault, targetOf } from './fault.ts'

/** Brings a fault about. Resolves once it is there, with what ends it; that resolves once the target is at work again. */
export type InjectFault = (fault: Fault) => Promise<() => Promise<void>>

export interface FaultRunOptions {
  readonly inject: InjectFault
  /** A number that rises while what is broken does its work. */
  readonly work: () => number
  /** How long a fault that waits for work waits at most. A machine that is slow makes a run longer, not pointless. @default 20_000 */
  readonly longestWaitMs?: number
  readonly ledger: Ledger
  readonly progress: (line: string) => void
  readonly clock: Clock
  /** No further fault begins; those under way are ended. */
  readonly signal: AbortSignal
}

/** How many faults were begun, and what went wrong with ending them: a broker that does not come back, for instance. */
export interface FaultRunReport {
  readonly begun: number
  readonly failures: readonly string[]
}

/** Work that shows that a group is back. */
const enoughWork = 100
const lookEveryMs = 100

/** Runs a plan. A fault whose target is still recovering from the one before begins late; one that waits for work holds back all that come behind it. */
export async function runFaults(plan: readonly Fault[], options: FaultRunOptions): Promise<FaultRunReport> {
  const { inject, work, longestWaitMs = 20_000, ledger, progress, clock, signal } = options
  const startMs = clock.monotonicMs()
  const lastOf = new Map<string, Promise<void>>()
  const failures: string[] = []
  let begun = 0
  let heldBackMs = 0
  let workBefore = work()

  async function pause(ms: number): Promise<void> {
    if (ms <= 0 || signal.aborted) return
    await clock.sleep(ms, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  async function run(fault: Fault): Promise<void> {
    const { id, kind, forMs } = fault
    if (signal.aborted) return
    const target = targetOf(fault)
    try {
      ledger.add({ kind: 'fault', id, fault: kind, target })
      progress(`fault ${id} of ${plan.length}: ${kind}, ${target}, ${forMs} ms`)
      begun += 1
      const end = await inject(fault)
      await pause(forMs)
      await end()
      ledger.add({ kind: 'fault-over', id })
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error)
      if (!signal.aborted) failures.push(`fault ${id} (${kind}, ${target}): ${says}`)
      ledger.add({ kind: 'fault-over', id, error: says })
    }
  }

  async function untilWorking(): Promise<void> {
    const sinceMs = clock.monotonicMs()
    const waitedMs = (): number => clock.monotonicMs() - sinceMs
    while (work() < workBefore + enoughWork && waitedMs() < longestWaitMs && !signal.aborted) await pause(lookEveryMs)
    heldBackMs += waitedMs()
  }

  for (const fault of plan) {
    await pause(fault.atMs + heldBackMs - (clock.monotonicMs() - startMs))
    if (fault.waitsForWork) await untilWorking()
    if (signal.aborted) break
    workBefore = work()
    // Two brokers away at once would stop everything for a while, so their faults wait for each other.
    const chain = fault.kind.startsWith('broker-') ? 'brokers' : targetOf(fault)
    lastOf.set(
      chain,
      (lastOf.get(chain) ?? Promise.resolve()).then(() => run(fault)),
    )
  }
  await Promise.all(lastOf.values())
  return { begun, failures }
}
