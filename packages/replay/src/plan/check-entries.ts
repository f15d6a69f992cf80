import type { AuditEntry, EventRegistry, WaitOptions } from '@ledgerbus/core'
import type { EntryProblem } from '../content/entry-problem.ts'
import { eventOfEntry } from '../content/event-of-entry.ts'
import { newestValue } from '../content/newest-value.ts'
import { firstPosition, type ReplaySource } from '../source/replay-source.ts'
import type { ReplayCheck, ReplayContent, ReplayPlan } from './replay-plan.ts'
import { sampleOf } from './replay-sample.ts'

const maxSamples = 10
const maxProblemCharacters = 300
const entriesPerTelling = 1_000

/** What is published as it is stored is looked at as a consumer would; what a run makes anew, by making it. */
function problemOfEntry(entry: AuditEntry, events: EventRegistry, content: ReplayContent): EntryProblem | undefined {
  const made = content === 'latest' ? newestValue(entry, events) : eventOfEntry(entry, events)
  return made.kind === 'problem' ? made : undefined
}

/**
 * Reads every selected entry once and counts those that the definitions at hand can make nothing of. Holds one entry at a time and the few samples.
 *
 * @param onChecked called after every 1,000 entries
 */
export async function checkEntries(
  { source, events }: { readonly source: ReplaySource; readonly events: EventRegistry },
  { selection, order, content }: Pick<ReplayPlan, 'selection' | 'order' | 'content'>,
  { onChecked, ...wait }: WaitOptions & { readonly onChecked?: (entries: number) => void } = {},
): Promise<ReplayCheck> {
  const counts = { framed: 0, undecodable: 0, unknown: 0, notUpcast: 0, invalid: 0 }
  const samples: ReplayCheck['samples'][number][] = []
  let entries = 0
  for await (const entry of source.read(selection, firstPosition(order), wait)) {
    wait.signal?.throwIfAborted()
    entries += 1
    if (entries % entriesPerTelling === 0) onChecked?.(entries)
    const found = problemOfEntry(entry, events, content)
    if (found === undefined) continue
    counts[found.step] += 1
    if (samples.length < maxSamples) {
      samples.push({ ...sampleOf(entry), problem: found.problem.slice(0, maxProblemCharacters) })
    }
  }
  const { framed, ...others } = counts
  return { entries, ...(content === 'latest' && { framed }), ...others, samples }
}
