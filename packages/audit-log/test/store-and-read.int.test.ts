import { randomUUID } from 'node:crypto'
import type { AuditEntry, AuditOrder, AuditRecord, AuditSelection, NextOffset } from '@ledgerbus/core'
import { matchesPattern, parseEventPattern, replayHeaders } from '@ledgerbus/core'
import { anEnvelope, builderTimeMs } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAuditRecord, anUndecodable, rangeOf } from './support/a-range.ts'
import { hostileRecords } from './support/hostile-records.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

let own: OwnLog
beforeAll(async () => {
  own = await createOwnLog()
})
afterAll(() => own.log.close())

const newTopic = (): string => `orders-${randomUUID()}`

async function readAll(selection: AuditSelection, order: AuditOrder = 'oldest'): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of own.log.read(selection, { order })) entries.push(entry)
  return entries
}

async function pageThrough(selection: AuditSelection, order: AuditOrder, limit: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  let cursor: string | undefined
  do {
    const page = await own.log.query(selection, { order, limit, ...(cursor !== undefined && { cursor }) })
    entries.push(...page.entries)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return entries
}

const offsetsOf = (entries: readonly AuditEntry[]): number[] => entries.map(({ record }) => Number(record.offset))
const copiesIn = (topic: string): Promise<string> =>
  own.ask(`SELECT count() FROM ${own.prefix}_entries WHERE kafka_topic = '${topic}'`)

/** Some records of a topic at consecutive offsets, a second apart. */
function series(
  topic: string,
  count: number,
  input: { first?: number; partition?: number; startMs?: bigint } = {},
): AuditRecord[] {
  const { first = 0, partition = 0, startMs = builderTimeMs } = input
  return Array.from({ length: count }, (_, index) =>
    anAuditRecord({
      topic,
      partition,
      offset: BigInt(first + index),
      timestampMs: startMs + BigInt((first + index) * 1_000),
    }),
  )
}

describe('what is stored', () => {
  it('comes back byte for byte, whatever it is', async () => {
    const topic = newTopic()
    const items = hostileRecords({ topic, timestampMs: builderTimeMs })
    expect(await own.log.insert(rangeOf(items))).toEqual({ kind: 'ok' })

    const entries = await readAll({ topics: [topic] })

    expect(entries.map(({ record }) => record)).toEqual(items.map(({ record }) => record))
    expect(entries.map(({ reading }) => reading)).toEqual(items.map(({ reading }) => reading))
  })

  it('comes back at whatever time Kafka says, also where that cannot stand among the events', async () => {
    const topic = newTopic()
    const times = [-(2n ** 63n), -62_135_596_800_000n, -1n, 0n, builderTimeMs, 253_402_300_799_999n, 2n ** 63n - 1n]
    const items = times.map((timestampMs, index) => anAuditRecord({ topic, offset: BigInt(index), timestampMs }))
    expect(await own.log.insert(rangeOf(items))).toEqual({ kind: 'ok' })

    for (const order of ['oldest', 'partition'] as const) {
      expect((await readAll({ topics: [topic] }, order)).map(({ record }) => record.timestampMs)).toEqual(times)
    }
    expect(offsetsOf(await pageThrough({ topics: [topic] }, 'newest', 2))).toEqual([6, 5, 4, 3, 2, 1, 0])
    expect(await own.ask(`SELECT count() FROM ${own.prefix}_quarantine WHERE kafka_topic = '${topic}'`)).toBe('6')
    expect(await own.log.summarize({ topics: [topic] })).toMatchObject({ entries: 7, bounds: [{ below: 7n }] })
  })

  it('comes back when it is too large for the events', async () => {
    const topic = newTopic()
    const value = Buffer.alloc(9 * 1024 * 1024, 'large ')
    const items = [
      anAuditRecord({ topic, offset: 0n }),
      anUndecodable({ topic, offset: 1n, value }),
      anAuditRecord({ topic, offset: 2n }),
    ]
    expect(await own.log.insert(rangeOf(items))).toEqual({ kind: 'ok' })

    const entries = await readAll({ topics: [topic] })

    expect(offsetsOf(entries)).toEqual([0, 1, 2])
    expect(Buffer.compare(entries[1]?.record.value ?? Buffer.alloc(0), value)).toBe(0)
  })

  it('has its envelope’s fields in columns of their own', async () => {
    const topic = newTopic()
    const envelope = anEnvelope({
      eventId: randomUUID(),
      causationId: randomUUID(),
      organizationId: 'acme',
      metrics: { processingTimeMs: 1.5, customMetrics: { rows: 3 } },
    })
    const item = anAuditRecord({ topic })
    await own.log.insert(rangeOf([{ ...item, reading: { status: 'ok', envelope, format: 'json' } }]))
    const row = await own.ask(
      `SELECT event_id, event_name, event_version, causation_id, timestamp, organization_id, entity_id, actor_id, processing_time_ms, custom_metrics['rows'], payload FROM ${own.prefix}_events WHERE kafka_topic = '${topic}' FORMAT CSV`,
    )
    expect(row).toBe(
      `"${envelope.eventId}","order.created",1,"${envelope.causationId}","2026-01-31 12:00:00.000","acme","o-1","u-1",1.5,3,"{""after"":{""total"":100}}"`,
    )
  })
})

describe('a range stored again', () => {
  it('leaves one row of each record', async () => {
    const topic = newTopic()
    const range = rangeOf(series(topic, 50))
    for (let time = 0; time < 3; time += 1) expect(await own.log.insert(range)).toEqual({ kind: 'ok' })
    expect(await copiesIn(topic)).toBe('50')
  })

  it('leaves one row of each record when eight do it at once', async () => {
    const topic = newTopic()
    const range = rangeOf(series(topic, 50))
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => own.log.insert(range)))
    expect(outcomes).toEqual(Array.from({ length: 8 }, () => ({ kind: 'ok' })))
    expect(await copiesIn(topic)).toBe('50')
  })

  it('leaves one row of each record where it spans months and the quarantine', async () => {
    const topic = newTopic()
    const month = 31n * 86_400_000n
    const items = [-1n, builderTimeMs - month, builderTimeMs, builderTimeMs - 4_000n * 86_400_000n].map(
      (timestampMs, index) => anAuditRecord({ topic, offset: BigInt(index), timestampMs }),
    )
    for (let time = 0; time < 2; time += 1) expect(await own.log.insert(rangeOf(items))).toEqual({ kind: 'ok' })
    expect(await copiesIn(topic)).toBe('4')
  })

  it('in other pieces leaves copies that no question shows', async () => {
    const topic = newTopic()
    const items = series(topic, 30)
    await own.log.insert(rangeOf(items))
    await own.log.insert(rangeOf(items.slice(0, 20)))
    await own.log.insert(rangeOf(items.slice(10)))
    const expected = items.map(({ record }) => Number(record.offset))

    expect(Number(await copiesIn(topic))).toBeGreaterThan(30)
    for (const order of ['oldest', 'partition'] as const)
      expect(offsetsOf(await readAll({ topics: [topic] }, order))).toEqual(expected)
    for (const limit of [1, 7, 100]) {
      expect(offsetsOf(await pageThrough({ topics: [topic] }, 'newest', limit))).toEqual([...expected].reverse())
    }
    expect(await own.log.summarize({ topics: [topic] })).toMatchObject({ entries: 30, byDay: [{ entries: 30 }] })
  })

  it('counts once where one try put it among the events and another into quarantine', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(series(topic, 3)))
    await own.ask(
      `INSERT INTO ${own.prefix}_quarantine SELECT * FROM ${own.prefix}_events WHERE kafka_topic = '${topic}' AND kafka_offset < 2`,
    )

    expect(await copiesIn(topic)).toBe('5')
    expect(offsetsOf(await readAll({ topics: [topic] }))).toEqual([0, 1, 2])
    expect(await own.log.summarize({ topics: [topic] })).toMatchObject({ entries: 3 })
  })

  it('stands beside the records of a topic made again, whose offsets are the same', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(series(topic, 3)))
    expect(await own.log.insert(rangeOf(series(topic, 3, { startMs: builderTimeMs + 1n })))).toEqual({ kind: 'ok' })
    expect(offsetsOf(await readAll({ topics: [topic] }))).toEqual([0, 0, 1, 1, 2, 2])
    expect(offsetsOf(await readAll({ topics: [topic] }, 'partition'))).toEqual([0, 0, 1, 1, 2, 2])
  })
})

