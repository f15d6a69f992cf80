import {
  type AuditEntry,
  type AuditLogInspector,
  type InspectedEntry,
  type NextOffset,
  replayHeaders,
} from '@ledgerbus/core'
import {
  aRecord,
  anAuditRange,
  anAuditRecord,
  builderTimeMs,
  createFakeClock,
  createInMemoryAuditLog,
  createInMemoryBroker,
  type InMemoryAuditLog,
  type InMemoryBroker,
} from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FindingKind } from './audit-finding.ts'
import type { CompletenessReport } from './completeness-report.ts'
import { contentHash } from './differing-parts.ts'
import { verifyAuditLog, type VerifyRequest } from './verify-audit-log.ts'

const groupId = 'ledgerbus-audit-sink'

interface World {
  readonly broker: InMemoryBroker
  readonly auditLog: InMemoryAuditLog
  readonly entries: readonly AuditEntry[]
  verify(request?: VerifyRequest, auditLog?: AuditLogInspector): Promise<CompletenessReport>
  commit(offset: bigint, partition?: number): Promise<void>
}

/** Two partitions of orders, all of them logged and committed. */
async function aWorld(
  options: { readonly count?: number; readonly settings?: Record<string, string> } = {},
): Promise<World> {
  const { count = 20, settings = {} } = options
  const broker = createInMemoryBroker()
  const auditLog = createInMemoryAuditLog()
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await producer.start()
  await admin.createTopics([{ name: 'orders', partitions: 2, settings }])
  for (const partition of [0, 1]) {
    await producer.append(
      'orders',
      partition,
      Array.from({ length: count }, (_, index) =>
        aRecord({
          key: `k-${index % 5}`,
          value: index % 7 === 3 ? null : `value ${partition}/${index}`,
          headers: { h: `${index}` },
          timestampMs: builderTimeMs + BigInt(index * 1_000),
        }),
      ),
    )
  }
  await logAll(broker, auditLog)
  const commit = (offset: bigint, partition = 0): Promise<void> =>
    admin.setGroupOffsets(groupId, [{ topic: 'orders', partition, offset: offset as NextOffset }])
  await commit(BigInt(count), 0)
  await commit(BigInt(count), 1)
  return {
    broker,
    auditLog,
    entries: auditLog.controls.entries(),
    commit,
    verify: (request = {}, log = auditLog) =>
      verifyAuditLog(
        { broker, auditLog: log, clock: createFakeClock({ startMs: Number(builderTimeMs) + 86_400_000 }) },
        request,
      ),
  }
}

async function logAll(broker: InMemoryBroker, auditLog: InMemoryAuditLog): Promise<void> {
  for (const record of broker.controls.records('orders')) {
    const reading = anAuditRecord({ value: record.value }).reading
    expect(await auditLog.insert(anAuditRange(auditLog, { records: [{ record, reading }] }))).toEqual({ kind: 'ok' })
  }
}

function totalsOf({ partitions }: CompletenessReport): Partial<Record<FindingKind, number>> {
  const totals: Partial<Record<FindingKind, number>> = {}
  for (const { findings } of partitions) {
    for (const [kind, count] of Object.entries(findings) as [FindingKind, number][]) {
      if (count > 0) totals[kind] = (totals[kind] ?? 0) + count
    }
  }
  return totals
}

const changed = (entry: AuditEntry, change: Partial<AuditEntry['record']>): AuditEntry => ({
  ...entry,
  record: { ...entry.record, ...change },
})
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The log, answering as `map` says. */
function logWith(
  auditLog: InMemoryAuditLog,
  map: (found: InspectedEntry) => readonly InspectedEntry[],
): AuditLogInspector {
  return {
    retentionDays: () => auditLog.retentionDays(),
    async *inspect(span, wait) {
      for await (const found of auditLog.inspect(span, wait)) yield* map(found)
    },
  }
}

