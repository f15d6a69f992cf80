import type { DeadLetterCounts, FingerprintCount } from '@ledgerbus/consumer'
import { table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'

const longestMessage = 80

/** Counts as JSON: every time in RFC 3339. */
export function countsView(counts: DeadLetterCounts): object {
  const { firstFailedAtMs, lastFailedAtMs, oldestWaitingAtMs, byFingerprint, ...rest } = counts
  return {
    ...rest,
    byFingerprint: byFingerprint.map(({ firstFailedAtMs: first, lastFailedAtMs: last, ...facts }) => ({
      ...facts,
      firstFailedAt: toIso(first),
      lastFailedAt: toIso(last),
    })),
    ...(firstFailedAtMs !== undefined && { firstFailedAt: toIso(firstFailedAtMs) }),
    ...(lastFailedAtMs !== undefined && { lastFailedAt: toIso(lastFailedAtMs) }),
    ...(oldestWaitingAtMs !== undefined && { oldestWaitingAt: toIso(oldestWaitingAtMs) }),
  }
}

/** `pending 12, resolved 3` */
export function statusText(byStatus: DeadLetterCounts['byStatus']): string {
  return Object.entries(byStatus)
    .map(([status, letters]) => `${status} ${letters.toLocaleString('en-US')}`)
    .join(', ')
}

/** The errors, the most frequent first, each with one to look at. */
export function fingerprintTable({ byFingerprint }: DeadLetterCounts): string {
  return table(['FINGERPRINT', 'LETTERS', 'LAST FAILED', 'HANDLER', 'SAMPLE', 'ERROR'], byFingerprint.map(row))
}

function row(count: FingerprintCount): (string | number)[] {
  const { fingerprint, letters, lastFailedAtMs, handler, step = '-', sample } = count
  return [fingerprint, letters, toIso(lastFailedAtMs), handler ?? step, sample, errorText(count)]
}

function errorText({ errorClass, errorMessage = '' }: FingerprintCount): string {
  const [line = ''] = errorMessage.split('\n', 1)
  const cut = line.length > longestMessage ? `${line.slice(0, longestMessage)}...` : line
  return errorClass === undefined ? cut : `${errorClass}: ${cut}`
}

export function eventTable({ byEvent }: DeadLetterCounts): string {
  return table(
    ['EVENT', 'LETTERS'],
    byEvent.map(({ name = '(unknown)', letters }) => [name, letters]),
  )
}
