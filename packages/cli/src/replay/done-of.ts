import type { ReplayCounts } from '@ledgerbus/replay'

/** How many entries need nothing more: published, failed for good, or left out by the transform. */
export function doneOf({ published, failed, leftOut }: ReplayCounts): number {
  return published + failed + leftOut
}
