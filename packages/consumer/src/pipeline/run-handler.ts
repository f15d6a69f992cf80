import type { ConsumerRecord, Envelope, ReplayMarks, RetryPlace } from '@ledgerbus/core'
import type { Batches } from '../batch/batches.ts'
import type { DeadLetterWriter } from '../dead-letter/dead-letter-writer.ts'
import { factsOf } from '../dead-letter/error-facts.ts'
import { asideUnlessFlood } from '../flood-guard/aside-unless-flood.ts'
import type { FloodGuard } from '../flood-guard/flood-guard.ts'
import type { Turn } from '../lanes/turn.ts'
import { andThen, type MaybePromise } from '../maybe-promise.ts'
import { parkBehind, parkHead, type ParkTools } from '../parking/park.ts'
import type { HopWriter } from '../retry-topics/hop-writer.ts'
import type { BoundHandler } from '../subscription/bound-handler.ts'
import { replayNotWanted } from '../subscription/replay-choice.ts'
import type { Switches } from '../subscription/switches.ts'
import { refusalOf } from './admit.ts'
import { setAside } from './dead-letter.ts'
import type { Failure, RecordEnd } from './record-end.ts'
import type { NewerVersions } from './newer-versions.ts'
import { recordFacts } from './record-facts.ts'
import { callOnce, type HandlerEnd, handleWithRetries, type HandlerWork, type Hop, type RetryTools } from './retry.ts'
import { type Prepared, type Unfit, upcastFor, validateFor } from './validate.ts'

export interface HandlerTools extends RetryTools, ParkTools {
  readonly batches: Batches
  readonly switches: Switches
  readonly deadLetters: DeadLetterWriter
  readonly hops: HopWriter
  readonly flood: FloodGuard
  readonly newerVersions: NewerVersions
}

/** A record that goes to one handler. */
export interface HandlerRun {
  readonly handler: BoundHandler
  readonly record: ConsumerRecord
  readonly replay: ReplayMarks | undefined
  readonly nextEnvelope: () => Envelope
  /** Where the record stands, and the topic where it stood first. */
  readonly place: RetryPlace
  readonly source: string
  /** Calls of the handler in earlier places. */
  readonly attemptsBefore: number
}

