import type { BrokerConsumer } from '@ledgerbus/core'
import type { AuditSink, SinkReport } from './audit-sink.ts'
import { AuditSinkError } from './audit-sink-error.ts'
import { type AuditSinkOptions, resolveAuditSinkOptions } from './audit-sink-options.ts'
import { createCounter } from './batch/sink-counts.ts'
import { createCommitQueue } from './partition/commit-queue.ts'
import { createSinkMember, type SinkMember } from './sink-member.ts'
import { findSources, joinGroup, startAuditLog } from './start-sink.ts'
import { createByteBudget, enoughStoring } from './wait/byte-budget.ts'
import { createCondition } from './wait/condition.ts'
import { createInsertSlots } from './wait/insert-slots.ts'
import { settledWithin } from './wait/settled-within.ts'

const defaultDrainMs = 25_000
/** What leaving the group may take after the deadline. */
const leaveMs = 1_000
/** A recorded range is as large as ranges may be, and cannot be cut smaller. */
const recoveriesAtOnce = 2
/** One partition that is slow to read must not hold up all that have a backlog. */
const leastFills = 2

/**
 * Makes a sink; it connects nothing until `start()`.
 *
 * @throws ConfigurationError for options that cannot work
 */
export function createAuditSink(options: AuditSinkOptions): AuditSink {
  const resolved = resolveAuditSinkOptions(options)
  const { clock, random, logger } = resolved
  const counter = createCounter()
  const recovered = createCondition(clock)
  const slots = createInsertSlots(resolved.maxInserts)
  const recoveries = createInsertSlots(recoveriesAtOnce)
  const wholeRanges = Math.floor(resolved.maxBufferedBytes / resolved.limits.maxBytes)
  const fills = createInsertSlots(Math.max(leastFills, wholeRanges - enoughStoring))
  const budget = createByteBudget(resolved.maxBufferedBytes)
  /** Ends whatever still waits: starting, storing, decoding. */
  const ending = new AbortController()
  let consumer: BrokerConsumer | undefined
  let member: SinkMember | undefined
  let starting: Promise<void> | undefined
  let closing: Promise<SinkReport> | undefined

  async function begin(joining: BrokerConsumer, cluster: string, signal: AbortSignal): Promise<void> {
    const commits = createCommitQueue({ consumer: joining, clock, random, logger, signal: ending.signal })
    consumer = joining
    member = createSinkMember({
      auditLog: resolved.auditLog,
      limits: resolved.limits,
      decodeValue: resolved.decodeValue,
      signal: ending.signal,
      commits,
      counter,
      recovered,
      slots,
      recoveries,
      fills,
      budget,
      cluster,
      hasMetadata: resolved.broker.capabilities.commitMetadata,
      seek: (partition, offset) => void joining.seek(partition, offset),
      hooks: resolved.hooks,
      clock,
      random,
      logger,
    })
    await joining.start(member.listener, { signal })
  }

  async function start(given: AbortSignal | undefined): Promise<void> {
    const signal = given === undefined ? ending.signal : AbortSignal.any([ending.signal, given])
    await startAuditLog(resolved, signal)
    const { topics, cluster } = await findSources(resolved, signal)
    await joinGroup(resolved, topics, signal, (joining) => begin(joining, cluster, signal))
    logger.info({ groupId: resolved.consumer.groupId, topics }, 'audit sink started')
  }

  async function close(drainMs: number): Promise<SinkReport> {
    const partitions = member?.owned() ?? []
    consumer?.pause()
    const draining = partitions.map((partition) => partition.drain())
    await settledWithin(Promise.all(draining), drainMs, clock)
    const left = partitions
      .filter((partition) => !partition.isDrained())
      .map((partition) => partition.status())
      .map(({ topic, partition, pendingRecords: records }) => ({ topic, partition, records }))
    ending.abort(new AuditSinkError('the audit sink was closed', { code: 'SINK_CLOSED' }))
    await consumer?.close({ timeoutMs: leaveMs })
    await starting?.catch(() => undefined)
    const report = { counts: counter.counts(), isDrained: left.length === 0, left }
    logger.info({ ...report.counts, isDrained: report.isDrained }, 'audit sink closed')
    return report
  }

  return {
    start(startOptions = {}) {
      if (closing !== undefined) {
        return Promise.reject(new AuditSinkError('the audit sink was closed; make a new one', { code: 'SINK_CLOSED' }))
      }
      starting ??= start(startOptions.signal).catch((error: unknown) => {
        starting = undefined
        throw error
      })
      return starting
    },
    counts: () => counter.counts(),
    partitions: () => (member?.owned() ?? []).map((partition) => partition.status()),
    lag: () => (member?.owned() ?? []).reduce((sum, partition) => sum + partition.status().lag, 0n),
    close(closeOptions = {}) {
      closing ??= close(closeOptions.drainMs ?? defaultDrainMs)
      return closing
    },
  }
}
