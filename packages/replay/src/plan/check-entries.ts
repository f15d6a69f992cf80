import {
  type AuditEntry,
  type EventRegistry,
  isLedgerbusError,
  readsVersion,
  validateEvent,
  type WaitOptions,
} from '@ledgerbus/core'
import { firstPosition, type ReplaySource } from '../source/replay-source.ts'
import type { FrozenSelection, ReplayCheck, ReplayOrder } from './replay-plan.ts'
import { sampleOf } from './replay-sample.ts'

/** What an entry can fail at, and why, in words without values of its payload. */
interface EntryProblem {
  readonly step: 'undecodable' | 'unknown' | 'notUpcast' | 'invalid'
  readonly problem: string
}

const maxSamples = 10
const maxProblemCharacters = 300
const entriesPerTelling = 1_000

/** What the definitions at hand make of an entry: the first step that fails, or nothing. A tombstone has nothing to fail at. */
function problemOfEntry({ reading }: AuditEntry, events: EventRegistry): EntryProblem | undefined {
  if (reading.status === 'undecodable') return { step: 'undecodable', problem: reading.problem }
  if (reading.status !== 'ok') return undefined
  const { envelope } = reading
  const definition = events.find(envelope.name)
  if (definition === undefined) return { step: 'unknown', problem: `no definition of ${envelope.name} is at hand` }
  if (!readsVersion(definition, envelope.version)) {
    const problem = `${envelope.name} is of version ${envelope.version}, and nothing leads from there to version ${definition.version}`
    return { step: 'notUpcast', problem }
  }
  try {
    validateEvent(definition, envelope)
    return undefined
  } catch (error) {
    if (!isLedgerbusError(error)) throw error
    return { step: error.code === 'EVENT_UPCAST_FAILED' ? 'notUpcast' : 'invalid', problem: error.message }
  }
}

/**
 * Reads every selected entry once and counts what a consumer with these definitions could not handle. Holds one entry at a time and the few samples.
 *
 * @param onChecked called after every 1,000 entries
 */
export async function checkEntries(
  { source, events }: { readonly source: ReplaySource; readonly events: EventRegistry },
  { selection, order }: { readonly selection: FrozenSelection; readonly order: ReplayOrder },
  { onChecked, ...wait }: WaitOptions & { readonly onChecked?: (entries: number) => void } = {},
): Promise<ReplayCheck> {
  const counts = { undecodable: 0, unknown: 0, notUpcast: 0, invalid: 0 }
  const samples: ReplayCheck['samples'][number][] = []
  let entries = 0
  for await (const entry of source.read(selection, firstPosition(order), wait)) {
    wait.signal?.throwIfAborted()
    entries += 1
    if (entries % entriesPerTelling === 0) onChecked?.(entries)
    const found = problemOfEntry(entry, events)
    if (found === undefined) continue
    counts[found.step] += 1
    if (samples.length < maxSamples) {
      samples.push({ ...sampleOf(entry), problem: found.problem.slice(0, maxProblemCharacters) })
    }
  }
  return { entries, ...counts, samples }
}
