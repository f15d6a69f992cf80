import { type ConsumerRecord, decodeEnvelope, type Envelope, type ReplayMarks } from '@ledgerbus/core'
import type { Batches } from '../batch/batches.ts'
import type { DeadLetterWriter } from '../dead-letter/dead-letter-writer.ts'
import { factsOf } from '../dead-letter/error-facts.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import type { BatchBoundHandler, BoundHandler } from '../subscription/bound-handler.ts'
import type { Switches } from '../subscription/switches.ts'
import { refusalOf } from './admit.ts'
import { setAside } from './dead-letter.ts'
import { decodeRecord } from './decode.ts'
import type { Matcher } from './match.ts'
import type { Failure, HandedOver, MustWait, RecordEnd } from './record-end.ts'
import { recordFacts } from './record-facts.ts'
import { handleWithRetries, type RetryTools } from './retry.ts'
import { validateFor } from './validate.ts'

export interface PipelineTools extends RetryTools {
  readonly groupId: string
  readonly match: Matcher
  readonly batches: Batches
  readonly switches: Switches
  readonly deadLetters: DeadLetterWriter
}

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
  const decoded = decodeRecord(record, tools.groupId)
  if (decoded.kind === 'event') return runHandlers(record, decoded.envelope, decoded.replay, turn, tools, behind)
  if (behind !== undefined) return mustWait
  if (decoded.kind === 'skipped') return decoded
  return setFatalAside(record, fatal('decode', '', decoded.error), turn, tools)
}

const mustWait: MustWait = { kind: 'must-wait' }
const notSubscribed: RecordEnd = { kind: 'skipped', rule: 'not-subscribed' }

function runHandlers(
  record: ConsumerRecord,
  envelope: Envelope,
  replay: ReplayMarks | undefined,
  turn: Turn,
  tools: PipelineTools,
  behind: object | undefined,
): MaybePromise<RecordEnd> | HandedOver | MustWait {
  const handlers = tools.match(envelope)
  const [handler] = handlers
  const run = { record, replay, nextEnvelope: freshEnvelopes(record, envelope) }
  if (handlers.length === 1 && handler?.takes === 'batch' && (behind === undefined || behind === handler)) {
    return handOver({ ...run, handler }, turn, tools)
  }
  if (behind !== undefined) return mustWait
  if (handler === undefined) return notSubscribed
  return handlers.length === 1 ? runHandler({ ...run, handler }, turn, tools) : runInTurn(run, handlers, turn, tools)
}

interface HandlerRun {
  readonly handler: BoundHandler
  readonly record: ConsumerRecord
  readonly replay: ReplayMarks | undefined
  readonly nextEnvelope: () => Envelope
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

async function runInTurn(
  run: Omit<HandlerRun, 'handler'>,
  handlers: readonly BoundHandler[],
  turn: Turn,
  tools: PipelineTools,
): Promise<RecordEnd> {
  let end: RecordEnd | undefined
  for (const handler of handlers) {
    // The one before may have given the slot back.
    if (!(await turn.begin())) return { kind: 'left' }
    const handlerEnd = await runHandler({ ...run, handler }, turn, tools)
    if (handlerEnd.kind === 'left') return handlerEnd
    end = combine(end, handlerEnd)
  }
  return end ?? notSubscribed
}

/** One handler's way with a record: validated, handled, set aside if need be, counted. */
function runHandler(run: HandlerRun, turn: Turn, tools: PipelineTools): MaybePromise<RecordEnd> {
  const { handler } = run
  if (handler.takes === 'one') return runSteps(run, turn, tools)
  const collector = tools.batches.of(handler, turn)
  const { offset } = run.record
  collector.begun(turn.lane, offset)
  return andThen(runSteps(run, turn, tools), (end) => {
    if (end.kind === 'left') collector.left(turn.lane)
    else collector.ended(turn.lane, offset)
    return end
  })
}

function runSteps(run: HandlerRun, turn: Turn, tools: PipelineTools): MaybePromise<RecordEnd> {
  const { handler, record, replay, nextEnvelope } = run
  const envelope = nextEnvelope()
  const refusal = refusalOf(handler, envelope, record, replay, tools.switches)
  if (refusal !== undefined) return count({ kind: 'skipped', rule: refusal }, run, tools)
  const validated = validateFor(handler, envelope)
  if (validated.kind === 'invalid') {
    const failure = fatal('validate', handler.name, validated.error)
    return andThen(setFatalAside(record, failure, turn, tools), (end) => count(end, run, tools))
  }
  const eventFor = (attempt: number): Envelope => {
    if (attempt === 1) return validated.event
    const again = validateFor(handler, nextEnvelope())
    return again.kind === 'event' ? again.event : validated.event
  }
  const work = { handler, record, replay, groupId: tools.groupId, eventFor }
  return andThen(handleWithRetries(work, turn, tools), (end) =>
    end.kind === 'failed'
      ? andThen(setAside(record, end.failure, turn, tools), (aside) => count(aside, run, tools))
      : count(end, run, tools),
  )
}

function count(end: RecordEnd, { handler, record }: HandlerRun, tools: PipelineTools): RecordEnd {
  if (end.kind !== 'left') tools.activity.handlerEnded(record, handler.name, end.kind)
  return end
}

/** What failed before a handler was called fails the same way every time. */
function fatal(step: 'decode' | 'validate', handlerName: string, error: unknown): Failure {
  return { step, reason: 'fatal', handlerName, attempts: 0, error }
}

function setFatalAside(record: ConsumerRecord, failure: Failure, turn: Turn, tools: PipelineTools): Promise<RecordEnd> {
  const { errorClass, code, message } = factsOf(failure.error, tools.redact)
  tools.logger.error(
    {
      ...recordFacts(record, tools.groupId),
      step: failure.step,
      handler: failure.handlerName,
      errorClass,
      code,
      error: message,
    },
    'record cannot be handled, it is set aside',
  )
  return setAside(record, failure, turn, tools)
}

/** An envelope nobody has touched: the first from the decoding already done, the next ones anew from the bytes. */
function freshEnvelopes(record: ConsumerRecord, first: Envelope): () => Envelope {
  let isFirstTaken = false
  return () => {
    if (!isFirstTaken || record.value === null) {
      isFirstTaken = true
      return first
    }
    return decodeEnvelope(record.value)
  }
}

/** One handler set it aside: dead-lettered. Else one handled it: handled. Else all skipped it: by the first one's rule. */
function combine(before: RecordEnd | undefined, end: RecordEnd): RecordEnd {
  const rank = { 'dead-lettered': 3, handled: 2, skipped: 1, left: 0 }
  return before === undefined || rank[end.kind] > rank[before.kind] ? end : before
}
