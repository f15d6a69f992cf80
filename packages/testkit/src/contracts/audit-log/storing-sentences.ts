import type { AuditPartition, AuditRecord, ConsumerRecord, NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { anAuditRange } from '../../builders/an-audit-range.ts'
import { anAuditRecord } from '../../builders/an-audit-record.ts'
import { type AuditLogWorld, kafkaTime, recordsOf } from './audit-log-world.ts'

/** What an insert promises. */
export function storingSentences(getWorld: () => AuditLogWorld): void {
  describe('storing', () => {
    it('leaves the log as it was when the same range comes again', async () => {
      const { log, topic, offsets } = getWorld()
      const ofTopic = topic()
      const range = anAuditRange(log, { records: recordsOf(ofTopic, [{}, {}, {}]) })

      for (let time = 0; time < 3; time += 1) expect(await log.insert(range)).toEqual({ kind: 'ok' })

      expect(await offsets({ topics: [ofTopic] })).toEqual([0n, 1n, 2n])
      expect(await log.summarize({ topics: [ofTopic] })).toMatchObject({ entries: 3 })
    })

    it('gives each record once also when ranges overlap', async () => {
      const { log, topic, offsets } = getWorld()
      const ofTopic = topic()
      const records = recordsOf(ofTopic, [{}, {}, {}, {}])

      await log.insert(anAuditRange(log, { records: records.slice(0, 3) }))
      await log.insert(anAuditRange(log, { records: records.slice(1) }))
      await log.insert(anAuditRange(log, { records }))

      expect(await offsets({ topics: [ofTopic] })).toEqual([0n, 1n, 2n, 3n])
      expect((await log.query({ topics: [ofTopic] })).entries).toHaveLength(4)
      expect(await log.summarize({ topics: [ofTopic] })).toMatchObject({ entries: 4 })
    })

    it('takes a range with holes, as compaction and transactions leave them', async () => {
      const { log, topic, offsets } = getWorld()
      const ofTopic = topic()
      const records = [2n, 5n, 9n].map((offset) => anAuditRecord({ topic: ofTopic, offset }))

      expect(await log.insert(anAuditRange(log, { records, first: 0n, next: 20n }))).toEqual({ kind: 'ok' })

      expect(await offsets({ topics: [ofTopic] })).toEqual([2n, 5n, 9n])
    })

    it('keeps the records of a recreated topic beside the old ones: the offset is the same, the time is not', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      await insert([anAuditRecord({ topic: ofTopic, value: 'old', timestampMs: kafkaTime(0) })])
      await insert([anAuditRecord({ topic: ofTopic, value: 'new', timestampMs: kafkaTime(1) })])

      const entries = await readAll({ topics: [ofTopic] })

      expect(entries.map(({ record }) => [record.offset, record.timestampMs])).toEqual([
        [0n, kafkaTime(0)],
        [0n, kafkaTime(1)],
      ])
    })

    it('tells clusters and partitions apart', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      const places = [
        { cluster: 'one', partition: 0 },
        { cluster: 'one', partition: 1 },
        { cluster: 'two', partition: 0 },
      ]

      await insert(places.map((place) => anAuditRecord({ topic: ofTopic, ...place })))

      const entries = await readAll({ topics: [ofTopic] })
      expect(entries.map(({ record: { cluster, partition } }) => ({ cluster, partition }))).toEqual(places)
    })

    it('gives back every byte of key, value and headers, and offsets beyond 2^53', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      const offset = 9_007_199_254_740_993n
      const records = recordsOf(ofTopic, [
        { key: null, headers: { 'lb-b': 'ü', 'lb-a': null, empty: '' } },
        {
          offset: offset,
          key: Uint8Array.of(0, 0xff, 0xfe),
          headers: [
            ['twice', '1'],
            ['between', Uint8Array.of(0xff)],
            ['twice', '2'],
          ],
        },
        { offset: offset + 2n, key: '', value: Uint8Array.of(0xff, 0x00, 0xc3, 0x28) },
        { offset: offset + 4n, value: '' },
      ])

      await insert(records)

      const entries = await readAll({ topics: [ofTopic] })
      expect(entries.map(({ record }) => record)).toEqual(records.map(({ record }) => record))
    })

    it('keeps what was read with the record: the event, a tombstone, or why it could not be decoded', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      const records = recordsOf(ofTopic, [
        { envelope: { metrics: { processingTimeMs: 12.5, customMetrics: { seats: 3 } }, organizationId: 'acme' } },
        { value: null },
        { value: '{ "no": "event" }', reading: { status: 'undecodable', problem: 'event_id is missing; ünïcode' } },
      ])

      await insert(records)

      const entries = await readAll({ topics: [ofTopic] })
      expect(entries.map(({ reading }) => reading)).toEqual(records.map(({ reading }) => reading))
      expect(entries.map(({ record }) => record.value)).toEqual(records.map(({ record }) => record.value))
    })

    it('keeps the JSON of a value that is not JSON itself', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      const plain = anAuditRecord()
      const decoded = new TextDecoder().decode(plain.record.value ?? new Uint8Array())
      const framed = Uint8Array.of(0, 0, 0, 0, 7, ...(plain.record.value ?? []))
      const envelope = plain.reading.status === 'ok' ? plain.reading.envelope : undefined
      expect(envelope).toBeDefined()
      if (envelope === undefined) return
      const reading = { status: 'ok', envelope, format: 'confluent-json', decoded } as const

      await insert([anAuditRecord({ topic: ofTopic, value: framed, reading })])

      const [entry] = await readAll({ topics: [ofTopic] })
      expect(entry?.reading).toEqual(reading)
      expect(entry?.record.value).toEqual(framed)
    })

    it('keeps records whose Kafka time is absurd: producers set it as they like', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      const records = recordsOf(ofTopic, [
        { timestampMs: 0n },
        { timestampMs: kafkaTime(0) },
        { timestampMs: 9_999_999_999_999n },
      ])

      await insert(records)

      const entries = await readAll({ topics: [ofTopic] })
      expect(entries.map(({ record }) => record)).toEqual(records.map(({ record }) => record))
    })

    it('says when a record was stored', async () => {
      const { insert, readAll, topic } = getWorld()
      const ofTopic = topic()
      await insert([anAuditRecord({ topic: ofTopic })])

      const [entry] = await readAll({ topics: [ofTopic] })

      expect(entry?.ingestedAtMs).toBeGreaterThan(0)
    })

    it('refuses a range that is none, and stores nothing of it', async () => {
      const { log, topic, offsets } = getWorld()
      const ofTopic = topic()
      const [first, second] = recordsOf(ofTopic, [{}, {}])
      if (first === undefined || second === undefined) throw new Error('two records were asked for')

      const outcomes = [
        await log.insert({ ...anAuditRange(log, { records: [first] }), block: log.createBlock(first.record) }),
        await log.insert(anAuditRange(log, { records: [first, second], first: 1n })),
        await log.insert(anAuditRange(log, { records: [first, second], next: 1n })),
      ]

      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'AUDIT_RANGE_INVALID', retriable: false } })
      }
      expect(await offsets({ topics: [ofTopic] })).toEqual([])
    })

    it('lets no record into a block that is of another partition, or does not come behind the last', async () => {
      const { log, topic, offsets } = getWorld()
      const ofTopic = topic()
      const [first, second] = recordsOf(ofTopic, [{}, {}])
      if (first === undefined || second === undefined) throw new Error('two records were asked for')
      const block = log.createBlock(first.record)
      block.add(second.record, second.reading)

      for (const other of [first, second, anAuditRecord({ topic: ofTopic, partition: 1, offset: 2n })]) {
        expect(() => {
          block.add(other.record)
        }).toThrow(expect.objectContaining({ code: 'AUDIT_RANGE_INVALID' }))
      }

      expect(await log.insert({ first: 0n, next: 2n as NextOffset, block })).toEqual({ kind: 'ok' })
      expect(await offsets({ topics: [ofTopic] })).toEqual([1n])
    })

    it('reads the values of a block by itself, and counts what they are', async () => {
      const { log, topic, readAll } = getWorld()
      const ofTopic = topic()
      const records = recordsOf(ofTopic, [{}, { value: null }, { value: 'no event' }, {}])
      const block = log.createBlock(records[0]?.record as ConsumerRecord)
      for (const { record } of records) block.add(record)

      expect(block).toMatchObject({ records: 4, topic: ofTopic, partition: 0 })
      expect(block.bytes).toBeGreaterThan(0)
      expect(block.offsetAt(3)).toBe(3n)
      expect(block.tally()).toEqual({ tombstones: 1, undecodable: 1 })
      expect(block.part(1, 2).tally()).toEqual({ tombstones: 1, undecodable: 0 })
      expect(await log.insert({ first: 0n, next: 4n as NextOffset, block })).toEqual({ kind: 'ok' })

      const entries = await readAll({ topics: [ofTopic] })
      expect(entries.map(({ reading }) => reading)).toEqual(records.map(({ reading }) => reading))
    })

    it('stores a part of a block as a range of its own', async () => {
      const { log, topic, offsets } = getWorld()
      const ofTopic = topic()
      const { block } = anAuditRange(log, { records: recordsOf(ofTopic, [{}, {}, {}, {}]) })

      expect(await log.insert({ first: 1n, next: 3n as NextOffset, block: block.part(1, 3) })).toEqual({ kind: 'ok' })
      expect(await offsets({ topics: [ofTopic] })).toEqual([1n, 2n])
      expect(await log.insert({ first: 0n, next: 4n as NextOffset, block })).toEqual({ kind: 'ok' })
      expect(await offsets({ topics: [ofTopic] })).toEqual([0n, 1n, 2n, 3n])
    })
  })

  describe('what stands', () => {
    const times = { fromMs: kafkaTime(-1_000), toMs: kafkaTime(1_000) }

    it('is told by coordinates, with the digest of a block of the same records', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      const records = recordsOf(ofTopic, [{}, {}, { value: null }, {}])
      await insert(records.slice(1))
      await insert(records.slice(2))
      const { record: owner } = records[0] as AuditRecord
      const { block } = anAuditRange(log, { records: records.slice(1, 3) })

      for (const between of [{}, { times }]) {
        const standing = await log.standing({ ...placeOf(owner), first: 0n, next: 3n, ...between })
        expect(standing).toMatchObject({ records: 2, digest: block.digest })
        expect(records.map(({ record }) => standing.has(record))).toEqual([false, true, true, false])
        expect(standing.has({ offset: 1n, timestampMs: owner.timestampMs + 1n })).toBe(false)
      }
      expect(await log.lastStanding(placeOf(owner))).toBe(3n)
    })

    it('is nothing in a partition without entries', async () => {
      const { log, topic } = getWorld()
      const nobody = { cluster: 'test-cluster', topic: topic(), partition: 0 }

      expect(await log.standing({ ...nobody, first: 0n, next: 10n, times })).toMatchObject({ records: 0, digest: 0 })
      expect(await log.lastStanding(nobody)).toBeUndefined()
    })

    it('has a digest that every version computes alike: it stands in commits', () => {
      const { log } = getWorld()
      const record = anAuditRecord({ offset: 7n, timestampMs: 1_769_860_800_000n })
      const { block } = anAuditRange(log, { records: [record] })

      expect(block.digest).toBe(505_920_705)
    })
  })
}

function placeOf({ cluster, topic, partition }: ConsumerRecord): AuditPartition {
  return { cluster, topic, partition }
}
