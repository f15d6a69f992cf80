import { generateKeyPairSync } from 'node:crypto'
import type { AuditEntry, NextOffset, ProducerRecord } from '@ledgerbus/core'
import {
  aRecord,
  anAuditRange,
  anAuditRecord,
  createFakeClock,
  createInMemoryAuditLog,
  createInMemoryBroker,
  createSeededRandom,
  createSequentialIds,
} from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInMemorySeals, type InMemorySeals } from '../../test/support/in-memory-seals.ts'
import type { FindingKind } from '../verify/audit-finding.ts'
import { contentHash } from '../verify/differing-parts.ts'
import { checkSeals, type CheckSealsOptions, type SealsReport } from './check-seals.ts'
import { decodeSeal, encodeSeal, sealHash, type Seal } from './seal.ts'
import { sealDay, type SealReport, type SealRequest } from './seal-day.ts'
import { createSealSigner, createSealVerifier, type SealSigner } from './seal-keys.ts'

const groupId = 'ledgerbus-audit-sink'
const dayMs = 86_400_000
const firstDayMs = Date.UTC(2026, 0, 31)
const on = (day: number, ms = 0): bigint => BigInt(firstDayMs + day * dayMs + ms)
const dayOf = (day: number): string => new Date(Number(on(day))).toISOString().slice(0, 10)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A log whose days can be sealed: two partitions of orders. */
async function aWorld() {
  const broker = createInMemoryBroker()
  const auditLog = createInMemoryAuditLog()
  const store = createInMemorySeals()
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  await admin.start()
  await producer.start()
  await admin.createTopics([{ name: 'orders', partitions: 2 }])

  async function publish(partition: number, records: readonly ProducerRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += 500) {
      await producer.append('orders', partition, records.slice(at, at + 500))
    }
  }

  /** The sink: everything is stored and committed. */
  async function log(): Promise<void> {
    const committed = await admin.groupOffsets(groupId)
    for (const partition of [0, 1]) {
      const before = committed.find((one) => one.partition === partition)?.offset ?? 0n
      const end = (await admin.topicOffsets('orders'))[partition]?.end ?? 0n
      const fresh = broker.controls
        .records('orders', { partition })
        .filter(({ offset }) => offset >= (before > end ? 0n : before))
      const records = fresh.map((record) => ({ record, reading: anAuditRecord({ value: record.value }).reading }))
      if (records.length > 0) expect(await auditLog.insert(anAuditRange(auditLog, { records }))).toEqual({ kind: 'ok' })
      await admin.setGroupOffsets(groupId, [{ topic: 'orders', partition, offset: end as NextOffset }])
    }
  }

  function seal(
    day: number,
    options: SealRequest & { readonly signer?: SealSigner; readonly atMs?: number } = {},
  ): Promise<SealReport> {
    const { signer, atMs = Number(on(day + 1, 3_600_000)), ...request } = options
    const clock = createFakeClock({ startMs: atMs })
    const needs = {
      broker,
      auditLog,
      store,
      clock,
      ids: createSequentialIds(),
      ...(signer !== undefined && { signer }),
    }
    return sealDay(needs, { day: dayOf(day), ...request })
  }

  return {
    broker,
    auditLog,
    store,
    admin,
    publish,
    log,
    seal,
    check: (options: CheckSealsOptions = {}, from: InMemorySeals = store): Promise<SealsReport> =>
      checkSeals({ auditLog, store: from, clock: createFakeClock({ startMs: Number(on(30)) }) }, options),
  }
}

const recordsAt = (day: number, count: number, from = 0): ProducerRecord[] =>
  Array.from({ length: count }, (_, index) =>
    aRecord({
      key: `k-${index}`,
      value: index % 9 === 4 ? null : `value ${day}/${from + index}`,
      headers: { h: String(index) },
      timestampMs: on(day, (from + index) * 10),
    }),
  )

/** Three days of `count` records in each partition, each day sealed when it was over. */
async function sealedWorld(count = 30) {
  const world = await aWorld()
  for (const day of [0, 1, 2]) {
    await world.publish(0, recordsAt(day, count))
    await world.publish(1, recordsAt(day, count, 100_000))
    await world.log()
    expect(await world.seal(day)).toMatchObject({ state: 'sealed', entries: count * 2 })
  }
  return { ...world, entries: world.auditLog.controls.entries() }
}

