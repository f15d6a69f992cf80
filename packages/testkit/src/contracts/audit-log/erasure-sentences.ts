import { createHash } from 'node:crypto'
import { canonicalEntryBytes, type ErasureSelection, replayHeaders, uuidV7Ids } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { recordsOf } from './audit-log-world.ts'
import type { EvidenceWorld } from './evidence-world.ts'

const word = { reason: 'asked for in ticket 42', by: 'dpo@example.org' }

/** What becomes of an entry whose bytes are erased. */
export function erasureSentences(getWorld: () => EvidenceWorld): void {
  /** Three orders of one customer's and one of another's; ids of their own in each test. */
  async function setUp() {
    const world = getWorld()
    const topic = world.topic()
    const customer = `u-${uuidV7Ids.next()}`
    const mine = { actor: { type: 'user', id: customer } }
    const records = recordsOf(topic, [
      { key: customer, envelope: { ...mine, eventId: uuidV7Ids.next(), name: 'order.created', organizationId: topic } },
      { envelope: { eventId: uuidV7Ids.next(), actor: { type: 'user', id: 'another' } } },
      { headers: [['about', customer]], envelope: { ...mine, eventId: uuidV7Ids.next(), name: 'order.paid' } },
    ])
    await world.insert(records)
    const selection: ErasureSelection = { actorType: 'user', actorId: customer }
    async function erase() {
      return world.log.erase(await world.log.planErasure(selection), word)
    }
    return { ...world, ofTopic: topic, customer, records, selection, erase }
  }

  describe('an erasure', () => {
    it('is planned: counted, with a sample, and nothing happens', async () => {
      const { log, selection, ofTopic, readAll } = await setUp()
      const plan = await log.planErasure(selection)
      expect(plan).toMatchObject({ entries: 2, byTopic: [{ topic: ofTopic, entries: 2 }] })
      expect(plan.byName.map(({ name }) => name)).toEqual(['order.created', 'order.paid'])
      expect(plan.sample.map(({ record }) => record.offset)).toEqual([0n, 2n])
      expect((await readAll({ topics: [ofTopic] })).map(({ reading }) => reading.status)).toEqual(['ok', 'ok', 'ok'])
    })

    it.each<[string, ErasureSelection]>([
      ['times alone', { fromMs: 0, toMs: 1 }],
      ['a topic alone', { topics: ['orders'] }],
      ['a type of entities', { entityType: 'order' }],
      ['no event ids', { eventIds: [] }],
      ['an id without its type', { entityId: 'o-1' }],
    ])('of %s is refused: it would take everybody’s entries', async (_, selection) => {
      await expect(getWorld().log.planErasure(selection)).rejects.toMatchObject({ code: 'AUDIT_ERASURE_INVALID' })
    })

    it.each([
      { reason: ' ', by: 'dpo' },
      { reason: 'r', by: '' },
      { reason: 'r'.repeat(1_001), by: 'dpo' },
    ])('needs a reason and a name', async (said) => {
      const { log, selection, ofTopic, offsets } = await setUp()
      const plan = await log.planErasure(selection)
      await expect(log.erase(plan, said)).rejects.toMatchObject({ code: 'AUDIT_ERASURE_INVALID' })
      expect(await offsets({ topics: [ofTopic], statuses: ['erased'] })).toEqual([])
    })

    it('leaves coordinates, times, the event’s id and name, and word of why; no bytes', async () => {
      const { erase, readAll, ofTopic, records } = await setUp()
      expect(await erase()).toMatchObject({ planned: 2, erased: 2 })

      const entries = await readAll({ topics: [ofTopic] })

      expect(entries.map(({ reading }) => reading.status)).toEqual(['erased', 'ok', 'erased'])
      const [first] = entries
      const [original] = records
      if (original?.reading.status !== 'ok') throw new Error('it was an event')
      const { eventId, name, version, timestamp, organizationId } = original.reading.envelope
      expect(first?.record).toEqual({ ...original.record, key: null, value: null, headers: [] })
      expect(first?.reading).toEqual({
        status: 'erased',
        erasure: {
          was: 'ok',
          event: { eventId, name, version, timestamp, organizationId },
          ...word,
          erasedAtMs: expect.any(Number) as unknown,
          sha256: createHash('sha256').update(canonicalEntryBytes(original.record, 'ok')).digest('hex'),
        },
      })
    })

    it('keeps what is erased findable by topic, name, event id, organization and time, and by nothing that is gone', async () => {
      const { erase, offsets, ofTopic, records, selection } = await setUp()
      await erase()
      const [{ reading }] = records as [(typeof records)[number]]
      if (reading.status !== 'ok') throw new Error('it was an event')
      const { eventId, timestamp, correlationId } = reading.envelope
      expect(await offsets({ topics: [ofTopic], names: ['order.*'] })).toEqual([0n, 1n, 2n])
      expect(await offsets({ eventIds: [eventId] })).toEqual([0n])
      expect(await offsets({ organizationId: ofTopic })).toEqual([0n])
      expect(await offsets({ topics: [ofTopic], fromMs: Date.parse(timestamp) })).toEqual([0n, 1n, 2n])
      expect(await offsets({ topics: [ofTopic], toMs: Date.parse(timestamp) })).toEqual([])
      expect(await offsets({ topics: [ofTopic], statuses: ['erased'] })).toEqual([0n, 2n])
      expect(await offsets({ topics: [ofTopic], correlationId })).toEqual([1n])
      expect(await offsets(selection)).toEqual([])
    })

    it('is counted apart', async () => {
      const { erase, log, ofTopic } = await setUp()
      await erase()
      const summary = await log.summarize({ topics: [ofTopic] })
      expect(summary.entries).toBe(3)
      expect(summary.byStatus).toEqual([
        { status: 'erased', entries: 2 },
        { status: 'ok', entries: 1 },
      ])
      expect(summary.byName.map(({ name, entries }) => [name, entries])).toEqual([
        ['order.created', 2],
        ['order.paid', 1],
      ])
      expect(summary.bounds).toMatchObject([{ topic: ofTopic, below: 3n }])
    })

    it('holds, whatever is inserted again and in whatever ranges', async () => {
      const { erase, insert, readAll, log, ofTopic, records, selection } = await setUp()
      await erase()
      await insert(records)
      for (const record of records) await insert([record])

      expect((await readAll({ topics: [ofTopic] })).map(({ reading }) => reading.status)).toEqual([
        'erased',
        'ok',
        'erased',
      ])
      expect((await log.query({ topics: [ofTopic] })).entries.map(({ reading }) => reading.status)).toEqual([
        'erased',
        'ok',
        'erased',
      ])
      expect(await readAll(selection)).toEqual([])
      expect(await log.summarize(selection)).toMatchObject({ entries: 0 })
      expect((await log.summarize({ topics: [ofTopic] })).entries).toBe(3)
    })

    it('may be repeated, with the same plan and with a new one', async () => {
      const { log, selection, readAll, ofTopic } = await setUp()
      const plan = await log.planErasure(selection)
      await log.erase(plan, word)
      const before = await readAll({ topics: [ofTopic] })
      expect(await log.erase(plan, { ...word, reason: 'again' })).toMatchObject({ planned: 2, erased: 0 })
      expect(await log.planErasure(selection)).toMatchObject({ entries: 0, sample: [] })
      expect(await readAll({ topics: [ofTopic] })).toEqual(before)
    })

    it('takes what replays published again, too', async () => {
      const { insert, log, selection, erase, customer, ofTopic, offsets } = await setUp()
      const marks = replayHeaders({
        replayId: uuidV7Ids.next(),
        sequence: 0,
        mode: 'rehandle',
        of: { topic: ofTopic, partition: 0, offset: 0n },
        originalTimestampMs: 0n,
      })
      const envelope = { actor: { type: 'user', id: customer } }
      await insert(
        recordsOf(ofTopic, [{ offset: 7n, headers: marks.map(({ name, value }) => [name, value] as const), envelope }]),
      )
      expect(await log.planErasure(selection)).toMatchObject({ entries: 3 })
      await erase()
      expect(await offsets({ topics: [ofTopic], replays: 'include', statuses: ['erased'] })).toEqual([0n, 2n, 7n])
    })

    it('leaves what is logged after the plan alone', async () => {
      const { log, insert, selection, customer, ofTopic, offsets } = await setUp()
      const plan = await log.planErasure(selection)
      await insert(recordsOf(ofTopic, [{ offset: 9n, envelope: { actor: { type: 'user', id: customer } } }]))
      expect(await log.erase(plan, word)).toMatchObject({ planned: 2, erased: 2 })
      expect(await offsets(selection)).toEqual([9n])
    })

    it('shows in an inspection as what it is', async () => {
      const { log, erase, ofTopic } = await setUp()
      await erase()
      const statuses: string[] = []
      const span = { cluster: 'test-cluster', topic: ofTopic, partition: 0, from: 0n, to: 10n }
      for await (const { entry, copies } of log.inspect(span)) statuses.push(`${entry.reading.status} ${copies.length}`)
      expect(statuses).toEqual(['erased 0', 'ok 0', 'erased 0'])
    })
  })
}