/** One handler's way with a record: upcast, filtered, validated, handled, set aside if need be, counted. */
export function runHandler(run: HandlerRun, turn: Turn, tools: HandlerTools): MaybePromise<RecordEnd> {
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

function runSteps(run: HandlerRun, turn: Turn, tools: HandlerTools): MaybePromise<RecordEnd> {
  const { handler, record, replay, nextEnvelope } = run
  const upcast = upcastFor(handler, nextEnvelope())
  const refusal = refusalOf(handler, upcast, record, replay, tools.switches)
  if (refusal !== undefined) {
    const ofReplay = refusal === replayNotWanted && replay !== undefined ? { replayId: replay.replayId } : {}
    return count({ kind: 'skipped', rule: refusal, ...ofReplay }, run, tools)
  }
  if (handler.policy.ordering !== 'park-key' || run.place !== 'source') return runUnlessParked(run, upcast, turn, tools)
  return andThen(parkBehind(run, turn, tools), (end) =>
    end === undefined ? runUnlessParked(run, upcast, turn, tools) : count(end, run, tools),
  )
}

function runUnlessParked(run: HandlerRun, upcast: Prepared, turn: Turn, tools: HandlerTools): MaybePromise<RecordEnd> {
  const { handler, nextEnvelope } = run
  const validated = validateFor(handler, upcast)
  if (validated.kind === 'unfit') {
    return andThen(asideOnceGraceIsOver(run, validated, turn, tools), (end) => count(end, run, tools))
  }
  let isFirst = true
  const nextEvent = (): Envelope => {
    if (isFirst) {
      isFirst = false
      return validated.event
    }
    const again = validateFor(handler, upcastFor(handler, nextEnvelope()))
    return again.kind === 'event' ? again.event : validated.event
  }
  const work = { ...run, groupId: tools.groupId, nextEvent }
  return andThen(handleWithRetries(work, turn, tools), (end) =>
    andThen(follow(work, end, turn, tools), (recordEnd) => count(recordEnd, run, tools)),
  )
}

/** An event of a newer version waits a while, so that a deployment under way can take it over: this service will not learn to read it. */
async function asideOnceGraceIsOver(
  run: HandlerRun,
  { step, event: { name, version }, error }: Unfit,
  turn: Turn,
  tools: HandlerTools,
): Promise<RecordEnd> {
  const { target } = run.handler
  if (target.kind === 'definition' && version > target.definition.version) {
    const graceMs = tools.newerVersions.graceLeftMs(name, version)
    const facts = { ...recordFacts(run.record, tools.groupId), handler: run.handler.name, name, version, graceMs }
    if (graceMs > 0)
      tools.logger.warn(
        facts,
        'event is of a newer version than subscribed to, its key waits for a service that knows it',
      )
    if (graceMs > 0 && !(await turn.wait(graceMs))) return { kind: 'left' }
  }
  const failure = fatal(step, run.handler.name, error)
  return (run.place === 'redriven' ? tellAndSetAside : setFatalAside)(run, failure, turn, tools)
}

/** What follows from how a handler ended. */
function follow(
  work: HandlerRun & HandlerWork,
  end: HandlerEnd,
  turn: Turn,
  tools: HandlerTools,
): MaybePromise<RecordEnd> {
  const run: HandlerRun = work
  if (end.kind === 'failed') {
    const again = (failure: Failure): Promise<RecordEnd | Failure> => callAgain(work, failure, turn, tools)
    const aside = (failure: Failure): Promise<RecordEnd> => {
      tools.logger.error({ ...end.facts, reason: failure.reason }, 'handler failed, the record is set aside')
      return setAside(run, failure, turn, tools)
    }
    // It was a dead letter before, and whoever redrives looks at how many fail again.
    if (run.place === 'redriven') return aside(end.failure)
    return asideUnlessFlood(run, end.failure, { again, setAside: aside }, turn, tools)
  }
  return end.kind === 'hop' ? moveOn(run, end, turn, tools) : end
}

/** Beyond its attempts: nothing speaks against the record, so the call does not count as one. */
async function callAgain(
  work: HandlerWork,
  failure: Failure,
  turn: Turn,
  tools: HandlerTools,
): Promise<RecordEnd | Failure> {
  const end = await callOnce(work, failure.attempts, turn, tools)
  return end.kind === 'failed' ? { ...failure, step: end.step ?? 'handle', error: end.error } : end
}

/** To a retry topic; the record is done here once it is known to stand there. No slot is held meanwhile. */
async function moveOn(run: HandlerRun, hop: Hop, turn: Turn, tools: HandlerTools): Promise<RecordEnd> {
  if (hop.to === 'parking' && run.place === 'source') return parkHead(run, hop, turn, tools)
  turn.rest()
  const offset = await tools.hops.write(run, hop, turn)
  if (offset === undefined) return { kind: 'left' }
  return { kind: hop.to === 'delay' ? 'delayed' : 'parked' }
}

function count(end: RecordEnd, { handler, record, source }: HandlerRun, tools: HandlerTools): RecordEnd {
  if (end.kind !== 'left') tools.activity.handlerEnded(record, handler.name, end.kind)
  if (end.kind === 'handled' && tools.flood.isWatchful) tools.flood.succeeded(source, handler.name)
  return end
}

/** What failed before a handler was called fails the same way every time. */
export function fatal(step: 'decode' | 'validate' | 'upcast' | 'handle', handlerName: string, error: unknown): Failure {
  return { step, reason: 'fatal', handlerName, attempts: 0, error }
}

export function setFatalAside(
  run: Pick<HandlerRun, 'record' | 'source'>,
  failure: Failure,
  turn: Turn,
  tools: HandlerTools,
): Promise<RecordEnd> {
  // It fails the same way every time: another record has to show that the flow may go on.
  const steps = {
    again: (same: Failure) => Promise.resolve(same),
    setAside: () => tellAndSetAside(run, failure, turn, tools),
  }
  return asideUnlessFlood(run, failure, steps, turn, tools)
}

export function tellAndSetAside(
  run: Pick<HandlerRun, 'record' | 'source'>,
  failure: Failure,
  turn: Turn,
  tools: HandlerTools,
): Promise<RecordEnd> {
  const { errorClass, code, message } = factsOf(failure.error, tools.redact)
  tools.logger.error(
    {
      ...recordFacts(run.record, tools.groupId),
      step: failure.step,
      handler: failure.handlerName,
      errorClass,
      code,
      error: message,
    },
    'record cannot be handled, it is set aside',
  )
  return setAside(run, failure, turn, tools)
}
