import {
  type AuditEntry,
  type AuditLog,
  type AuditLogEraser,
  type AuditLogInspector,
  type AuditPartition,
  type AuditRange,
  type AuditRecord,
  type AuditSelection,
  type Clock,
  type ConsumerRecord,
  type Outcome,
  auditEntryJson,
  countEntries,
  readReplayMarks,
  statsProblems,
  systemClock,
  timelineOf,
  traceOf,
} from '@ledgerbus/core'
import { boundedWait } from '../bounded-wait.ts'
import { createFaultPlan, isStored } from '../faults/fault-plan.ts'
import {
  exportUnsupported,
  logClosed,
  logUnreachable,
  noAnswer,
  rangeInvalid,
  selectionInvalid,
} from './audit-log-errors.ts'
import { type AuditLogFault, auditLogFaultConditions, auditLogFaultError } from './audit-log-fault.ts'
import { compareEntries, decodeCursor, encodeCursor, keyOf } from './entry-order.ts'
import { createInMemoryBlock, digestOf, isInMemoryBlock } from './in-memory-block.ts'
import { createInMemoryEraser } from './in-memory-eraser.ts'
import { rangeProblem } from './range-problem.ts'
import { matchOf } from './match-of.ts'
import { createJournal } from './journal.ts'
import { inOffsetOrder, isBefore } from './offset-order.ts'
import { summarizeEntries } from './summarize-entries.ts'

/** Options of {@link createInMemoryAuditLog}. */
export interface InMemoryAuditLogOptions {
  /** Stamps entries with the time they were stored. @default the machine's */
  readonly clock?: Clock
}

/** What a test can do to the in-memory audit log that no client could. */
export interface AuditLogControls {
  /**
   * Makes coming operations fail, hang or end unknown; several faults wait in the order given.
   * @returns what takes the rest of the fault back
   */
  inject(fault: AuditLogFault): () => void
  /** Nothing answers any more: inserts fail and may be tried again, questions throw. */
  goDown(): void
  comeBack(): void
  /** Puts entries in as they are, or in the place of others with the same coordinates: what only somebody with the database's password can do. */
  tamper(entries: readonly AuditEntry[]): void
  /** Takes entries out without a trace. */
  remove(entries: readonly AuditEntry[]): void
  /** Everything stored, in the order of partitions, replays included. */
  entries(): readonly AuditEntry[]
}

/** An audit log in this process, and the handles to make it misbehave. */
export interface InMemoryAuditLog extends AuditLog, AuditLogInspector, AuditLogEraser {
  readonly controls: AuditLogControls
}

const defaultPageLimit = 100
const maxPageLimit = 10_000
const defaultGroups = 1_000
const encoder = new TextEncoder()

function toEntry({ record, reading }: AuditRecord, ingestedAtMs: number): AuditEntry {
  const replayId = readReplayMarks(record.headers)?.replayId
  return {
    record,
    reading,
    ...(replayId !== undefined && { replayId }),
    ingestedAtMs,
  }
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPageLimit) return
  throw selectionInvalid([`limit must be a whole number from 1 to ${maxPageLimit}, not ${limit}`])
}

/**
 * An audit log without a server: it keeps the contract of the audit log as the one in ClickHouse does, each record once by its coordinates.
 * Everything is in memory and every question looks at all of it: for tests, not for data.
 */