describe('a log that has everything', () => {
  it('is complete', async () => {
    const { verify } = await aWorld()
    const report = await verify()
    expect(report).toMatchObject({ verdict: 'complete', groupId, findings: [], findingsLeftOut: 0 })
    expect(report.partitions).toMatchObject([
      { topic: 'orders', partition: 0, records: 20, same: 20, from: 0n, to: 20n, notDue: 0n, hiddenCopies: 0 },
      { topic: 'orders', partition: 1, records: 20, same: 20 },
    ])
  })

  it('is complete up to where the sink has committed; the rest is not due, stored or not', async () => {
    const { verify, auditLog, entries, commit } = await aWorld()
    await commit(12n)
    auditLog.controls.remove(entries.filter(({ record }) => record.partition === 0 && record.offset > 14n))
    const { verdict, partitions } = await verify()
    expect(verdict).toBe('complete')
    expect(partitions[0]).toMatchObject({ records: 12, same: 12, to: 12n, notDue: 8n, committed: 12n })
  })

  it('has nothing due in a partition in which the group has committed nothing', async () => {
    const { verify, broker } = await aWorld()
    const admin = broker.createAdmin()
    await admin.start()
    await admin.setGroupOffsets('another', [{ topic: 'orders', partition: 1, offset: 20n as NextOffset }])
    const { partitions } = await verify({ topics: ['orders'], groupId: 'another' })
    expect(partitions).toMatchObject([
      { records: 0, notDue: 20n },
      { records: 20, notDue: 0n },
    ])
  })

  it('must have everything where no group is asked', async () => {
    const { verify, commit, auditLog, entries } = await aWorld()
    await commit(12n)
    auditLog.controls.remove(entries.filter(({ record }) => record.offset > 17n))
    expect(totalsOf(await verify({ topics: ['orders'], groupId: 'none' }))).toEqual({ missing: 4 })
  })

  it('holds holes of transactions for what they are', async () => {
    const { broker, auditLog, verify, commit } = await aWorld()
    const producer = broker.createTransactionalProducer({ transactionalId: 't' })
    await producer.start()
    for (const end of ['abort', 'commit'] as const) {
      const transaction = await producer.begin()
      await transaction.append('orders', 0, [aRecord({ value: end })])
      await transaction[end]()
    }
    await producer.close()
    await logAll(broker, auditLog)
    await commit(24n)
    const { verdict, partitions } = await verify()
    expect(verdict).toBe('complete')
    expect(partitions[0]).toMatchObject({ records: 21, same: 21, to: 24n })
  })

  it('counts what a replay published again like the rest', async () => {
    const { broker, auditLog, verify, commit } = await aWorld()
    const marks = replayHeaders({
      replayId: 'r-1',
      sequence: 0,
      mode: 'rehandle',
      of: { topic: 'orders', partition: 0, offset: 0n },
      originalTimestampMs: 0n,
    })
    const producer = broker.createProducer()
    await producer.start()
    await producer.append('orders', 0, [{ ...aRecord(), headers: marks }])
    await logAll(broker, auditLog)
    await commit(21n)
    expect((await verify()).verdict).toBe('complete')
    auditLog.controls.tamper(
      auditLog.controls.entries().flatMap(({ replayId, ...rest }) => (replayId === undefined ? [] : [rest])),
    )
    expect((await verify()).findings).toMatchObject([{ kind: 'differing', offset: 20n, parts: ['replay'] }])
  })

  it('with erased entries is complete, and they are counted apart', async () => {
    const { verify, auditLog, entries } = await aWorld()
    const [first] = entries as [AuditEntry]
    auditLog.controls.tamper([erased(first, contentOf(first))])
    const report = await verify()
    expect(report.verdict).toBe('complete')
    expect(report.partitions[0]).toMatchObject({ same: 19, erased: 1 })
    auditLog.controls.tamper([erased(first, '0'.repeat(64))])
    expect((await verify()).findings).toMatchObject([{ kind: 'differing', offset: 0n, parts: ['erasure'] }])
  })
})

