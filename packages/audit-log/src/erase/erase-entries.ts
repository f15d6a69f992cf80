import { type EraseOptions, eraseOptionsProblems, type ErasurePlan, type ErasureReport } from '@ledgerbus/core'
import { writeError } from '../clickhouse/error-table.ts'
import type { Shards } from '../cluster/shards.ts'
import { readEntries, type ReadNeeds } from '../query/read-entries.ts'
import { markerOf, type ErasureMarker } from './erasure-marker.ts'
import { erasureInvalid } from './plan-erasure.ts'
import { removeErasedRows } from './remove-erased-rows.ts'
import { storeMarkers } from './store-markers.ts'

const markersPerInsert = 5_000

/** What {@link eraseEntries} works with. */
export interface EraseNeeds extends ReadNeeds {
  readonly shards: Shards
}

/**
 * Two steps, in this order: markers first, and the entry reads as erased from then on; rows second, and the bytes are gone. Killed in the first
 * step, what has no marker is selected again; killed in the second, the next run removes every row that has a marker, whoever wrote it. A marker stands
 * on the shard of its record, where questions and deletions look for it.
 */
export async function eraseEntries(
  needs: EraseNeeds,
  plan: ErasurePlan,
  options: EraseOptions,
): Promise<ErasureReport> {
  const problems = eraseOptionsProblems(options)
  if (problems.length > 0) throw erasureInvalid(problems)
  const wait = options.signal === undefined ? {} : { signal: options.signal }
  const word = { reason: options.reason, by: options.by, erasedAtMs: needs.clock.nowMs() }
  let erased = 0
  let batch: ErasureMarker[] = []

  async function store(): Promise<void> {
    for (const connection of needs.shards.all) {
      const own = batch.filter(
        ({ coordinates }) => needs.shards.of(coordinates.topic, coordinates.partition) === connection,
      )
      if (own.length > 0) await storeMarkers({ ...needs, connection }, own, wait)
    }
    erased += batch.length
    batch = []
    options.onProgress?.(erased)
  }

  try {
    for await (const entry of readEntries(needs, plan.selection, wait)) {
      batch.push(markerOf(entry, word))
      if (batch.length >= markersPerInsert) await store()
    }
    if (batch.length > 0) await store()
    let removedRows = 0
    for (const connection of needs.shards.all) removedRows += await removeErasedRows({ ...needs, connection }, wait)
    return { planned: plan.entries, erased, removedRows }
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw writeError(error, `erasing entries (${erased} of ${plan.entries} read as erased)`)
  }
}
