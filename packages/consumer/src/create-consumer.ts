import {
  type BrokerAdmin,
  type BrokerConsumer,
  type BrokerConsumerOptions,
  type BrokerProducer,
  type BrokerReader,
  type CommitOutcome,
  settledWithin,
} from '@ledgerbus/core'
import { createActivity } from './activity/activity.ts'
import { createConditions } from './activity/conditions.ts'
import { healthOf } from './activity/health-of.ts'
import { createBatches } from './batch/batches.ts'
import type { Consumer } from './consumer.ts'
import type { ConsumerReport } from './consumer-report.ts'
import { ConsumerError } from './consumer-error.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { AppendTools } from './dead-letter/append-until-stored.ts'
import { createDeadLetterWriter } from './dead-letter/dead-letter-writer.ts'
import { prepareTopics } from './dead-letter/prepare-topics.ts'
import { createFloodGuard } from './flood-guard/flood-guard.ts'
import { createGroupMember, type GroupMember } from './group/group-member.ts'
import { createTurnRegistry } from './lanes/turn-registry.ts'
import { createCommitScheduler, type CommitScheduler } from './offsets/commit-scheduler.ts'
import { createMapRoom } from './offsets/map-room.ts'
import { createAttempt } from './pipeline/create-attempt.ts'
import { createHandlerCalls } from './pipeline/handler-calls.ts'
import { createMatcher } from './pipeline/match.ts'
import { createNewerVersions } from './pipeline/newer-versions.ts'
import { runUntilEnded } from './pipeline/run-until-ended.ts'
import { createParking } from './parking/parking.ts'
import type { PipelineTools } from './pipeline/pipeline-tools.ts'
import { noteRedriveEnds } from './redrive/state/redrive-ends.ts'
import { resolveConsumerOptions } from './resolve-options.ts'
import { createHopWriter } from './retry-topics/hop-writer.ts'
import { hasParking, laneOrderingOf, type RetryTopics, retryTopicsOf } from './retry-topics/retry-topics.ts'
import { describeConsumer } from './subscription/describe-consumer.ts'
import { createSwitches } from './subscription/switches.ts'

/** How long commit and disconnect may take once the drain time is over, in milliseconds each. */
const graceMs = 500

/** Of the time to join a rebalance, how much handlers under way have to end, and how much the commit; an adapter waits for half of it. */
const revokeShare = 0.4
const commitShare = 0.1

/**
 * Makes a member of a consumer group. It connects at `start()`.
 *
 * @throws ConfigurationError with every problem of the options and subscriptions at once
 */