function contentOf({ record, reading }: AuditEntry): string {
  if (reading.status === 'erased') throw new Error('it is gone')
  return contentHash(record, reading.status)
}

function erased(entry: AuditEntry, sha256: string): AuditEntry {
  if (entry.reading.status === 'erased') return entry
  const { status: was } = entry.reading
  return {
    ...changed(entry, { key: null, value: null, headers: [] }),
    reading: { status: 'erased', erasure: { was, reason: 'r', by: 'b', erasedAtMs: 0, sha256 } },
  }
}

describe('a finding', () => {
  it('is missing: Kafka has the record and the log has not', async () => {
    const { verify, auditLog, entries } = await aWorld()
    const lost = entries.filter(({ record }) => record.partition === 1 && [0n, 7n, 19n].includes(record.offset))
    auditLog.controls.remove(lost)
    const report = await verify()
    expect(report.verdict).toBe('findings')
    expect(report.findings).toEqual(
      lost.map(({ record: { cluster, topic, partition, offset, timestampMs } }) => ({
        kind: 'missing',
        cluster,
        topic,
        partition,
        offset,
        timestampMs,
      })),
    )
    expect(report.partitions.map(({ findings }) => findings.missing)).toEqual([0, 3])
  })

  it('is foreign: an entry between and beyond Kafka’s records that was never there', async () => {
    const { verify, auditLog, broker, entries } = await aWorld()
    broker.controls.deleteRecords({ topic: 'orders', partition: 1 }, 5n)
    const [like] = entries as [AuditEntry]
    const forged = [500n, 21n].map((offset) =>
      changed(like, { offset, partition: 1, timestampMs: builderTimeMs + 90_000n, value: bytes(`forged ${offset}`) }),
    )
    auditLog.controls.tamper(forged)
    const { findings } = await verify()
    expect(findings).toMatchObject([
      { kind: 'foreign', partition: 1, offset: 21n },
      { kind: 'foreign', partition: 1, offset: 500n },
    ])
  })

  it('is foreign also at the offset of a record, under a later time: readers would get both', async () => {
    const { verify, auditLog, entries } = await aWorld()
    const [like] = entries as [AuditEntry]
    const timestampMs = builderTimeMs + 500n
    auditLog.controls.tamper([changed(like, { timestampMs, value: bytes('forged') })])
    expect((await verify()).findings).toMatchObject([{ kind: 'foreign', offset: 0n, timestampMs }])
  })

  it.each([
    ['key', { key: bytes('another') }],
    ['key', { key: null }],
    ['value', { value: bytes('another') }],
    ['headers', { headers: [] }],
    ['headers', { headers: [{ name: 'h', value: null }] }],
  ] as const)('is differing: the %s has other bytes', async (part, change) => {
    const { verify, auditLog, entries } = await aWorld()
    const entry = entries[2] as AuditEntry
    auditLog.controls.tamper([changed(entry, change)])
    expect((await verify()).findings).toMatchObject([{ kind: 'differing', offset: 2n, parts: [part] }])
  })

  it('is differing: a tombstone is stored as an empty value, or the reverse', async () => {
    const { verify, auditLog, entries } = await aWorld()
    const [, second, , fourth] = entries as [AuditEntry, AuditEntry, AuditEntry, AuditEntry]
    auditLog.controls.tamper([
      { ...changed(fourth, { value: new Uint8Array() }), reading: { status: 'undecodable', problem: 'empty' } },
      { ...second, reading: { status: 'tombstone' } },
    ])
    expect((await verify()).findings).toMatchObject([
      { kind: 'differing', offset: 1n, parts: ['status'] },
      { kind: 'differing', offset: 3n, parts: ['value', 'status'] },
    ])
  })

  it('is differing and hidden: a copy that readers do not see has other bytes', async () => {
    const { verify, auditLog, entries } = await aWorld()
    const forged = changed(entries[4] as AuditEntry, { value: bytes('forged') })
    const log = logWith(auditLog, (found) => {
      const isOne = found.entry.record.partition === 0 && found.entry.record.offset === 4n
      return [{ ...found, copies: isOne ? [found.entry, forged] : [] }]
    })
    const report = await verify({}, log)
    expect(report.findings).toMatchObject([{ kind: 'differing', offset: 4n, isHidden: true, parts: ['value'] }])
    expect(report.partitions[0]).toMatchObject({ hiddenCopies: 2, same: 20 })
  })

  it('is doubled: readers would get an entry twice', async () => {
    const { verify, auditLog } = await aWorld()
    const log = logWith(auditLog, (found) => (found.entry.record.offset === 3n ? [found, found] : [found]))
    expect(totalsOf(await verify({ partitions: [0] }, log))).toEqual({ doubled: 1 })
  })

  it.each([
    ['offset', { offset: 40n }],
    ['partition', { partition: 1, offset: 33n }],
    ['time', { timestampMs: builderTimeMs + 77_777n }],
  ] as const)('is moved: what is missing in one place stands at another %s', async (_, change) => {
    const { verify, auditLog, entries } = await aWorld()
    const entry = entries[6] as AuditEntry
    auditLog.controls.remove([entry])
    auditLog.controls.tamper([changed(entry, change)])
    const report = await verify()
    expect(report.findings).toMatchObject([
      { kind: 'moved', ...change, movedFrom: { partition: 0, offset: 6n, timestampMs: entry.record.timestampMs } },
    ])
    expect(totalsOf(report)).toEqual({ moved: 1 })
  })

  it('is counted beyond the limit of the list', async () => {
    const { broker, auditLog, entries } = await aWorld()
    auditLog.controls.remove(entries)
    const report = await verifyAuditLog({ broker, auditLog, clock: createFakeClock() }, {}, { maxFindings: 3 })
    expect(report.findings).toHaveLength(3)
    expect(report.findingsLeftOut).toBe(37)
    expect(totalsOf(report)).toEqual({ missing: 40 })
  })

  it('is found for every single edit among many, and for nothing else', async () => {
    const { verify, auditLog, entries } = await aWorld({ count: 150 })
    const indexes = fc.uniqueArray(fc.integer({ min: 0, max: entries.length - 1 }), { minLength: 1, maxLength: 8 })
    const edits = fc.constantFrom('key', 'value', 'headers', 'status', 'remove', 'add')
    await fc.assert(
      fc.asyncProperty(indexes, edits, async (chosen, edit) => {
        const victims = chosen.map((index) => entries[index] as AuditEntry)
        if (edit === 'remove') auditLog.controls.remove(victims)
        else auditLog.controls.tamper(victims.map((victim) => edited(victim, edit)))
        const places = (await verify()).findings.map(({ partition, offset }) => `${partition}/${offset}`)
        expect(places).toEqual(
          victims
            .map(({ record }) => record)
            .toSorted((left, right) => left.partition - right.partition || Number(left.offset - right.offset))
            .map(({ partition, offset }) => `${partition}/${edit === 'add' ? offset + 1_000n : offset}`),
        )
        auditLog.controls.remove(auditLog.controls.entries())
        auditLog.controls.tamper(entries)
      }),
      { numRuns: 60 },
    )
  })
})

