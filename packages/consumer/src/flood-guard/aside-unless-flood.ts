import type { ConsumerRecord } from '@ledgerbus/core'
import { factsOf, type Redact } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import type { Failure, RecordEnd } from '../pipeline/record-end.ts'
import type { FloodGuard } from './flood-guard.ts'

export interface FloodSteps {
  /** Tries once more what failed; the failure when it fails again. */
  readonly again: (failure: Failure) => Promise<RecordEnd | Failure>
  readonly setAside: (failure: Failure) => Promise<RecordEnd>
}

/** Sets a record aside, unless so many of its topic would be that it rather waits. */
export async function asideUnlessFlood(
  { record, source }: { readonly record: ConsumerRecord; readonly source: string },
  first: Failure,
  steps: FloodSteps,
  turn: Turn,
  { flood, redact }: { readonly flood: FloodGuard; readonly redact: Redact },
): Promise<RecordEnd> {
  const name = `${record.topic}/${record.partition}/${record.offset}`
  let failure = first
  while (flood.failing(source, shareOf(failure)) === 'hold') {
    const pass = await passed(source, turn, flood)
    if (pass === undefined) return { kind: 'left' }
    const again = await steps.again(failure)
    if ('kind' in again) {
      if (pass === 'probe' && again.kind === 'skipped') flood.inconclusive(source)
      return again
    }
    failure = again
  }
  return steps.setAside(failure)

  function shareOf({ handlerName, error }: Failure): Parameters<FloodGuard['failing']>[1] {
    return { record: name, handler: handlerName, fingerprint: factsOf(error, redact).fingerprint }
  }
}

/** Runs a record while the flow of its topic is stopped: when it is its turn to be tried, or when the flow goes on. */
export async function runGuarded(
  source: string,
  turn: Turn,
  flood: FloodGuard,
  run: () => Promise<RecordEnd>,
): Promise<RecordEnd> {
  const pass = await passed(source, turn, flood)
  if (pass === undefined) return { kind: 'left' }
  const end = await run()
  // One that was moved or skipped, or handled by another handler than the one that fails, says nothing.
  if (pass === 'probe' && end.kind !== 'left' && flood.isOpen(source)) flood.inconclusive(source)
  return end
}

async function passed(source: string, turn: Turn, flood: FloodGuard): Promise<'go' | 'probe' | undefined> {
  let pass: 'go' | 'probe' | undefined
  const holdsSlot = await turn.idleUntil(async () => {
    pass = await flood.pass(source, turn.ownership.hurry)
    return pass !== undefined
  })
  return holdsSlot ? pass : undefined
}
