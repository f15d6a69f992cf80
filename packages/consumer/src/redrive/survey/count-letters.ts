import { placeText } from '../state/letter-state.ts'
import type { DeadLetterCounts, EventCount, FingerprintCount } from './dead-letter-survey.ts'
import type { LetterFacts } from './letter-facts.ts'
import type { SurveyedLetter } from './survey-partition.ts'

/** Counts letters as they come, in memory that grows with errors, events and keys only. */
export interface LetterCounter {
  add(letter: SurveyedLetter<LetterFacts>): void
  read(): DeadLetterCounts
}

type Writable<Shape> = { -readonly [Field in keyof Shape]: Shape[Field] }

export function createLetterCounter(): LetterCounter {
  const keys = new Set<string>()
  const byStatus: Writable<DeadLetterCounts['byStatus']> = {}
  const byFingerprint = new Map<string, FingerprintCount>()
  const byEvent = new Map<string | undefined, number>()
  let letters = 0
  let copies = 0
  let firstFailedAtMs = Number.POSITIVE_INFINITY
  let lastFailedAtMs = Number.NEGATIVE_INFINITY
  let oldestWaitingAtMs = Number.POSITIVE_INFINITY

  return {
    add(letter) {
      const { kept, status } = letter
      letters += 1
      copies += letter.copies - 1
      byStatus[status] = (byStatus[status] ?? 0) + 1
      if (kept.key !== undefined) keys.add(kept.key)
      byEvent.set(kept.event, (byEvent.get(kept.event) ?? 0) + 1)
      byFingerprint.set(kept.fingerprint, merged(byFingerprint.get(kept.fingerprint), letter))
      firstFailedAtMs = Math.min(firstFailedAtMs, kept.failedAtMs)
      lastFailedAtMs = Math.max(lastFailedAtMs, kept.failedAtMs)
      if (status === 'pending' || status === 'failed-again') {
        oldestWaitingAtMs = Math.min(oldestWaitingAtMs, kept.failedAtMs)
      }
    },
    read: () => ({
      letters,
      keys: keys.size,
      copies,
      byStatus: { ...byStatus },
      byFingerprint: [...byFingerprint.values()].sort((a, b) => b.letters - a.letters),
      byEvent: [...byEvent].map(eventCount).sort((a, b) => b.letters - a.letters),
      ...(letters > 0 && { firstFailedAtMs, lastFailedAtMs }),
      ...(oldestWaitingAtMs < Number.POSITIVE_INFINITY && { oldestWaitingAtMs }),
    }),
  }
}

function eventCount([name, letters]: readonly [string | undefined, number]): EventCount {
  return { ...(name !== undefined && { name }), letters }
}

function merged(before: FingerprintCount | undefined, letter: SurveyedLetter<LetterFacts>): FingerprintCount {
  const { kept, offset } = letter
  const { fingerprint, errorClass, errorMessage, step, handler, failedAtMs } = kept
  const latest = {
    fingerprint,
    ...(errorClass !== undefined && { errorClass }),
    ...(errorMessage !== undefined && { errorMessage }),
    sample: placeText({ partition: kept.partition, offset }),
  }
  if (before === undefined) {
    return {
      ...latest,
      letters: 1,
      step,
      ...(handler !== undefined && { handler }),
      firstFailedAtMs: failedAtMs,
      lastFailedAtMs: failedAtMs,
    }
  }
  const { step: stepBefore, handler: handlerBefore, ...rest } = before
  return {
    ...(failedAtMs >= before.lastFailedAtMs ? { ...rest, ...latest } : rest),
    letters: before.letters + 1,
    ...(stepBefore === step && { step }),
    ...(handlerBefore === handler && handler !== undefined && { handler }),
    firstFailedAtMs: Math.min(before.firstFailedAtMs, failedAtMs),
    lastFailedAtMs: Math.max(before.lastFailedAtMs, failedAtMs),
  }
}