function edited(entry: AuditEntry, edit: 'key' | 'value' | 'headers' | 'status' | 'add'): AuditEntry {
  switch (edit) {
    case 'key':
      return changed(entry, { key: bytes('edited') })
    case 'value':
      return changed(entry, { value: bytes('edited') })
    case 'headers':
      return changed(entry, { headers: [...entry.record.headers, { name: 'edited', value: null }] })
    case 'status':
      return {
        ...entry,
        reading: entry.record.value === null ? { status: 'undecodable', problem: '' } : { status: 'tombstone' },
      }
    case 'add':
      return changed(entry, {
        offset: entry.record.offset + 1_000n,
        timestampMs: builderTimeMs + 1_000_000n,
        value: bytes(`added ${entry.record.offset}`),
      })
  }
}

describe('what cannot be compared', () => {
  it('is said where Kafka let records go, with gaps between entries as gaps and not as losses', async () => {
    const { verify, auditLog, broker, entries } = await aWorld()
    broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 10n)
    auditLog.controls.remove(
      entries.filter(({ record }) => record.partition === 0 && [3n, 4n, 7n].includes(record.offset)),
    )
    const { verdict, partitions } = await verify()
    expect(verdict).toBe('partly')
    expect(partitions[0]).toMatchObject({
      low: 10n,
      records: 10,
      same: 10,
      notComparable: [{ reason: 'gone-from-kafka', count: 7, first: 0n, last: 9n }],
      gaps: {
        count: 2,
        first: [
          { from: 3n, to: 5n },
          { from: 7n, to: 8n },
        ],
      },
    })
  })

  it('is no finding where records go while they are compared', async () => {
    const { verify, auditLog, broker } = await aWorld()
    // The log answers late: by then Kafka has let the first half go, and reading it had not begun.
    const log: AuditLogInspector = {
      retentionDays: async () => {
        broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 10n)
        return undefined
      },
      inspect: (span, wait) => auditLog.inspect(span, wait),
    }
    const { verdict, partitions } = await verify({}, log)
    expect(verdict).toBe('partly')
    expect(partitions[0]).toMatchObject({ notComparable: [{ reason: 'gone-from-kafka', count: 10 }] })
  })

  it('is said of a compacted topic: entries with a key whose record is gone', async () => {
    const { verify, broker } = await aWorld({ settings: { 'cleanup.policy': 'compact' } })
    broker.controls.compact({ topic: 'orders', partition: 0 })
    const { verdict, partitions } = await verify()
    expect(verdict).toBe('partly')
    expect(partitions[0]).toMatchObject({ records: 5, same: 5, notComparable: [{ reason: 'compacted', count: 15 }] })
  })

  it('is a finding all the same where a compacted topic could not have lost it: no key', async () => {
    const { verify, broker, auditLog, entries } = await aWorld({ settings: { 'cleanup.policy': 'compact,delete' } })
    broker.controls.compact({ topic: 'orders', partition: 0 })
    auditLog.controls.tamper([
      changed(entries[1] as AuditEntry, { key: null, value: bytes('forged'), timestampMs: builderTimeMs + 100_000n }),
    ])
    expect(totalsOf(await verify())).toEqual({ foreign: 1 })
  })

  it('is said of entries of a topic that was deleted and made again', async () => {
    const { verify, broker, auditLog, commit } = await aWorld()
    const admin = broker.createAdmin()
    await admin.start()
    await admin.deleteTopics(['orders'])
    await admin.createTopics([{ name: 'orders', partitions: 2 }])
    const producer = broker.createProducer()
    await producer.start()
    const later = builderTimeMs + 3_600_000n
    await producer.append(
      'orders',
      0,
      [0n, 1n, 2n].map((index) => aRecord({ value: 'new', timestampMs: later + index })),
    )
    await logAll(broker, auditLog)
    await commit(3n)
    await commit(0n, 1)
    const { verdict, partitions } = await verify({ topics: ['orders'] })
    expect(verdict).toBe('partly')
    expect(partitions).toMatchObject([
      { records: 3, same: 3, notComparable: [{ reason: 'another-incarnation', count: 20, first: 0n, last: 19n }] },
      { records: 0, notComparable: [{ reason: 'another-incarnation', count: 20 }] },
    ])
  })

  it('is said of what the log let go after its days, and not taken for a loss', async () => {
    const { broker, auditLog, entries } = await aWorld()
    auditLog.controls.remove(entries.filter(({ record }) => record.offset < 5n))
    const log: AuditLogInspector = { inspect: auditLog.inspect, retentionDays: async () => 30 }
    const at = (index: number) => createFakeClock({ startMs: Number(builderTimeMs) + index * 1_000 + 30 * 86_400_000 })
    const gone = await verifyAuditLog({ broker, auditLog: log, clock: at(5) })
    expect(gone).toMatchObject({ verdict: 'partly', retentionDays: 30 })
    expect(gone.partitions[0]).toMatchObject({
      notComparable: [{ reason: 'gone-from-log', count: 5, first: 0n, last: 4n }],
    })
    expect(totalsOf(await verifyAuditLog({ broker, auditLog: log, clock: at(3) }))).toEqual({ missing: 4 })
  })
})