export function createInMemoryAuditLog({ clock = systemClock }: InMemoryAuditLogOptions = {}): InMemoryAuditLog {
  const stored = new Map<string, AuditEntry>()
  const journal = createJournal()
  const faults = createFaultPlan<Pick<AuditLogFault, 'at' | 'topic' | 'partition'>, AuditLogFault>(
    auditLogFaultConditions,
  )
  let isDown = false
  let isClosed = false

  /** @throws what keeps a question from being answered */
  async function ask(at: Exclude<AuditLogFault['at'], 'insert'>, signal: AbortSignal | undefined): Promise<void> {
    if (isClosed) throw logClosed()
    signal?.throwIfAborted()
    if (isDown) throw logUnreachable()
    const fault = faults.take({ at })
    await fault?.until
    signal?.throwIfAborted()
    if (fault !== undefined && fault.outcome !== 'ok') throw auditLogFaultError(fault)
  }

  function select(selection: AuditSelection): readonly AuditEntry[] {
    const matches = matchOf(selection)
    return [...stored.values()].filter(matches)
  }

  function store(range: AuditRange): void {
    const ingestedAtMs = clock.nowMs()
    if (!isInMemoryBlock(range.block)) return
    const added: AuditEntry[] = []
    for (const member of range.block.members) {
      const key = keyOf(member.record)
      const before = stored.get(key)
      // What was erased stays erased, whatever is inserted again.
      if (before?.reading.status === 'erased') continue
      const entry = toEntry(member, ingestedAtMs)
      if (before === undefined) added.push(entry)
      stored.set(key, entry)
    }
    journal.write(added)
  }

  function standingOf({ cluster, topic, partition }: AuditPartition): readonly ConsumerRecord[] {
    return [...stored.values()]
      .map(({ record }) => record)
      .filter((record) => record.cluster === cluster && record.topic === topic && record.partition === partition)
      .sort((left, right) => compareEntries('partition', left, right))
  }

  async function insertAtTheLog(range: AuditRange): Promise<Outcome> {
    const fault = faults.take({ at: 'insert', topic: range.block.topic, partition: range.block.partition })
    await fault?.until
    if (isStored(fault)) store(range)
    if (fault === undefined || fault.outcome === 'ok') return { kind: 'ok' }
    return { kind: fault.outcome, error: auditLogFaultError(fault) }
  }

  const eraser = createInMemoryEraser({ stored, ask, select, clock })

  const log: InMemoryAuditLog = {
    ...eraser,
    async *inspect({ cluster, topic, partition, from, to, fromMs, toMs }, { signal } = {}) {
      await ask('read', signal)
      const entries = [...stored.values()].sort((left, right) => compareEntries('partition', left.record, right.record))
      for (const entry of entries) {
        const { record } = entry
        signal?.throwIfAborted()
        if (record.cluster !== cluster || record.topic !== topic || record.partition !== partition) continue
        if (record.offset < from || record.offset >= to) continue
        if (fromMs !== undefined && record.timestampMs < BigInt(Math.ceil(fromMs))) continue
        if (toMs !== undefined && record.timestampMs >= BigInt(Math.ceil(toMs))) continue
        yield { entry, copies: [] }
      }
    },
    async retentionDays({ signal } = {}) {
      await ask('summarize', signal)
      return undefined
    },
    async start({ signal } = {}) {
      signal?.throwIfAborted()
      if (isClosed) throw logClosed()
      if (isDown) throw logUnreachable()
    },
    createBlock: createInMemoryBlock,
    async standing(question, { signal } = {}) {
      await ask('standing', signal)
      const { first, next, times } = question
      const records = standingOf(question).filter(
        ({ offset, timestampMs }) =>
          offset >= first &&
          offset < next &&
          (times === undefined || (timestampMs >= times.fromMs && timestampMs <= times.toMs)),
      )
      return {
        records: records.length,
        digest: digestOf(records),
        has: (record) => records.some((one) => one.offset === record.offset && one.timestampMs === record.timestampMs),
      }
    },
    async lastStanding(partition, { signal } = {}) {
      await ask('standing', signal)
      return standingOf(partition).at(-1)?.offset
    },
    async insert(range, { signal } = {}): Promise<Outcome> {
      const { topic, partition } = range.block
      const where = `${topic}/${partition} [${range.first}, ${range.next})`
      const problem = rangeProblem(range)
      if (problem !== undefined) return { kind: 'failed', error: rangeInvalid(where, problem) }
      if (isClosed) return { kind: 'failed', error: logClosed() }
      if (isDown) return { kind: 'failed', error: logUnreachable() }
      if (signal?.aborted === true) return { kind: 'unknown', error: noAnswer(where, signal.reason) }
      const answer = insertAtTheLog(range)
      const end = await boundedWait(answer, { clock, signal })
      // What was sent may be stored, as over a network.
      return end === 'aborted' ? { kind: 'unknown', error: noAnswer(where, signal?.reason) } : answer
    },
    async query(selection, { order = 'newest', limit = defaultPageLimit, cursor, signal } = {}) {
      checkLimit(limit)
      await ask('query', signal)
      const behind = cursor === undefined ? undefined : decodeCursor(order, cursor)
      const rest = select(selection)
        .filter(({ record }) => behind === undefined || compareEntries(order, record, behind) > 0)
        .sort((left, right) => compareEntries(order, left.record, right.record))
      const entries = rest.slice(0, limit)
      const last = entries.at(-1)
      return rest.length > limit && last !== undefined
        ? { entries, nextCursor: encodeCursor(order, last.record) }
        : { entries }
    },
    async *read(selection, { order = 'oldest', cursor, signal } = {}) {
      await ask('read', signal)
      const behind = cursor === undefined ? undefined : decodeCursor(order, cursor)
      const entries = [...select(selection)].sort((left, right) => compareEntries(order, left.record, right.record))
      for (const entry of entries) {
        signal?.throwIfAborted()
        if (behind === undefined || compareEntries(order, entry.record, behind) > 0) yield entry
      }
    },
    async *readByOffset(selection, { from = [], signal } = {}) {
      const negative = from.find((start) => start.from < 0n)
      if (negative !== undefined) throw selectionInvalid([`no partition can be read from offset ${negative.from}`])
      await ask('read', signal)
      for (const entry of inOffsetOrder(select(selection))) {
        signal?.throwIfAborted()
        if (!isBefore(entry.record, from)) yield entry
      }
    },
    cursorOf: ({ record }, order) => encodeCursor(order, record),
    async summarize(selection, { signal } = {}) {
      await ask('summarize', signal)
      return summarizeEntries(select(selection))
    },
    async stats(selection, { by = [], interval, limit = defaultGroups, signal } = {}) {
      const problems = statsProblems({ by, interval, limit })
      if (problems.length > 0) throw selectionInvalid(problems)
      await ask('stats', signal)
      const counter = countEntries({ by, interval, timeField: selection.timeField })
      for (const entry of select(selection)) counter.add(entry)
      return counter.stats(limit)
    },
    async *tail(selection, { signal } = {}) {
      const matches = matchOf(selection)
      await ask('tail', signal)
      for await (const entry of journal.read(signal)) {
        if (isClosed) throw logClosed()
        // Erased before it was handed out, it is no news any more.
        const isErased = stored.get(keyOf(entry.record))?.reading.status === 'erased'
        if (!isErased && matches(entry)) yield entry
      }
    },
    trace: (story, options = {}) => traceOf(log, story, options),
    timeline: (selection, options = {}) => timelineOf(log, selection, options),
    async *export(selection, { format, signal }) {
      if (format !== 'jsonl') throw exportUnsupported(format)
      await ask('export', signal)
      for await (const entry of log.read(selection, { ...(signal !== undefined && { signal }) })) {
        yield encoder.encode(`${JSON.stringify(auditEntryJson(entry, { withValue: true }))}\n`)
      }
    },
    explain(selection) {
      matchOf(selection)
      return {
        condition: 'every entry in memory',
        values: {},
        ...(selection.filter !== undefined && { onRows: selection.filter }),
      }
    },
    async close() {
      isClosed = true
    },
    controls: {
      inject: (fault) => faults.inject(fault),
      goDown() {
        isDown = true
      },
      comeBack() {
        isDown = false
      },
      tamper(entries) {
        for (const entry of entries) stored.set(keyOf(entry.record), entry)
      },
      remove(entries) {
        for (const { record } of entries) stored.delete(keyOf(record))
      },
      entries: () => [...stored.values()].sort((left, right) => compareEntries('partition', left.record, right.record)),
    },
  }
  return log
}
