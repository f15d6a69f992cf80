import { type ConsumerRecord, headerText } from '@ledgerbus/core'
import { ConsumerError } from '../consumer-error.ts'
import { deadLetterHeaders } from '../dead-letter/dead-letter-headers.ts'
import type { Turn } from '../lanes/turn.ts'
import { runParked } from '../parking/run-parked.ts'
import { decodeRecord } from '../pipeline/decode.ts'
import type { PipelineTools } from '../pipeline/pipeline-tools.ts'
import type { Failure, RecordEnd } from '../pipeline/record-end.ts'
import { fatal, setFatalAside, tellAndSetAside } from '../pipeline/run-handler.ts'
import { freshEnvelopes, runInTurn } from '../pipeline/run-handlers.ts'
import { redriveHeaders } from '../redrive/redrive-headers.ts'
import { hopHeaders } from './hop-headers.ts'
import type { RetryTopic } from './retry-topics.ts'

/** The way of a record that stands on one of the group's retry topics: not before it is due, and to the one handler it is meant for. */
export async function runRetryRecord(
  record: ConsumerRecord,
  topic: RetryTopic,
  turn: Turn,
  tools: PipelineTools,
): Promise<RecordEnd> {
  const end = await endOf(record, topic, turn, tools)
  if (!isEnd(end) || headerText(record.headers, redriveHeaders.of) === undefined) return end
  const noted = await tools.onRedriveEnd(record, end.kind === 'dead-lettered' ? 'failed-again' : 'resolved', turn)
  return noted ? end : { kind: 'left' }
}

function endOf(record: ConsumerRecord, topic: RetryTopic, turn: Turn, tools: PipelineTools): Promise<RecordEnd> {
  const { place, source } = topic
  const run = (): Promise<RecordEnd> => runMeant(record, topic, turn, tools)
  const runDue = async (): Promise<RecordEnd> => ((await untilDue(record, turn, tools)) ? run() : { kind: 'left' })
  if (place === 'redriven') return run()
  if (place === 'delayed') return runDue()
  const name = headerText(record.headers, deadLetterHeaders.handler)
  const handler = tools.handlers.find((each) => each.name === name)
  const asideFor = (failure: Failure): Promise<RecordEnd> => tellAndSetAside({ record, source }, failure, turn, tools)
  return runParked(record, source, { run: runDue, setAside: asideFor, handler }, turn, tools)
}

/** What was moved on has no end yet. */
function isEnd({ kind }: RecordEnd): boolean {
  return kind === 'handled' || kind === 'skipped' || kind === 'dead-lettered'
}

/** By the wall clock, as another member wrote the time; a delay is a floor. Nothing is held meanwhile. */
async function untilDue({ headers }: ConsumerRecord, turn: Turn, { clock }: PipelineTools): Promise<boolean> {
  const dueAtMs = Date.parse(headerText(headers, hopHeaders.dueAt) ?? '')
  // Without a time it is due: nobody could say when it would be.
  for (let waitMs = dueAtMs - clock.nowMs(); waitMs > 0; waitMs = dueAtMs - clock.nowMs()) {
    // In steps: a clock that is set meanwhile is noticed.
    if (!(await turn.wait(Math.min(waitMs, longestStepMs)))) return false
  }
  return true
}

const longestStepMs = 60_000

async function runMeant(
  record: ConsumerRecord,
  { place, source }: RetryTopic,
  turn: Turn,
  tools: PipelineTools,
): Promise<RecordEnd> {
  // A redriven record was a dead letter before: it makes no flood.
  const fatalAside = (failure: Failure): Promise<RecordEnd> =>
    (place === 'redriven' ? tellAndSetAside : setFatalAside)({ record, source }, failure, turn, tools)
  const decoded = decodeRecord(record, tools.groupId)
  if (decoded.kind === 'skipped') return decoded
  const name = headerText(record.headers, deadLetterHeaders.handler)
  if (decoded.kind === 'undecodable') {
    return fatalAside(fatal('decode', name ?? '', decoded.error))
  }
  const handlers =
    name === undefined ? tools.match(decoded.envelope) : tools.handlers.filter((handler) => handler.name === name)
  if (name !== undefined && handlers.length === 0) {
    const failure = { ...fatal('handle', name, handlerUnknown(name)), reason: 'handler-unknown' }
    return fatalAside(failure)
  }
  const nextEnvelope = freshEnvelopes(record, decoded.envelope)
  const attemptsBefore = place === 'redriven' ? 0 : attemptsOf(record)
  return runInTurn(
    { record, replay: decoded.replay, nextEnvelope, place, source, attemptsBefore },
    handlers,
    turn,
    tools,
  )
}

function attemptsOf({ headers }: ConsumerRecord): number {
  const text = headerText(headers, deadLetterHeaders.attempts) ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : 0
}

function handlerUnknown(name: string): ConsumerError {
  const message = `no subscription is named ${JSON.stringify(name)}; the record was moved for it, and the name has changed or the subscription is gone`
  return new ConsumerError(message, { code: 'CONSUMER_HANDLER_UNKNOWN' })
}
