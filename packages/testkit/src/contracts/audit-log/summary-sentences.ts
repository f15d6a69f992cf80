import { describe, expect, it } from 'vitest'
import { type AuditLogWorld, baseMs, eventTime, kafkaTime, recordsOf } from './audit-log-world.ts'

const dayMs = 86_400_000

/** What a selection holds, in figures. */
export function summarySentences(getWorld: () => AuditLogWorld): void {
  describe('summary', () => {
    it('counts entries by name, version, topic, day and status, with first and last time and the bounds', async () => {
      const { log, topic, insert } = getWorld()
      const [one, other] = [topic(), topic()].toSorted() as [string, string]
      await insert([
        ...recordsOf(one, [
          { envelope: { name: 'order.created', version: 1, timestamp: eventTime(0) } },
          { envelope: { name: 'order.created', version: 2, timestamp: eventTime(dayMs) } },
          { envelope: { name: 'order.paid', version: 1, timestamp: eventTime(dayMs + 1) } },
          { offset: 9n, value: null, timestampMs: kafkaTime(-dayMs) },
        ]),
        ...recordsOf(one, [{ partition: 3, offset: 41n, value: 'no event', timestampMs: kafkaTime(0) }]),
        ...recordsOf(other, [{ envelope: { name: 'order.created', version: 1, timestamp: eventTime(0) } }]),
      ])

      const summary = await log.summarize({ topics: [one, other] })

      const cluster = 'test-cluster'
      expect(summary).toMatchObject({
        entries: 6,
        byName: [
          { name: 'order.created', version: 1, entries: 2 },
          { name: 'order.created', version: 2, entries: 1 },
          { name: 'order.paid', version: 1, entries: 1 },
        ],
        byTopic: [
          { topic: one, entries: 5 },
          { topic: other, entries: 1 },
        ],
        byDay: [
          { day: '2026-01-30', entries: 1 },
          { day: '2026-01-31', entries: 3 },
          { day: '2026-02-01', entries: 2 },
        ],
        byStatus: [
          { status: 'ok', entries: 4 },
          { status: 'tombstone', entries: 1 },
          { status: 'undecodable', entries: 1 },
        ],
        firstMs: baseMs - dayMs,
        lastMs: baseMs + dayMs + 1,
        bounds: [
          { cluster, topic: one, partition: 0, below: 10n },
          { cluster, topic: one, partition: 3, below: 42n },
          { cluster, topic: other, partition: 0, below: 1n },
        ],
      })
    })

    it('adds up the bytes of keys and values, and counts keys once a topic; who has no key counts for none', async () => {
      const { log, topic, insert } = getWorld()
      const [one, other] = [topic(), topic()]
      await insert([
        ...recordsOf(one, [
          { key: 'k', value: '12' },
          { key: 'k', value: null },
          { key: 'long key', value: '' },
          { key: null, value: '1' },
          { key: '', value: '1' },
        ]),
        ...recordsOf(other, [{ key: 'k', value: '1' }]),
      ])

      expect(await log.summarize({ topics: [one] })).toMatchObject({ bytes: 14, keys: 3 })
      expect(await log.summarize({ topics: [one, other] })).toMatchObject({ bytes: 16, keys: 4 })
    })

    it('of nothing is empty, without first and last', async () => {
      const { log, topic } = getWorld()

      expect(await log.summarize({ topics: [topic()] })).toEqual({
        entries: 0,
        bytes: 0,
        keys: 0,
        byName: [],
        byTopic: [],
        byDay: [],
        byStatus: [],
        bounds: [],
      })
    })

    it('agrees with what is read: its bounds freeze the selection while the log grows', async () => {
      const { log, topic, insert, offsets } = getWorld()
      const ofTopic = topic()
      await insert(recordsOf(ofTopic, [{}, {}, { envelope: { name: 'order.paid' } }, {}]))
      const selection = { topics: [ofTopic], names: ['order.created'] }
      const { bounds, entries } = await log.summarize(selection)

      await insert(recordsOf(ofTopic, [{ offset: 4n }, { offset: 5n }]))

      const frozen = await offsets({ ...selection, below: bounds })
      expect(frozen).toEqual([0n, 1n, 3n])
      expect(frozen).toHaveLength(entries)
    })
  })
}
