import { type AuditSelection, replayHeaders } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import type { AuditRecordInput } from '../../builders/an-audit-record.ts'
import { toHeaders } from '../../builders/headers.ts'
import { type AuditLogWorld, baseMs, eventTime, kafkaTime, recordsOf } from './audit-log-world.ts'

/** The id of the n-th event or correlation of a test. */
function idOf(number: number): string {
  return `0192a000-0000-7000-8000-${String(number).padStart(12, 'a')}`
}

/** Headers as a replay writes them. */
function replayedBy(replayId: string): NonNullable<AuditRecordInput['headers']> {
  const marks = replayHeaders({
    replayId,
    sequence: 0,
    mode: 'rehandle',
    of: { topic: 'orders', partition: 0, offset: 0n },
    originalTimestampMs: kafkaTime(0),
  })
  return marks.map(({ name, value }) => [name, value] as const)
}

/** Which entries a selection holds. */
export function selectionSentences(getWorld: () => AuditLogWorld): void {
  /** Stores records with offsets 0, 1, 2 ... and tells which of them a selection holds. */
  async function stored(
    inputs: readonly AuditRecordInput[],
  ): Promise<(selection: AuditSelection) => Promise<readonly bigint[]>> {
    const { topic, insert, offsets } = getWorld()
    const ofTopic = topic()
    await insert(recordsOf(ofTopic, inputs))
    return (selection) => offsets({ topics: [ofTopic], ...selection })
  }

  describe('selection', () => {
    it('bounds the time of the event from its first millisecond up to, not including, its last', async () => {
      const select = await stored([-1, 0, 1, 2].map((afterMs) => ({ envelope: { timestamp: eventTime(afterMs) } })))

      expect(await select({ fromMs: baseMs, toMs: baseMs + 2 })).toEqual([1n, 2n])
      expect(await select({ fromMs: baseMs + 1 })).toEqual([2n, 3n])
      expect(await select({ toMs: baseMs })).toEqual([0n])
      expect(await select({ fromMs: baseMs, toMs: baseMs })).toEqual([])
    })

    it('bounds the time of Kafka when asked to', async () => {
      const select = await stored([
        { timestampMs: kafkaTime(0), envelope: { timestamp: eventTime(5_000) } },
        { timestampMs: kafkaTime(5_000), envelope: { timestamp: eventTime(0) } },
      ])
      const range = { fromMs: baseMs, toMs: baseMs + 1 }

      expect(await select({ ...range, timeField: 'kafka' })).toEqual([0n])
      expect(await select({ ...range, timeField: 'event' })).toEqual([1n])
      expect(await select(range)).toEqual([1n])
    })

    it('takes the time of Kafka for records without an event, so that they are found where one looks for them', async () => {
      const select = await stored([
        { timestampMs: kafkaTime(0), value: null },
        { timestampMs: kafkaTime(1), value: 'not an event' },
        { timestampMs: kafkaTime(2), value: null },
      ])

      expect(await select({ fromMs: baseMs, toMs: baseMs + 2 })).toEqual([0n, 1n])
    })

    it('finds events of all years', async () => {
      const select = await stored(
        ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map((timestamp) => ({ envelope: { timestamp } })),
      )

      expect(await select({ toMs: 0 })).toEqual([0n])
      expect(await select({ fromMs: Date.UTC(9999, 0, 1) })).toEqual([1n])
    })

    it('matches names word by word: * is one word, ** any number', async () => {
      const names = ['order.created', 'order.line.added', 'orders.created', 'user.created', 'order.created.late']
      const select = await stored([...names.map((name) => ({ envelope: { name } })), { value: null }, { value: '{' }])

      expect(await select({ names: ['order.created'] })).toEqual([0n])
      expect(await select({ names: ['order.*'] })).toEqual([0n])
      expect(await select({ names: ['order.**'] })).toEqual([0n, 1n, 4n])
      expect(await select({ names: ['*.created'] })).toEqual([0n, 2n, 3n])
      expect(await select({ names: ['**.created'] })).toEqual([0n, 2n, 3n])
      expect(await select({ names: ['order.**.created.**'] })).toEqual([0n, 4n])
      expect(await select({ names: ['*.*.*', 'user.created'] })).toEqual([1n, 3n, 4n])
      expect(await select({ names: ['**'] })).toEqual([0n, 1n, 2n, 3n, 4n])
    })

    it('finds by entity, actor, organization, correlation and event id, and all conditions must hold', async () => {
      const select = await stored([
        {
          envelope: {
            eventId: idOf(1),
            correlationId: idOf(11),
            organizationId: 'acme',
            entity: { type: 'order', id: 'o-1' },
            actor: { type: 'user', id: 'u-1' },
          },
        },
        {
          envelope: {
            eventId: idOf(2),
            correlationId: idOf(12),
            organizationId: 'other',
            entity: { type: 'order', id: 'o-2' },
            actor: { type: 'service', id: 'u-1' },
          },
        },
        { value: null },
      ])

      expect(await select({ entityId: 'o-1' })).toEqual([0n])
      expect(await select({ entityType: 'order' })).toEqual([0n, 1n])
      expect(await select({ actorId: 'u-1' })).toEqual([0n, 1n])
      expect(await select({ actorId: 'u-1', actorType: 'service' })).toEqual([1n])
      expect(await select({ organizationId: 'acme' })).toEqual([0n])
      expect(await select({ correlationId: idOf(12) })).toEqual([1n])
      expect(await select({ correlationId: idOf(12).toUpperCase() })).toEqual([1n])
      expect(await select({ eventIds: [idOf(1), idOf(3)] })).toEqual([0n])
      expect(await select({ entityId: 'o-1', organizationId: 'other' })).toEqual([])
      expect(await select({ correlationId: 'no UUID' })).toEqual([])
    })

    it('takes texts as they are: what looks like a pattern or like SQL is none', async () => {
      const odd = `o'1\\ "%_*; --\n\u0000é`
      const select = await stored([{ envelope: { entity: { type: 'order', id: odd } } }, {}])

      expect(await select({ entityId: odd })).toEqual([0n])
      expect(await select({ entityId: '%' })).toEqual([])
      expect(await select({ organizationId: "' OR 1=1 --" })).toEqual([])
    })

    it('finds by topic', async () => {
      const { topic, insert, offsets } = getWorld()
      const [one, other, third] = [topic(), topic(), topic()]
      await insert(recordsOf(one, [{}]))
      await insert(recordsOf(other, [{ offset: 1n }]))
      await insert(recordsOf(third, [{ offset: 2n }]))

      expect(await offsets({ topics: [one] })).toEqual([0n])
      expect(await offsets({ topics: [one, other] })).toEqual([0n, 1n])
    })

    it('finds by how the value was read', async () => {
      const select = await stored([{}, { value: null }, { value: '{' }])

      expect(await select({})).toEqual([0n, 1n, 2n])
      expect(await select({ statuses: ['ok'] })).toEqual([0n])
      expect(await select({ statuses: ['tombstone', 'undecodable'] })).toEqual([1n, 2n])
    })

    it('selects nothing by an empty list', async () => {
      const select = await stored([{}])

      for (const field of ['names', 'topics', 'eventIds', 'statuses', 'below'] as const) {
        expect(await select({ [field]: [] })).toEqual([])
      }
    })

    it('leaves records that a replay published out, unless they are asked for', async () => {
      const forged = toHeaders({ 'lb-replay-id': 'r-1' }).map(({ name, value }) => [name, value] as const)
      const select = await stored([
        {},
        { headers: replayedBy('r-1') },
        { headers: replayedBy('r-2') },
        // A mark that we did not write does not count: it could hide a record.
        { headers: forged },
      ])

      expect(await select({})).toEqual([0n, 3n])
      expect(await select({ replays: 'exclude' })).toEqual([0n, 3n])
      expect(await select({ replays: 'include' })).toEqual([0n, 1n, 2n, 3n])
      expect(await select({ replays: 'only' })).toEqual([1n, 2n])
      expect(await select({ replays: { id: 'r-2' } })).toEqual([2n])
    })

    it('names the replay of an entry', async () => {
      const { topic, insert, readAll } = getWorld()
      const ofTopic = topic()
      await insert(recordsOf(ofTopic, [{}, { headers: replayedBy('r-1') }]))

      const entries = await readAll({ topics: [ofTopic], replays: 'include' })

      expect(entries.map(({ replayId }) => replayId)).toEqual([undefined, 'r-1'])
      expect(entries[0]).not.toHaveProperty('replayId')
    })

    it('is frozen by bounds: only offsets below them, and no partition without one', async () => {
      const { topic, insert, readAll } = getWorld()
      const [one, other] = [topic(), topic()]
      await insert([
        ...recordsOf(one, [{}, {}, {}]),
        ...recordsOf(one, [{ partition: 1 }, { partition: 1 }]),
        ...recordsOf(other, [{}]),
        ...recordsOf(one, [{ cluster: 'another' }]),
      ])
      const cluster = 'test-cluster'

      const entries = await readAll({
        topics: [one, other],
        below: [
          { cluster, topic: one, partition: 0, below: 2n },
          { cluster, topic: one, partition: 1, below: 0n },
          { cluster, topic: other, partition: 0, below: 9_007_199_254_740_993n },
        ],
      })

      const places = entries.map(
        ({ record }) => `${record.cluster} ${record.topic} ${record.partition} ${record.offset}`,
      )
      expect(places.toSorted()).toEqual(
        [`${cluster} ${one} 0 0`, `${cluster} ${one} 0 1`, `${cluster} ${other} 0 0`].toSorted(),
      )
    })

    it('takes stretches of partitions, any of them, and of each as much as lies in one', async () => {
      const { topic, insert, readAll, log } = getWorld()
      const [one, other] = [topic(), topic()]
      await insert([
        ...recordsOf(
          one,
          Array.from({ length: 10 }, () => ({})),
        ),
        ...recordsOf(
          one,
          Array.from({ length: 4 }, () => ({ partition: 1 })),
        ),
        ...recordsOf(other, [{}, {}]),
      ])
      const places = async (ranges: NonNullable<AuditSelection['ranges']>): Promise<readonly string[]> => {
        const entries = await readAll({ topics: [one, other], ranges })
        expect((await log.summarize({ topics: [one, other], ranges })).entries).toBe(entries.length)
        expect((await log.stats({ topics: [one, other], ranges })).entries).toBe(entries.length)
        return entries
          .map(({ record }) => `${record.topic === one ? 'one' : 'other'} ${record.partition} ${record.offset}`)
          .toSorted()
      }

      expect(
        await places([
          { topic: one, partition: 0, from: 1n, below: 3n },
          { topic: one, partition: 0, from: 2n, below: 4n },
          { topic: one, partition: 0, from: 8n },
          { topic: one, partition: 1, below: 2n },
          { topic: other, partition: 0, from: 1n, below: 2n ** 63n },
          { topic: other, partition: 7 },
        ]),
      ).toEqual(['one 0 1', 'one 0 2', 'one 0 3', 'one 0 8', 'one 0 9', 'one 1 0', 'one 1 1', 'other 0 1'])
      expect(await places([{ topic: one, partition: 1 }])).toHaveLength(4)
      expect(await places([])).toEqual([])
    })

    it('takes thousands of stretches', async () => {
      const { topic, insert, offsets } = getWorld()
      const ofTopic = topic()
      await insert(
        recordsOf(
          ofTopic,
          Array.from({ length: 200 }, () => ({})),
        ),
      )
      const every = (step: number, count: number): NonNullable<AuditSelection['ranges']> =>
        Array.from({ length: count }, (_, index) => {
          const from = BigInt(index * step)
          return { topic: ofTopic, partition: 0, from, below: from + 1n }
        })
      const inThree = Array.from({ length: 67 }, (_, index) => BigInt(index * 3))

      expect(await offsets({ ranges: every(3, 9_000) })).toEqual(inThree)
      expect(await offsets({ ranges: every(3, 50) })).toEqual(inThree.slice(0, 50))
      const ofMany = Array.from({ length: 5_000 }, (_, partition) => ({ topic: ofTopic, partition, from: 198n }))
      expect(await offsets({ ranges: ofMany })).toEqual([198n, 199n])
    })

    it('leaves the named events out, and keeps entries without one', async () => {
      const select = await stored([
        { envelope: { eventId: idOf(21) } },
        { envelope: { eventId: idOf(22) } },
        { value: null },
        { value: '{' },
      ])

      expect(await select({ excludedEventIds: [idOf(21).toUpperCase()] })).toEqual([1n, 2n, 3n])
      expect(await select({ excludedEventIds: [idOf(21), idOf(22), 'no id', idOf(23)] })).toEqual([2n, 3n])
      expect(await select({ excludedEventIds: [] })).toEqual([0n, 1n, 2n, 3n])
      expect(await select({ eventIds: [idOf(21), idOf(22)], excludedEventIds: [idOf(22)] })).toEqual([0n])
    })

    it('leaves out what a redrive published only when asked to', async () => {
      const select = await stored([
        {},
        { headers: { 'lb-redrive-id': 'r-1' } },
        { headers: { 'x-other': 'lb-redrive-id' } },
        { headers: { 'lb-redrive-count': '1', 'lb-redrive-id': null }, value: null },
      ])

      expect(await select({})).toEqual([0n, 1n, 2n, 3n])
      expect(await select({ redrives: 'include' })).toEqual([0n, 1n, 2n, 3n])
      expect(await select({ redrives: 'exclude' })).toEqual([0n, 2n])
    })

    it('is refused where it cannot be meant: an empty text, a time that is none, a malformed pattern', async () => {
      const { log } = getWorld()
      const wrong: readonly AuditSelection[] = [
        { entityId: '' },
        { organizationId: '' },
        { replays: { id: '' } },
        { fromMs: Number.NaN },
        { toMs: Number.POSITIVE_INFINITY },
        { names: ['order.*', 'order.cre*'] },
        { ranges: [{ topic: 'orders', partition: 0, from: -1n }] },
        { ranges: [{ topic: 'orders', partition: 0, from: 5n, below: 5n }] },
        { ranges: [{ topic: 'orders', partition: 0, below: 0n }] },
        { ranges: [{ topic: 'orders', partition: -1 }] },
        { ranges: [{ topic: '', partition: 0 }] },
      ]

      for (const selection of wrong) {
        const refusal = { code: 'AUDIT_SELECTION_INVALID', retriable: false }
        await expect(log.query(selection)).rejects.toMatchObject(refusal)
        await expect(log.summarize(selection)).rejects.toMatchObject(refusal)
        await expect(log.read(selection)[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal)
      }
    })
  })
}
