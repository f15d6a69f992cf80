import { type EraseOptions, eraseOptionsProblems, type ErasurePlan, type ErasureReport } from '@ledgerbus/core'
import { writeError } from '../clickhouse/error-table.ts'
import { readEntries, type ReadNeeds } from '../query/read-entries.ts'
import { markerOf, type ErasureMarker } from './erasure-marker.ts'
import { erasureInvalid } from './plan-erasure.ts'
import { removeErasedRows } from './remove-erased-rows.ts'
import { storeMarkers } from './store-markers.ts'

const markersPerInsert = 5_000

/**
 * Two steps, in this order: markers first, and the entry reads as erased from then on; rows second, and the bytes are gone. Killed in the first
 * step, what has no marker is selected again; killed in the second, the next run removes every row that has a marker, whoever wrote it.
 */
export async function eraseEntries(needs: ReadNeeds, plan: ErasurePlan, options: EraseOptions): Promise<ErasureReport> {
  const problems = eraseOptionsProblems(options)
  if (problems.length > 0) throw erasureInvalid(problems)
  const wait = options.signal === undefined ? {} : { signal: options.signal }
  const word = { reason: options.reason, by: options.by, erasedAtMs: needs.clock.nowMs() }
  let erased = 0
  let batch: ErasureMarker[] = []

  async function store(): Promise<void> {
    await storeMarkers(needs, batch, wait)
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
    return { planned: plan.entries, erased, removedRows: await removeErasedRows(needs, wait) }
  } catch (error) {
    wait.signal?.throwIfAborted()
    throw writeError(error, `erasing entries (${erased} of ${plan.entries} read as erased)`)
  }
}
