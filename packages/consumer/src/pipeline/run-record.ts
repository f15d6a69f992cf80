import { type ConsumerRecord, type Envelope, isMarked, type ReplayMarks, recordHeaderText } from '@ledgerbus/core'
import { deadLetterHeaders } from '../dead-letter/dead-letter-headers.ts'
import { runGuarded } from '../flood-guard/aside-unless-flood.ts'
import type { Turn } from '../lanes/turn.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { redriveHeaders } from '../redrive/redrive-headers.ts'
import { runRetryRecord } from '../retry-topics/run-retry-record.ts'
import type { BatchBoundHandler } from '../subscription/bound-handler.ts'
import { decodeRecord } from './decode.ts'
import { runUnknown } from './run-unknown.ts'
import type { PipelineTools } from './pipeline-tools.ts'
import type { HandedOver, MustWait, RecordEnd } from './record-end.ts'
import { fatal, type HandlerRun, runHandler, setFatalAside } from './run-handler.ts'
import { freshEnvelopes, notSubscribed, runInTurn } from './run-handlers.ts'

/**
 * A record's way: decode, match, then for each handler validate and handle; what fails for good is set aside.
 *
 * Handlers of one record run one after the other, in the order of the subscriptions, each with its own attempts and outcome; the record is done
 * when all are.
 *
 * @param behind the batch handler to which records of the lane before it were handed over; it may only join them
 */
export function runRecord(
  record: ConsumerRecord,
  turn: Turn,
  tools: PipelineTools,
  behind?: object,
): MaybePromise<RecordEnd> | HandedOver | MustWait {
  const { flood } = tools
  if (!flood.isWatchful) return runFlowing(record, turn, tools, behind)
  const { source, place } = tools.retryTopics.get(record.topic) ?? { source: record.topic, place: 'source' }
  if (place === 'redriven' || !flood.isOpen(source)) return runFlowing(record, turn, tools, behind)
  if (behind !== undefined) return mustWait
  return runGuarded(source, turn, flood, async () => {
    const end = await runFlowing(record, turn, tools, undefined)
    if (end.kind === 'must-wait') return { kind: 'left' }
    if (end.kind !== 'handed-over') return end
    return end.end.finally(() => end.turn.end())
  })
}

function runFlowing(
  record: ConsumerRecord,
  turn: Turn,
  tools: PipelineTools,
  behind: object | undefined,
): MaybePromise<RecordEnd> | HandedOver | MustWait {
  const retryTopic = tools.retryTopics.get(record.topic)
  if (retryTopic !== undefined) return runRetryRecord(record, retryTopic, turn, tools)
  if (isGivenBack(record, tools.groupId)) {
    if (behind !== undefined) return mustWait
    return runRetryRecord(record, { place: 'redriven', source: record.topic }, turn, tools)
  }
  const decoded = decodeRecord(record, tools.groupId)
  if (decoded.kind === 'event') return runMatching(record, decoded.envelope, decoded.replay, turn, tools, behind)
  if (behind !== undefined) return mustWait
  if (decoded.kind === 'skipped') return decoded
  return setFatalAside({ record, source: record.topic }, fatal('decode', '', decoded.error), turn, tools)
}

const mustWait: MustWait = { kind: 'must-wait' }

/** A dead letter of this group that was redriven to where it came from: how it ends is noted, as on the group's own topic. Other groups take it for a record as any other. */
function isGivenBack(record: ConsumerRecord, groupId: string): boolean {
  return (
    isMarked(record) &&
    recordHeaderText(record, redriveHeaders.of) !== undefined &&
    recordHeaderText(record, deadLetterHeaders.originGroup) === groupId
  )
}

function runMatching(
  record: ConsumerRecord,
  envelope: Envelope,
  replay: ReplayMarks | undefined,
  turn: Turn,
  tools: PipelineTools,
  behind: object | undefined,
): MaybePromise<RecordEnd> | HandedOver | MustWait {
  const handlers = tools.match(envelope)
  const [handler] = handlers
  const nextEnvelope = freshEnvelopes(record, envelope)
  const run = { record, replay, nextEnvelope, place: 'source', source: record.topic, attemptsBefore: 0 } as const
  if (handlers.length === 1 && handler?.takes === 'batch' && (behind === undefined || behind === handler)) {
    return handOver({ ...run, handler }, turn, tools)
  }
  if (behind !== undefined) return mustWait
  if (handler === undefined)
    return tools.unknownEvents === 'skip' ? notSubscribed : runUnknown(record, envelope, turn, tools)
  return handlers.length === 1 ? runHandler({ ...run, handler }, turn, tools) : runInTurn(run, handlers, turn, tools)
}

/** The record waits for its batch with a turn of its own; its lane goes on. */
function handOver(
  run: HandlerRun & { readonly handler: BatchBoundHandler },
  turn: Turn,
  tools: PipelineTools,
): HandedOver {
  const own = turn.fork()
  own.active()
  return { kind: 'handed-over', to: run.handler, turn: own, end: (async () => runHandler(run, own, tools))() }
}