describe('a part of it', () => {
  it('is compared by Kafka time, and what lies outside is not looked at', async () => {
    const { verify, auditLog, entries } = await aWorld()
    auditLog.controls.remove(entries.filter(({ record }) => [2n, 5n, 9n].includes(record.offset)))
    const report = await verify({ fromMs: Number(builderTimeMs) + 3_000, toMs: Number(builderTimeMs) + 9_000 })
    expect(report.findings.map(({ offset }) => offset)).toEqual([5n, 5n])
    expect(report.partitions[0]).toMatchObject({ records: 6, same: 5 })
  })

  it('is compared by offset and partition', async () => {
    const { verify, auditLog, entries } = await aWorld()
    auditLog.controls.remove(entries.filter(({ record }) => [2n, 5n, 9n].includes(record.offset)))
    const report = await verify({ partitions: [1], fromOffset: 3n, toOffset: 9n })
    expect(report.partitions).toMatchObject([{ partition: 1, from: 3n, to: 9n, records: 6, same: 5, notDue: 0n }])
    expect(report.findings).toMatchObject([{ kind: 'missing', partition: 1, offset: 5n }])
  })

  it('beyond what a partition holds is empty, and nobody waits for it', async () => {
    const { verify } = await aWorld()
    const { partitions } = await verify({ fromOffset: 500n, toOffset: 600n })
    expect(partitions).toMatchObject([
      { records: 0, notDue: 0n },
      { records: 0, notDue: 0n },
    ])
  })

  it('is named by patterns, which mean no dead letters', async () => {
    const { verify, broker } = await aWorld()
    const admin = broker.createAdmin()
    await admin.start()
    await admin.createTopics([
      { name: 'orders.billing.dlq', partitions: 1 },
      { name: 'ordinals', partitions: 1 },
    ])
    const { partitions } = await verify({ topics: ['ord*'] })
    expect([...new Set(partitions.map(({ topic }) => topic))]).toEqual(['orders', 'ordinals'].toSorted())
  })

  it('that is nothing is refused, and never called complete', async () => {
    const { verify } = await aWorld()
    await expect(verify({ topics: ['nothing*'] })).rejects.toMatchObject({ code: 'AUDIT_VERIFY_INVALID' })
    await expect(verify({ topics: ['orders'], groupId: 'unheard-of' })).rejects.toMatchObject({
      code: 'AUDIT_VERIFY_INVALID',
    })
    await expect(verify({ groupId: 'unheard-of' })).rejects.toMatchObject({ code: 'AUDIT_VERIFY_INVALID' })
    await expect(verify({ topics: ['ordres'] })).rejects.toMatchObject({ code: 'BROKER_TOPIC_UNKNOWN' })
  })

  it('is left at an abort, with its reason', async () => {
    const { broker, auditLog } = await aWorld()
    const controller = new AbortController()
    const verifying = verifyAuditLog(
      {
        broker,
        auditLog: logWith(auditLog, (found) => {
          controller.abort('enough')
          return [found]
        }),
        clock: createFakeClock(),
      },
      {},
      { signal: controller.signal },
    )
    await expect(verifying).rejects.toBe('enough')
  })
})