function totalsOf({ partitions }: SealsReport): Partial<Record<FindingKind, number>> {
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

describe('sealing a day', () => {
  it('covers what is logged up to its end, and the next seal goes on from there', async () => {
    const { check, store } = await sealedWorld()
    const [first, second] = [...store.texts.values()].map((text) => decodeSeal(text) as Seal) as [Seal, Seal]
    expect(first.segments.map(({ partition, from, to, entries }) => [partition, from, to, entries])).toEqual([
      [0, 0n, 30n, 30],
      [1, 0n, 30n, 30],
    ])
    expect(second.segments.map(({ from, to }) => [from, to])).toEqual([
      [30n, 60n],
      [30n, 60n],
    ])
    expect(second.previous).toBe(first.hash)
    const report = await check()
    expect(report).toMatchObject({ verdict: 'intact', seals: 3, firstDay: dayOf(0), lastDay: dayOf(2), problems: [] })
    expect(report.partitions).toMatchObject([
      { from: 0n, to: 90n, entries: 90, same: 90 },
      { from: 0n, to: 90n, entries: 90, same: 90 },
    ])
  })

  it('takes some 10 bytes an entry', async () => {
    const { store } = await sealedWorld(1_000)
    const total = [...store.indexes.values()].reduce((sum, { length }) => sum + length, 0)
    expect(total / 6_000).toBeLessThan(11)
  })

  it('ends where the next day begins, and leaves its records to the next seal', async () => {
    const { publish, log, seal, check } = await aWorld()
    await publish(0, [...recordsAt(0, 5), ...recordsAt(1, 3)])
    await log()
    expect((await seal(0)).seal.segments).toMatchObject([{ from: 0n, to: 5n }])
    expect((await seal(1)).seal.segments).toMatchObject([{ from: 5n, to: 8n }])
    expect((await check()).verdict).toBe('intact')
  })

  it('bears records that come late, with a time of a day that is sealed', async () => {
    const { publish, log, seal, check } = await aWorld()
    await publish(0, recordsAt(0, 5))
    await log()
    await seal(0)
    await publish(0, [...recordsAt(1, 2), ...recordsAt(0, 3, 500), ...recordsAt(1, 2, 7)])
    await log()
    expect((await seal(1)).seal.segments).toMatchObject([{ from: 5n, to: 12n, entries: 7 }])
    expect((await check()).verdict).toBe('intact')
  })

  it('is not held up by a record whose time lies years ahead', async () => {
    const { publish, log, seal, check } = await aWorld()
    const ahead = aRecord({ value: 'ahead', timestampMs: on(365_000) })
    await publish(0, [...recordsAt(0, 2), ahead, ...recordsAt(0, 2, 50), ...recordsAt(1, 1)])
    await log()
    expect((await seal(0)).seal.segments).toMatchObject([{ to: 5n, entries: 5 }])
    await publish(0, recordsAt(2, 1))
    await log()
    expect((await seal(1)).seal.segments).toMatchObject([{ from: 5n, to: 6n }])
    expect((await check()).verdict).toBe('intact')
  })

  it('waits for the sink: a day is sealed when it has committed past it in every partition', async () => {
    const { publish, log, seal, store } = await aWorld()
    await publish(0, recordsAt(0, 5))
    await publish(1, recordsAt(0, 5))
    await log()
    await publish(1, recordsAt(0, 1, 9))
    await expect(seal(0)).rejects.toMatchObject({
      code: 'AUDIT_SEAL_NOT_DUE',
      retriable: true,
      message: expect.stringContaining('orders/1') as unknown,
    })
    expect(store.texts.size).toBe(0)
    await publish(0, recordsAt(1, 2))
    await log()
    await publish(0, recordsAt(1, 2, 40))
    // Partition 0 goes on all the time; a record of the next day shows that the day is over there.
    expect((await seal(0)).entries).toBe(11)
  })

  it('refuses a day that is not over, and what is no day', async () => {
    const { seal } = await sealedWorld(2)
    await expect(seal(5, { atMs: Number(on(5, 1)) })).rejects.toMatchObject({ code: 'AUDIT_SEAL_NOT_DUE' })
    await expect(seal(5, { day: '2026-02-30' })).rejects.toMatchObject({ code: 'AUDIT_SEAL_NOT_DUE' })
  })

  it('may be repeated: a day is sealed once', async () => {
    const { seal, store } = await sealedWorld(2)
    const before = [...store.texts]
    expect(await seal(2)).toMatchObject({ state: 'present', seal: { number: 3 } })
    expect(await seal(0)).toMatchObject({ state: 'present' })
    expect([...store.texts]).toEqual(before)
  })

  it('covers the days in between when it was not run for some', async () => {
    const { publish, log, seal, check } = await aWorld()
    for (const day of [0, 1, 2, 3]) await publish(0, recordsAt(day, 3))
    await log()
    expect((await seal(2)).seal).toMatchObject({ number: 1, day: dayOf(2), segments: [{ from: 0n, to: 9n }] })
    expect((await check()).verdict).toBe('intact')
  })

  it('does not go on with a chain that was changed', async () => {
    const { seal, store } = await sealedWorld(2)
    store.texts.delete(2)
    await expect(seal(3)).rejects.toMatchObject({ code: 'AUDIT_SEALS_BROKEN' })
  })

  it.each([5, 70])('begins at offset 0 anew where the topic was made again, with %d records', async (count) => {
    const { admin, publish, log, seal, check, auditLog } = await sealedWorld(20)
    await admin.deleteTopics(['orders'])
    await admin.createTopics([{ name: 'orders', partitions: 2 }])
    await admin.setGroupOffsets(
      groupId,
      [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 0n as NextOffset })),
    )
    await publish(0, recordsAt(3, count, 400_000))
    await log()
    // Not sealed yet, and so no finding.
    expect(await check()).toMatchObject({ verdict: 'partly' })
    const { seal: made } = await seal(3)
    expect(made.segments[0]).toMatchObject({ partition: 0, from: 0n, to: BigInt(count) })
    expect((await check()).verdict).toBe('intact')
    const [old, fresh] = auditLog.controls
      .entries()
      .filter(({ record }) => record.partition === 0 && record.offset === 3n)
    auditLog.controls.tamper([changed(old as AuditEntry, { value: bytes('x') })])
    auditLog.controls.remove([fresh as AuditEntry])
    expect(totalsOf(await check())).toEqual({ differing: 1, missing: 1 })
  })
})

