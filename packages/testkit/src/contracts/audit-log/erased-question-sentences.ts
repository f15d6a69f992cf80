import { type AuditEntry, type AuditRecord, uuidV7Ids } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { recordsOf } from './audit-log-world.ts'
import type { EvidenceWorld } from './evidence-world.ts'

const cluster = 'test-cluster'

/** What every question answers once an entry is erased, also after a late insert brought its bytes back. */
export function erasedQuestionSentences(getWorld: () => EvidenceWorld): void {
  /** An order and what it caused; the order is erased, and then inserted again. */
  async function setUp() {
    const world = getWorld()
    const topic = world.topic()
    const [correlationId, created, paid] = [uuidV7Ids.next(), uuidV7Ids.next(), uuidV7Ids.next()]
    const envelope = { correlationId, organizationId: topic, entity: { type: 'order', id: topic } }
    const records = recordsOf(topic, [
      { key: 'gone', envelope: { ...envelope, eventId: created, name: 'order.created' } },
      { envelope: { ...envelope, eventId: paid, name: 'order.paid', causationId: created } },
    ]) as readonly [AuditRecord, AuditRecord]
    await world.insert(records)
    await world.log.erase(await world.log.planErasure({ eventIds: [created] }), { reason: 'ticket 42', by: 'dpo' })
    // In a range of its own, so that the store cannot know it again.
    await world.insert([records[0]])
    return { ...world, ofTopic: topic, correlationId, created, records }
  }

  const seen = (entries: readonly AuditEntry[]): readonly string[] =>
    entries.map(
      ({ record, reading }) => `${record.offset} ${reading.status} ${record.value === null ? 'gone' : 'here'}`,
    )

  describe('an erased entry, inserted again', () => {
    it('is erased in pages of every order, and in streams', async () => {
      const { log, ofTopic } = await setUp()
      const topics = [ofTopic]
      for (const order of ['newest', 'oldest', 'partition'] as const) {
        const { entries } = await log.query({ topics }, { order })
        expect(seen(entries).toSorted()).toEqual(['0 erased gone', '1 ok here'])
        const read: AuditEntry[] = []
        for await (const entry of log.read({ topics }, { order })) read.push(entry)
        expect(seen(read).toSorted()).toEqual(['0 erased gone', '1 ok here'])
      }
      const byOffset: AuditEntry[] = []
      const below = [{ cluster, topic: ofTopic, partition: 0, below: 2n }]
      for await (const entry of log.readByOffset({ below })) byOffset.push(entry)
      expect(seen(byOffset)).toEqual(['0 erased gone', '1 ok here'])
    })

    it('matches no filter: what is left of it is no event', async () => {
      const { log, ofTopic, offsets } = await setUp()
      for (const filter of [
        'name.startsWith("order.")',
        'has(payload.after.total)',
        'size(payload.after.items) >= 0',
      ]) {
        const selection = { topics: [ofTopic], filter }
        expect(await offsets(selection), filter).not.toContain(0n)
        expect((await log.stats(selection, { by: ['status'] })).groups, filter).not.toContainEqual(
          expect.objectContaining({ status: 'erased' }),
        )
        expect((await log.summarize(selection)).bounds, filter).not.toContainEqual(
          expect.objectContaining({ below: 1n }),
        )
      }
    })

    it('is counted once, under its name and organization, without bytes', async () => {
      const { log, ofTopic } = await setUp()
      const selection = { topics: [ofTopic] }
      const { bytes: left } = await log.stats({ ...selection, statuses: ['ok'] })
      expect(await log.summarize(selection)).toMatchObject({ entries: 2, bytes: left })
      expect(await log.stats(selection)).toMatchObject({ entries: 2, bytes: left })
      const { groups } = await log.stats(selection, { by: ['name', 'status', 'organization'], interval: 'day' })
      expect(groups.toSorted((one, other) => one.bytes - other.bytes)).toMatchObject([
        { name: 'order.created', status: 'erased', organizationId: ofTopic, entries: 1, bytes: 0 },
        { name: 'order.paid', status: 'ok', organizationId: ofTopic, entries: 1, bytes: left },
      ])
    })

    it('is in a story only as the cause that was erased', async () => {
      const { log, correlationId, created } = await setUp()
      const trace = await log.trace({ correlationId })
      expect(trace.steps).toHaveLength(1)
      expect(trace.steps[0]).toMatchObject({
        entry: { record: { offset: 1n } },
        cause: { eventId: created, entry: { record: { offset: 0n, value: null }, reading: { status: 'erased' } } },
      })
      expect(await log.trace({ eventId: created })).toEqual({ steps: [], isCut: false })
    })

    it('is in no timeline', async () => {
      const { log, ofTopic } = await setUp()
      const steps: bigint[] = []
      for await (const { entry } of log.timeline({ entityType: 'order', entityId: ofTopic })) {
        steps.push(entry.record.offset)
      }
      expect(steps).toEqual([1n])
    })

    it('is exported as what is left of it', async () => {
      const { log, ofTopic, created } = await setUp()
      let text = ''
      for await (const bytes of log.export({ topics: [ofTopic] }, { format: 'jsonl' })) {
        text += Buffer.from(bytes).toString('utf8')
      }
      const [line, ...more] = text.split('\n').filter((each) => each.includes('"offset":"0"'))
      expect(more).toEqual([])
      const exported = JSON.parse(line ?? '{}') as Record<string, unknown>
      expect(exported).toMatchObject({
        ...{ status: 'erased', key: null, headers: [] },
        erasure: { was: 'ok', reason: 'ticket 42', by: 'dpo', event: { eventId: created, name: 'order.created' } },
      })
      expect(exported).not.toHaveProperty('value')
      expect(text).not.toContain('gone')
    })

    it('is no news to who follows the log', async () => {
      const { log, ofTopic, records, insert } = await setUp()
      const controller = new AbortController()
      const told: bigint[] = []
      const following = (async () => {
        for await (const { record } of log.tail({ topics: [ofTopic] }, { signal: controller.signal, pollMs: 20 })) {
          told.push(record.offset)
          if (record.offset >= 3_000n) break
        }
      })()
      let marker = 2_000n
      await eventually(async () => {
        await insert(recordsOf(ofTopic, [{ offset: marker }]))
        marker += 1n
        return told.length > 0
      })
      await insert([records[0], ...recordsOf(ofTopic, [{ offset: 7n }])])
      await insert(recordsOf(ofTopic, [{ offset: 3_000n }]))
      await following
      controller.abort()
      expect(told.filter((offset) => offset < 2_000n)).toEqual([7n])
    })

    it('stands, so that no sink stores it again', async () => {
      const { log, ofTopic, records } = await setUp()
      const partition = { cluster, topic: ofTopic, partition: 0 }
      const standing = await log.standing({ ...partition, first: 0n, next: 10n })
      expect(standing.records).toBe(2)
      expect(standing.has(records[0].record)).toBe(true)
      expect(await log.lastStanding(partition)).toBe(1n)
    })

    it('stands also where nothing but the marker is left', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      const eventId = uuidV7Ids.next()
      const [record] = recordsOf(ofTopic, [{ offset: 4n, envelope: { eventId } }]) as [AuditRecord]
      await insert([record])
      await log.erase(await log.planErasure({ eventIds: [eventId] }), { reason: 'ticket 43', by: 'dpo' })
      const partition = { cluster, topic: ofTopic, partition: 0 }
      const standing = await log.standing({
        ...{ ...partition, first: 0n, next: 10n },
        times: { fromMs: record.record.timestampMs, toMs: record.record.timestampMs },
      })
      expect(standing).toMatchObject({ records: 1, digest: expect.any(Number) as unknown })
      expect(standing.has(record.record)).toBe(true)
      expect(await log.lastStanding(partition)).toBe(4n)
    })
  })
}
