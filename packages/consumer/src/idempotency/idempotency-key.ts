import { type ConsumerRecord, headerText, type ReplayMarks } from '@ledgerbus/core'

/** What is handled once. */
export interface IdempotentCall {
  readonly groupId: string
  readonly handlerName: string
  readonly eventId: string
  readonly replay: ReplayMarks | undefined
  readonly record: ConsumerRecord
}

/**
 * Names what is to be handled once: the event by this handler of this group. A replay that handles again (`rehandle`, `rebuild`, `copy`) counts for itself, once
 * a run; one that fills gaps does not, so that it handles only what was missed. A dead letter that comes back was never handled and keeps the plain
 * name, unless the redrive was told to handle again.
 */
export function idempotencyKey({ groupId, handlerName, eventId, replay, record }: IdempotentCall): string {
  const parts = [groupId, handlerName, eventId]
  if (replay !== undefined && replay.mode !== 'fill-gaps') parts.push(`replay=${replay.replayId}`)
  const redriveId = headerText(record.headers, 'lb-redrive-id')
  if (redriveId !== undefined && headerText(record.headers, 'lb-redrive-again') === 'true') {
    parts.push(`redrive=${redriveId}`)
  }
  // Names may hold any character: encoded, two different calls never get one key.
  return parts.map(encodeURIComponent).join('/')
}