describe('questions', () => {
  it('find entries by each of their conditions, and by all of them together', async () => {
    const [organizationId, correlationId, eventId] = [randomUUID(), randomUUID(), randomUUID()]
    const topic = newTopic()
    const envelopes = [
      anEnvelope({ eventId, organizationId, correlationId, timestamp: '2026-01-10T00:00:00.000Z' }),
      anEnvelope({
        organizationId,
        name: 'user.signed_up',
        actor: { type: 'system', id: "o'1" },
        timestamp: '2026-01-20T00:00:00.000Z',
      }),
      anEnvelope({ organizationId, entity: { type: 'order', id: 'o-2' }, timestamp: '2026-01-20T00:00:00.000Z' }),
    ]
    const items = envelopes.map((envelope, index): AuditRecord => {
      const { record } = anAuditRecord({ topic, offset: BigInt(index) })
      return { record, reading: { status: 'ok', envelope, format: 'json' } }
    })
    items.push(anUndecodable({ topic, offset: 3n }), {
      ...anUndecodable({ topic, offset: 4n, value: null }),
      reading: { status: 'tombstone' },
    })
    await own.log.insert(rangeOf(items))
    const at = (day: number): number => Date.UTC(2026, 0, day)

    const expected: readonly (readonly [AuditSelection, readonly number[]])[] = [
      [{ organizationId }, [0, 1, 2]],
      [{ organizationId, names: ['order.*'] }, [0, 2]],
      [{ organizationId, names: ['user.signed_up', 'none.such'] }, [1]],
      [{ organizationId, entityType: 'order', entityId: 'o-2' }, [2]],
      [{ topics: [topic], actorType: 'system', actorId: "o'1" }, [1]],
      [{ correlationId }, [0]],
      [{ correlationId: correlationId.toUpperCase() }, [0]],
      [{ eventIds: [eventId, randomUUID(), 'no uuid'] }, [0]],
      [{ topics: [topic], statuses: ['undecodable', 'tombstone'] }, [3, 4]],
      [{ topics: [topic], statuses: ['ok'] }, [0, 1, 2]],
      [{ organizationId, fromMs: at(20) }, [1, 2]],
      [{ organizationId, toMs: at(20) }, [0]],
      [{ organizationId, fromMs: at(10), toMs: at(10) }, []],
      [{ topics: [topic], timeField: 'kafka', fromMs: Number(builderTimeMs) }, [0, 1, 2, 3, 4]],
      [{ topics: [topic], timeField: 'kafka', toMs: Number(builderTimeMs) }, []],
      [{ topics: [topic], fromMs: -8.64e15, toMs: 8.64e15 }, [0, 1, 2, 3, 4]],
      [{ topics: [] }, []],
      [{ topics: [topic], below: [{ cluster: 'test-cluster', topic, partition: 0, below: 2n }] }, [0, 1]],
      [{ topics: [topic], below: [{ cluster: 'other', topic, partition: 0, below: 2n }] }, []],
      [{ topics: [topic], below: [{ cluster: 'test-cluster', topic, partition: 1, below: 2n }] }, []],
    ]
    for (const [selection, offsets] of expected) {
      expect([selection, offsetsOf(await readAll(selection))]).toEqual([selection, offsets])
    }
  })

  it('match names as core does', async () => {
    const topic = newTopic()
    const words = ['a', 'b', 'ab']
    const names = words.flatMap((one) =>
      words.flatMap((two) => [`${one}.${two}`, ...words.map((three) => `${one}.${two}.${three}`)]),
    )
    const items = names.map((name, index): AuditRecord => {
      const { record } = anAuditRecord({ topic, offset: BigInt(index) })
      return { record, reading: { status: 'ok', envelope: anEnvelope({ name }), format: 'json' } }
    })
    await own.log.insert(rangeOf(items))
    const segment = fc.constantFrom('a', 'b', 'ab', '*', '**')
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { minLength: 2, maxLength: 4 }), async (segments) => {
        const pattern = parseEventPattern(segments.join('.'))
        const page = await own.log.query({ topics: [topic], names: [pattern.text] }, { limit: 1_000, order: 'oldest' })
        const expected = names.flatMap((name, index) => (matchesPattern(pattern, name) ? [index] : []))
        expect(offsetsOf(page.entries)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  it('leave replayed records out unless they are asked for', async () => {
    const topic = newTopic()
    const marks = (replayId: string) =>
      replayHeaders({
        replayId,
        sequence: 0,
        mode: 'rehandle',
        of: { topic, partition: 0, offset: 0n },
        originalTimestampMs: 1n,
      })
    const [first, second, third] = series(topic, 3)
    const items = [
      first,
      { ...second, record: { ...second?.record, headers: marks('run-1') } },
      { ...third, record: { ...third?.record, headers: marks('run-2') } },
    ]
    await own.log.insert(rangeOf(items as AuditRecord[]))
    const found = async (replays?: AuditSelection['replays']): Promise<number[]> =>
      offsetsOf(await readAll({ topics: [topic], ...(replays !== undefined && { replays }) }))

    expect(await found()).toEqual([0])
    expect(await found('include')).toEqual([0, 1, 2])
    expect(await found('only')).toEqual([1, 2])
    expect(await found({ id: 'run-2' })).toEqual([2])
    expect((await readAll({ topics: [topic], replays: 'only' }))[0]).toMatchObject({ replayId: 'run-1' })
  })

  it('take thousands of ids and bounds at once', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(series(topic, 3)))
    const below = Array.from({ length: 5_000 }, (_, partition) => ({
      cluster: 'test-cluster',
      topic,
      partition,
      below: 2n,
    }))
    const eventIds = [...Array.from({ length: 9_999 }, () => randomUUID()), anEnvelope().eventId]
    expect(offsetsOf(await readAll({ topics: [topic], below, eventIds }))).toEqual([0, 1])
  })

  it('give pages that are disjoint and make up the whole, in every order, while the log grows', async () => {
    const topic = newTopic()
    for (const partition of [0, 1, 2]) await own.log.insert(rangeOf(series(topic, 20, { partition })))
    const below = [0, 1, 2].map((partition) => ({ cluster: 'test-cluster', topic, partition, below: 20n }))
    const selection: AuditSelection = { topics: [topic], below }
    for (const order of ['newest', 'oldest', 'partition'] as const) {
      const whole = await readAll(selection, order)
      expect(whole).toHaveLength(60)
      await own.log.insert(rangeOf(series(topic, 5, { partition: 1, first: 20 + 5 * whole.length })))
      for (const limit of [1, 13, 60]) expect(await pageThrough(selection, order, limit)).toEqual(whole)
    }
  })

  it('keep each key’s order in the order by partition, also where Kafka’s times run backwards', async () => {
    const topic = newTopic()
    const items = series(topic, 10).map(({ record, reading }, index) => ({
      record: { ...record, timestampMs: builderTimeMs - BigInt(index * 1_000) },
      reading,
    }))
    await own.log.insert(rangeOf(items))
    expect(offsetsOf(await readAll({ topics: [topic] }, 'partition'))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(offsetsOf(await readAll({ topics: [topic] }, 'oldest'))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  })

  it('go on behind the cursor of any entry', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(series(topic, 6)))
    for (const order of ['newest', 'oldest', 'partition'] as const) {
      const whole = await readAll({ topics: [topic] }, order)
      for (const [index, entry] of whole.entries()) {
        const rest: AuditEntry[] = []
        const cursor = own.log.cursorOf(entry, order)
        for await (const next of own.log.read({ topics: [topic] }, { order, cursor })) rest.push(next)
        expect(rest).toEqual(whole.slice(index + 1))
      }
    }
  })

  it('add up in a summary', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(series(topic, 4, { partition: 1 })))
    await own.log.insert(rangeOf([anUndecodable({ topic, offset: 9n, key: null, value: 'xyz' })]))
    const bytes = series(topic, 4).reduce(
      (sum, { record }) => sum + (record.value?.length ?? 0) + (record.key?.length ?? 0),
      3,
    )

    expect(await own.log.summarize({ topics: [topic] })).toEqual({
      entries: 5,
      bytes,
      keys: 1,
      byName: [{ name: 'order.created', version: 1, entries: 4 }],
      byTopic: [{ topic, entries: 5 }],
      byDay: [{ day: '2026-01-31', entries: 5 }],
      byStatus: [
        { status: 'ok', entries: 4 },
        { status: 'undecodable', entries: 1 },
      ],
      firstMs: Number(builderTimeMs),
      lastMs: Number(builderTimeMs),
      bounds: [
        { cluster: 'test-cluster', topic, partition: 0, below: 10n },
        { cluster: 'test-cluster', topic, partition: 1, below: 4n },
      ],
    })
    expect(await own.log.summarize({ topics: [newTopic()] })).toMatchObject({ entries: 0, keys: 0, bounds: [] })
  })

  it('end when they are aborted, and when the loop is left', async () => {
    const topic = newTopic()
    await own.log.insert(rangeOf(series(topic, 2_000)))
    for await (const entry of own.log.read({ topics: [topic] })) if (entry.record.offset === 3n) break
    const controller = new AbortController()
    const reading = (async () => {
      for await (const entry of own.log.read({ topics: [topic] }, { signal: controller.signal })) {
        if (entry.record.offset === 3n) controller.abort('enough')
      }
    })()
    await expect(reading).rejects.toBe('enough')
    await expect(own.log.query({}, { signal: controller.signal })).rejects.toBe('enough')
    await expect(own.log.summarize({}, { signal: controller.signal })).rejects.toBe('enough')
    expect(
      await own.log.insert({ ...rangeOf(series(topic, 1)), next: 1n as NextOffset }, { signal: controller.signal }),
    ).toMatchObject({
      kind: 'unknown',
    })
  })
})
