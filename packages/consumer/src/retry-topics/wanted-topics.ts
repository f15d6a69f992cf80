import {
  deadLetterStateTopicOf,
  deadLetterTopicOf,
  parkingTopicOf,
  redriveLaneOf,
  type RetryPolicy,
  retryTopicOf,
} from '@ledgerbus/core'

/** A topic a group needs beside one it reads, and for what. */
export interface WantedTopic {
  readonly name: string
  readonly use: 'dead-letters' | 'retry' | 'notes'
  /** How long a record may have to wait in it before anybody looks at it, in milliseconds. */
  readonly delayMs: number
}

/** The topics of a group that keep what cannot be handled yet, or at all, of one topic. Every topic has them, as any handler may get any of its events. */
export function wantedTopics(
  source: string,
  groupId: string,
  policies: readonly Pick<RetryPolicy, 'ordering' | 'delaysMs'>[],
): readonly WantedTopic[] {
  const delaysOf = (ordering: RetryPolicy['ordering']): readonly number[] =>
    policies.filter((policy) => policy.ordering === ordering).flatMap(({ delaysMs }) => delaysMs)
  const parkedMs = delaysOf('park-key')
  return [
    { name: deadLetterTopicOf(source, groupId), use: 'dead-letters', delayMs: 0 },
    { name: deadLetterStateTopicOf(source, groupId), use: 'notes', delayMs: 0 },
    { name: redriveLaneOf(source, groupId), use: 'retry', delayMs: 0 },
    ...[...new Set(delaysOf('unordered'))]
      .toSorted((one, other) => one - other)
      .map((delayMs) => ({ name: retryTopicOf(source, groupId, delayMs), use: 'retry', delayMs }) as const),
    ...(parkedMs.length === 0
      ? []
      : [{ name: parkingTopicOf(source, groupId), use: 'retry', delayMs: Math.max(...parkedMs) } as const]),
  ]
}