export function createConsumer(options: ConsumerOptions): Consumer {
  const settings = resolveConsumerOptions(options)
  const { broker, groupId, clock, logger, random, redact, context } = settings
  const handlerNames = settings.handlers.map((handler) => handler.name)
  const activity = createActivity({ handlerNames, observer: settings.observer, groupId, logger })
  const conditions = createConditions(activity, clock)
  const turns = createTurnRegistry()
  const calls = createHandlerCalls()
  const match = createMatcher(settings.handlers)
  const switches = createSwitches(handlerNames, settings.disabled)
  const closeCalled = new AbortController()
  let starting: Promise<void> | undefined
  let running: Membership | undefined
  let closing: Promise<ConsumerReport> | undefined

  /** What was opened is closed again when a later part fails. */
  async function connect(callerSignal: AbortSignal | undefined): Promise<void> {
    const { signal: closeSignal } = closeCalled
    const signal = callerSignal === undefined ? closeSignal : AbortSignal.any([callerSignal, closeSignal])
    const opened: { close(): Promise<void> }[] = []
    let membership: Membership | undefined
    try {
      const admin = open(opened, broker.createAdmin())
      const retryTopics = await checkTopics(admin, signal)
      const deadLetterProducer = open(opened, broker.createProducer())
      await deadLetterProducer.start({ signal })
      const groupTopics = retryTopicsOf(retryTopics, groupId)
      const reader = hasParking(groupTopics) ? open(opened, broker.createReader()) : undefined
      await reader?.start({ signal })
      const brokerConsumer = open(opened, broker.createConsumer(brokerOptions(retryTopics)))
      membership = createMembership(brokerConsumer, deadLetterProducer, reader, groupTopics)
      await brokerConsumer.start(membership.member.listener, { signal })
      signal.throwIfAborted()
      running = membership
    } catch (error) {
      membership?.member.abandon(error)
      membership?.commits.stop()
      for (const part of opened.reverse()) await settledWithin(clock, graceMs, part.close())
      throw closeSignal.aborted ? closedWhileStarting() : error
    }
  }

  function brokerOptions(retryTopics: readonly string[]): BrokerConsumerOptions {
    const { startFrom, onOffsetOutOfRange, sessionTimeoutMs, rebalanceTimeoutMs, instanceId } = settings
    const topics = [...new Set([...settings.topics, ...retryTopics])]
    return {
      ...{ groupId, topics, startFrom, onOffsetOutOfRange, sessionTimeoutMs, rebalanceTimeoutMs },
      ...(instanceId !== undefined && { instanceId }),
    }
  }

  /** The group's retry topics. */
  async function checkTopics(admin: BrokerAdmin, signal: AbortSignal): Promise<readonly string[]> {
    await admin.start({ signal })
    const { topics, handlers, deadLetterTopics: mode } = settings
    const policies = handlers.map(({ policy }) => policy)
    const retryTopics = await prepareTopics(admin, { topics, groupId, policies, mode, logger })
    signal.throwIfAborted()
    await admin.close()
    return retryTopics
  }

  function createMembership(
    consumer: BrokerConsumer,
    deadLetterProducer: BrokerProducer,
    reader: BrokerReader | undefined,
    retryTopics: RetryTopics,
  ): Membership {
    const { errorStacks, concurrency, maxBufferedRecords, maxBufferedBytes } = settings
    const append: AppendTools = { producer: deadLetterProducer, clock, random, logger, conditions }
    const deadLetters = createDeadLetterWriter({ ...append, groupId, errorStacks })
    const hops = createHopWriter({ ...append, groupId, redact })
    const flood = createFloodGuard(settings.floodGuard, { groupId, clock, logger, conditions })
    const newerVersions = createNewerVersions(settings.newerVersionGraceMs, clock)
    const parking = createParking({ groupId, reader, logger })
    const batches = createBatches({ calls, activity, conditions, clock, random, logger })
    const attempt = createAttempt({
      context,
      calls,
      batches,
      idempotency: settings.idempotency,
      clock,
      logger,
      activity,
      conditions,
    })
    const pipeline: PipelineTools = {
      ...{ groupId, match, batches, switches, deadLetters, attempt, activity, clock, random, logger, redact },
      turnsOf: (handler, turn) => (handler.takes === 'batch' ? [turn, batches.of(handler, turn).turn] : [turn]),
      ...{
        producer: deadLetterProducer,
        flood,
        unknownEvents: settings.unknownEvents,
        newerVersions,
        parking,
        conditions,
        hops,
        retryTopics,
        handlers: settings.handlers,
        onRedriveEnd: noteRedriveEnds(groupId, append),
      },
    }
    // What waits for its time in a topic of the group stands still on purpose.
    const longestDelayMs = Math.max(0, ...settings.handlers.flatMap(({ policy }) => policy.delaysMs))
    const stuckAfterMsOf = (topic: string): number =>
      settings.stuckAfterMs + (retryTopics.has(topic) ? longestDelayMs : 0)
    const mapRoom = createMapRoom({ groupId, logger })
    const commits = createCommitScheduler({
      commit: (positions) => consumer.commit(positions),
      positions: () => member.pending(),
      onCommitted: (positions) => member.committed(positions),
      mapRoom,
      activity,
      clock,
      logger,
      intervalMs: settings.commitIntervalMs,
    })
    const member = createGroupMember({
      groupId,
      concurrency,
      maxBufferedRecords,
      maxBufferedBytes,
      mapRoom: broker.capabilities.commitMetadata ? mapRoom : undefined,
      stuckAfterMsOf,
      revokeWithinMs: settings.rebalanceTimeoutMs * revokeShare,
      commitWithinMs: settings.rebalanceTimeoutMs * commitShare,
      turns,
      clock,
      orderingOf: (topic) => laneOrderingOf(retryTopics.get(topic), settings.ordering),
      activity,
      conditions,
      logger,
      work: (record, turn, behind) => runUntilEnded(record, turn, pipeline, behind),
      onProgress: commits.changed,
      commitNow: commits.commitNow,
      beforeAssigned: reader === undefined ? () => undefined : parking.assigned,
      afterLost: parking.lost,
    })
    return { consumer, deadLetterProducer, reader, commits, member }
  }

  async function close(drainMs: number): Promise<ConsumerReport> {
    const deadlineMs = clock.monotonicMs() + drainMs
    const timeLeftMs = (): number => Math.max(deadlineMs - clock.monotonicMs(), 0)
    closeCalled.abort(closedWhileStarting())
    if (starting !== undefined) await settledWithin(clock, drainMs, starting)
    if (running === undefined) return report(0, 0, { kind: 'ok' })
    const { consumer, deadLetterProducer, reader, commits, member } = running
    const endedBefore = activity.endedRecords
    consumer.pause()
    member.drain()
    await settledWithin(clock, timeLeftMs(), turns.quiet())
    member.hold()
    // What returned just now is done: it gets the moment it takes to be counted.
    if (calls.running() > 0) await clock.sleep(0)
    const aborted = calls.running()
    member.stop(
      new ConsumerError('the consumer was closed and the time to drain is over', { code: 'CONSUMER_DRAIN_TIMED_OUT' }),
    )
    commits.stop()
    const drained = activity.endedRecords - endedBefore
    const commit = await lastCommit(commits, Math.max(timeLeftMs(), graceMs))
    const result = report(drained, aborted, commit)
    const leaveMs = Math.max(timeLeftMs(), graceMs)
    await settledWithin(
      clock,
      leaveMs,
      Promise.allSettled([consumer.close({ timeoutMs: leaveMs }), deadLetterProducer.close(), reader?.close()]),
    )
    const facts = { groupId, drained, aborted, left: result.left, commit: result.commit }
    if (result.left > 0 || result.commit !== 'ok')
      logger.warn(facts, 'consumer closed with records left, they come again')
    else logger.info(facts, 'consumer closed')
    activity.tell({ kind: 'closed', report: result })
    return result
  }

  /** The broker may not answer: then nobody knows. */
  async function lastCommit(commits: CommitScheduler, timeoutMs: number): Promise<Pick<CommitOutcome, 'kind'>> {
    let outcome: Pick<CommitOutcome, 'kind'> = { kind: 'unknown' }
    const committed = commits.commitNow().then((settled) => {
      outcome = settled
    })
    await settledWithin(clock, timeoutMs, committed)
    return outcome
  }

  function report(drained: number, aborted: number, commit: Pick<CommitOutcome, 'kind'>): ConsumerReport {
    const counts = activity.counts()
    return {
      drained,
      aborted,
      left: counts.open,
      committed: running?.member.lastCommits() ?? [],
      commit: commit.kind,
      counts,
    }
  }

  return {
    async start({ signal } = {}) {
      if (closing !== undefined) {
        throw new ConsumerError('start: the consumer is closed; make a new one', { code: 'CONSUMER_CLOSED' })
      }
      if (starting !== undefined) {
        throw new ConsumerError('start: the consumer is started already', { code: 'CONSUMER_ALREADY_STARTED' })
      }
      starting = connect(signal)
      try {
        await starting
      } catch (error) {
        starting = undefined
        throw error
      }
    },
    counts: () => activity.counts(),
    health: () => healthOf(running?.member.health() ?? [], conditions.degradations),
    describe: () => describeConsumer(settings, switches, activity.counts()),
    enable(name) {
      switches.set(name, 'on')
      logger.info({ groupId, handler: name }, 'subscription enabled')
    },
    disable(name) {
      switches.set(name, 'off')
      logger.warn({ groupId, handler: name }, 'subscription disabled, its records are skipped')
    },
    close({ drainMs = 25_000 } = {}) {
      for (const turn of calls.current()) turns.excuse(turn)
      closing ??= close(drainMs)
      return closing
    },
  }
}

interface Membership {
  readonly consumer: BrokerConsumer
  readonly deadLetterProducer: BrokerProducer
  readonly reader: BrokerReader | undefined
  readonly commits: CommitScheduler
  readonly member: GroupMember
}

function open<Part extends { close(): Promise<void> }>(opened: { close(): Promise<void> }[], part: Part): Part {
  opened.push(part)
  return part
}

function closedWhileStarting(): ConsumerError {
  return new ConsumerError('start: the consumer was closed while it started', { code: 'CONSUMER_CLOSED' })
}
