import type { AuditEntry, BoundedSelection, PartitionBound, PartitionStart, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { begunAhead } from './begun-ahead.ts'
import { cutWindows, type WindowSize } from './cut-windows.ts'
import { selectionFilter } from './filter/selection-filter.ts'
import { offsetMap } from './offset-map.ts'
import type { OffsetSpan } from './offset-window.ts'
import { readEntries, type ReadNeeds } from './read-entries.ts'
import { checkSelection } from './selection-problems.ts'

/** Small enough to be sorted in memory and answered soon, large enough that a query costs little beside its rows. */
const windowSize: WindowSize = { rows: 20_000, bytes: 64 * 1024 * 1024 }

/**
 * All entries, each partition in the order of its offsets whatever its timestamps say.
 *
 * The table is sorted by Kafka's time, so the order of offsets has to be made. Sorting the whole selection would answer its first row when the last
 * one is read; so it is cut into windows that are sorted each for itself (docs/decisions/0150-by-offset-in-windows.md).
 */
export async function* readByOffset(
  needs: ReadNeeds,
  selection: BoundedSelection,
  options: WaitOptions & { readonly from?: readonly PartitionStart[] },
): AsyncGenerator<AuditEntry, void, undefined> {
  const { from = [], signal } = options
  checkSelection(selection)
  checkStarts(from)
  if (selection.filter !== undefined) selectionFilter(selection.filter)
  const spans = spansOf(selection.below, from)
  if (spans.length === 0) return
  // The spans say the same, partition by partition.
  const { below: _, ...unbounded } = selection
  const map = await offsetMap(needs, { selection: unbounded, spans }, options)
  yield* begunAhead(sourcesOf(), signal)

  function* sourcesOf() {
    for (const within of cutWindows(map, windowSize)) {
      yield (either: AbortSignal) => readEntries(needs, unbounded, { order: 'partition', within, signal: either })
    }
  }
}

/** What is left to read of each partition with a bound. Of two bounds or two starts for one partition both must hold. */
function spansOf(below: readonly PartitionBound[], from: readonly PartitionStart[]): readonly OffsetSpan[] {
  const spans = new Map<string, OffsetSpan>()
  for (const bound of below) {
    const name = nameOf(bound)
    const known = spans.get(name)
    if (known === undefined || bound.below < known.below) spans.set(name, { ...bound, from: 0n })
  }
  for (const start of from) {
    const name = nameOf(start)
    const known = spans.get(name)
    if (known !== undefined && start.from > known.from) spans.set(name, { ...known, from: start.from })
  }
  return [...spans.values()].filter((span) => span.from < span.below)
}

function nameOf({ cluster, topic, partition }: Omit<PartitionStart, 'from'>): string {
  return JSON.stringify([cluster, topic, partition])
}

function checkStarts(from: readonly PartitionStart[]): void {
  const wrong = from.find((start) => start.from < 0n)
  if (wrong === undefined) return
  throw new AuditLogError(
    `${wrong.topic}/${wrong.partition} cannot be read from offset ${wrong.from}; the first offset is 0`,
    { code: 'AUDIT_SELECTION_INVALID' },
  )
}