describe('sealed entries', () => {
  it.each([
    ['key', { key: null }],
    ['value', { value: bytes('changed') }],
    ['headers', { headers: [] }],
  ] as const)('show when their %s was changed', async (_, change) => {
    const { check, auditLog, entries } = await sealedWorld()
    auditLog.controls.tamper([changed(entries[40] as AuditEntry, change)])
    const report = await check()
    expect(report.verdict).toBe('findings')
    expect(report.findings).toMatchObject([{ kind: 'differing', topic: 'orders', partition: 0, offset: 40n }])
  })

  it('show when only their status was changed', async () => {
    const { check, auditLog, entries } = await sealedWorld()
    auditLog.controls.tamper([{ ...(entries[40] as AuditEntry), reading: { status: 'tombstone' } }])
    expect((await check()).findings).toMatchObject([{ kind: 'differing', offset: 40n, parts: ['status'] }])
  })

  it('show when they were removed, put in or moved', async () => {
    const { check, auditLog, entries } = await sealedWorld()
    const [gone, moved, like] = [entries[10], entries[20], entries[30]] as [AuditEntry, AuditEntry, AuditEntry]
    auditLog.controls.remove([gone, moved])
    auditLog.controls.tamper([
      changed(moved, { partition: 1, timestampMs: on(0, 77) }),
      changed(like, { timestampMs: on(1, 3), value: bytes('put in') }),
    ])
    expect((await check()).findings).toMatchObject([
      { kind: 'missing', partition: 0, offset: 10n },
      { kind: 'foreign', partition: 0, offset: 30n, timestampMs: on(1, 3) },
      { kind: 'moved', partition: 1, offset: 20n, movedFrom: { partition: 0, offset: 20n } },
    ])
  })

  it('that were erased on request are counted, and are no finding', async () => {
    const { check, auditLog, entries } = await sealedWorld()
    const victim = entries[25] as AuditEntry
    const sha256 = contentHash(victim.record, 'undecodable')
    const erased = (hash: string): AuditEntry => ({
      ...changed(victim, { key: null, value: null, headers: [] }),
      reading: { status: 'erased', erasure: { was: 'undecodable', reason: 'r', by: 'b', erasedAtMs: 0, sha256: hash } },
    })
    auditLog.controls.tamper([erased(sha256)])
    const report = await check()
    expect(report.verdict).toBe('intact')
    expect(report.partitions[0]).toMatchObject({ same: 89, erased: 1 })
    auditLog.controls.tamper([erased('0'.repeat(64))])
    expect((await check()).findings).toMatchObject([{ kind: 'differing', offset: 25n, parts: ['erasure'] }])
  })

  it('that the log let go after its days are no finding', async () => {
    const { auditLog, store, entries } = await sealedWorld()
    auditLog.controls.remove(entries.filter(({ record }) => record.timestampMs < on(1)))
    const report = await checkSeals({
      auditLog: { inspect: auditLog.inspect, retentionDays: async () => 29 },
      store,
      clock: createFakeClock({ startMs: Number(on(30)) }),
    })
    expect(report).toMatchObject({ verdict: 'partly', findings: [], problems: [] })
    expect(report.partitions[0]).toMatchObject({
      notComparable: [{ reason: 'gone-from-log', count: 30, first: 0n, last: 29n }],
    })
  })

  it('2,000 of 20,000 edited at once are all found, at their places, and nothing else is', async () => {
    const { check, auditLog, entries } = await sealedWorld(3_334)
    const random = createSeededRandom(19)
    const victims = new Set<number>()
    while (victims.size < 2_000) victims.add(Math.floor(random.next() * entries.length))
    const expected: string[] = []
    for (const [turn, index] of [...victims].entries()) {
      const entry = entries[index] as AuditEntry
      const { partition, offset, timestampMs } = entry.record
      const kind = turn % 4
      if (kind === 0) auditLog.controls.remove([entry])
      else if (kind === 1) auditLog.controls.tamper([changed(entry, { value: bytes(`edited ${turn}`) })])
      else if (kind === 2) auditLog.controls.tamper([changed(entry, { headers: [{ name: 'e', value: null }] })])
      else auditLog.controls.tamper([changed(entry, { timestampMs: timestampMs + 3n, value: bytes(`put in ${turn}`) })])
      const name = ['missing', 'differing', 'differing', 'foreign'][kind] as string
      expected.push(`${name} ${partition}/${offset}`)
    }
    const report = await check({ maxFindings: 5_000 })
    const found = report.findings.map(({ kind, partition, offset }) => `${kind} ${partition}/${offset}`)
    expect(found.toSorted()).toEqual(expected.toSorted())
  }, 60_000)

  it('show every single edit, wherever it is', async () => {
    const { check, auditLog, entries } = await sealedWorld(40)
    const index = fc.integer({ min: 0, max: entries.length - 1 })
    const edit = fc.constantFrom('value', 'remove', 'put in', 'move')
    await fc.assert(
      fc.asyncProperty(index, edit, async (at, what) => {
        const entry = entries[at] as AuditEntry
        const { partition, offset, timestampMs } = entry.record
        if (what === 'remove' || what === 'move') auditLog.controls.remove([entry])
        if (what === 'value') auditLog.controls.tamper([changed(entry, { value: bytes('edited') })])
        if (what === 'move') auditLog.controls.tamper([changed(entry, { timestampMs: timestampMs + 1n })])
        if (what === 'put in')
          auditLog.controls.tamper([changed(entry, { timestampMs: timestampMs + 1n, value: bytes('in') })])
        const { findings } = await check()
        expect(findings).toMatchObject([
          {
            kind: { value: 'differing', remove: 'missing', 'put in': 'foreign', move: 'moved' }[what],
            partition,
            offset,
          },
        ])
        auditLog.controls.remove(auditLog.controls.entries())
        auditLog.controls.tamper(entries)
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})

describe('forged proofs', () => {
  const problemsOf = ({ problems }: SealsReport): string[] => problems.map(({ number, kind }) => `${number} ${kind}`)
  const sealAt = (store: InMemorySeals, number: number): Seal => decodeSeal(store.texts.get(number) ?? '') as Seal

  it('fail when a seal was edited, with its hash as it was or made anew', async () => {
    const { store, check } = await sealedWorld(3)
    const seal = sealAt(store, 2)
    const lied = { ...seal, segments: seal.segments.map((segment) => ({ ...segment, entries: 2 })) }
    store.texts.set(2, encodeSeal(lied))
    expect(problemsOf(await check())).toEqual(['2 edited'])
    store.texts.set(2, encodeSeal({ ...lied, hash: sealHash(lied) }))
    expect(problemsOf(await check())).toContain('3 foreign')
  })

  it.each([
    ['the first', 1],
    ['one in the middle', 2],
  ])('fail when %s was removed', async (_, number) => {
    const { store, check } = await sealedWorld(3)
    store.texts.delete(number)
    expect(problemsOf(await check())).toContain(`${number + 1} removed`)
  })

  it('fail when the last were removed and one was noted elsewhere', async () => {
    const { store, check } = await sealedWorld(3)
    const { head } = await check()
    store.texts.delete(3)
    expect((await check()).verdict).not.toBe('findings')
    const report = await check({ anchor: head?.hash ?? '' })
    expect(report.verdict).toBe('findings')
    expect(problemsOf(report)).toEqual(['0 anchor'])
  })

  it('fail when seals changed places', async () => {
    const { store, check } = await sealedWorld(3)
    const [second, third] = [store.texts.get(2), store.texts.get(3)] as [string, string]
    store.texts.set(2, third)
    store.texts.set(3, second)
    expect(problemsOf(await check())).toEqual(['2 foreign', '3 foreign'])
  })

  it('fail when a seal, or all of them, come from another log', async () => {
    const { store, check } = await sealedWorld(3)
    const other = await sealedWorld(4)
    const mixed = createInMemorySeals()
    for (const [number, text] of store.texts) mixed.texts.set(number, text)
    for (const [name, index] of [...store.indexes, ...other.store.indexes]) mixed.indexes.set(name, index)
    mixed.texts.set(3, other.store.texts.get(3) ?? '')
    expect(problemsOf(await check({}, mixed))).toContain('3 foreign')
    const report = await check({}, other.store)
    expect(report.problems).toEqual([])
    expect(report.verdict).toBe('findings')
  })

  it('fail when the index was changed, or is another', async () => {
    const { store, check } = await sealedWorld(3)
    const { index } = sealAt(store, 2)
    const bytesOf = store.indexes.get(index) as Uint8Array
    store.indexes.set(
      index,
      Uint8Array.from(bytesOf, (byte, at) => (at === 20 ? byte ^ 1 : byte)),
    )
    expect(problemsOf(await check())).toEqual(['2 index'])
    store.indexes.delete(index)
    expect(problemsOf(await check())).toEqual(['2 index'])
  })

  it('fail where there is none at all', async () => {
    const { check } = await sealedWorld(3)
    const report = await check({}, createInMemorySeals())
    expect(report.verdict).toBe('findings')
    expect(problemsOf(report)).toEqual(['0 removed'])
  })

  it('fail when a text is no seal at all', async () => {
    const { store, check } = await sealedWorld(3)
    for (const text of ['', '{', 'null', '[]', '{"version":2}', '{"version":1,"segments":[]}']) {
      store.texts.set(2, text)
      const report = await check()
      expect(report.verdict).toBe('findings')
      expect(problemsOf(report)).toContain('2 unreadable')
    }
  })

  it('fail where seals must be signed: not signed, by another key, or with a signature of another seal', async () => {
    const pair = () =>
      generateKeyPairSync('ed25519', {
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      })
    const [ours, theirs] = [pair(), pair()]
    const verifier = createSealVerifier(ours.publicKey)
    const { publish, log, seal, check, store } = await aWorld()
    for (const [day, key] of [ours.privateKey, ours.privateKey, theirs.privateKey, undefined].entries()) {
      await publish(0, recordsAt(day, 2))
      await log()
      await seal(day, key === undefined ? {} : { signer: createSealSigner(key) })
    }
    expect(problemsOf(await check())).toEqual([])
    expect(problemsOf(await check({ verifier }))).toEqual(['3 signature', '4 unsigned'])
    const first = sealAt(store, 1)
    store.texts.set(
      2,
      encodeSeal({ ...sealAt(store, 2), ...(first.signature !== undefined && { signature: first.signature }) }),
    )
    expect(problemsOf(await check({ verifier }))).toEqual(['2 signature', '3 signature', '4 unsigned'])
  })

  it('need a key that is one', () => {
    expect(() => createSealSigner('no key')).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
    const { privateKey } = generateKeyPairSync('x25519')
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(() => createSealSigner(other)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
    expect(() => createSealVerifier(other)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
  })
})
