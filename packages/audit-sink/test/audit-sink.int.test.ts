import { randomUUID } from 'node:crypto'
import { encodeEnvelope, type ProducerRecord, type RecordHeader, toWireEnvelope } from '@ledgerbus/core'
import { createSchemaRegistry } from '@ledgerbus/kafka'
import { anEnvelope, aRecord, eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterEach, describe, expect, it } from 'vitest'
import { setUpSink, type SinkSetUp, startOwnClickHouse } from './support/servers.ts'

const soon = { timeoutMs: 30_000, intervalMs: 100 }
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function setUp(options?: Parameters<typeof setUpSink>[0]): Promise<SinkSetUp> {
  const made = await setUpSink(options)
  ends.push(() => made.close())
  return made
}

function events(count: number, from = 0): ProducerRecord[] {
  return Array.from({ length: count }, (_, index) =>
    aRecord({
      key: `o-${(from + index) % 97}`,
      value: encodeEnvelope(anEnvelope({ payload: { after: { number: from + index } } })),
      timestampMs: BigInt(Date.now()),
    }),
  )
}

/** What was lost or changed in other logs: values, keys and headers. */
function hostileRecords(): ProducerRecord[] {
  const event = new TextDecoder().decode(encodeEnvelope(anEnvelope()))
  const values = [
    encodeEnvelope(anEnvelope()),
    null,
    new Uint8Array(0),
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
    Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80),
    utf8(event.replace('100', '"\\ud800"')),
    utf8(event.replace('100', '1e400')),
    utf8(event.replace('100', '9007199254740993')),
    utf8(event.replace('{"total":100}', '{"__proto__":{"x":1},"a":1,"a":2,"10":0,"9":0}')),
    utf8(event.replace('2026-01-31T12', '0001-01-01T12')),
    utf8(`\u{feff}${event}`),
    utf8('['.repeat(5_000)),
    utf8('not an event'),
    Uint8Array.of(0, 0, 0, 0, 7, 2, 3),
    new Uint8Array(1_500_000).fill(120),
  ]
  const keys = [null, new Uint8Array(0), utf8('key'), Uint8Array.of(0, 255, 254)]
  const headers: readonly (readonly RecordHeader[])[] = [
    [],
    [{ name: 'a', value: null }],
    [
      { name: 'a', value: utf8('1') },
      { name: 'b', value: new Uint8Array(0) },
      { name: 'a', value: Uint8Array.of(0xff, 0) },
      { name: '10', value: utf8('x') },
      { name: '9', value: utf8('x') },
    ],
  ]
  return values.map((value, index) => ({
    key: keys[index % keys.length] ?? null,
    value,
    headers: headers[index % headers.length] ?? [],
    timestampMs: BigInt(Date.UTC(2026, 0, 1) + index),
  }))
}

describe('the audit sink between Kafka and ClickHouse', () => {
  it('stores every byte as it is, whatever it is', async () => {
    const { newSink, publish, entries, committed } = await setUp()
    const published = await publish(hostileRecords())
    const sink = newSink()
    await sink.start()
    await eventually(async () => expect(await committed()).toBe(BigInt(published.length)), soon)
    expect(await entries()).toEqual(published)
    expect(sink.counts()).toMatchObject({ stored: published.length, tombstones: 1, repeatedInserts: 0 })
    expect(sink.lag()).toBe(0n)
  })

  it('stores records of all times, also those that cannot stand among the events', async () => {
    const { newSink, publish, entries, committed } = await setUp()
    const day = 86_400_000
    const times = [0, Date.now() - 5_000 * day, Date.now() - 40 * day, Date.now(), Date.now() + 30 * 60_000]
    const published = await publish(times.map((time) => aRecord({ timestampMs: BigInt(time) })))
    await newSink().start()
    await eventually(async () => expect(await committed()).toBe(5n), soon)
    expect(await entries()).toEqual(published)
  })

  it('stores values of a schema registry with their JSON, and reads them back as events', async () => {
    const { newSink, publish, log, entries } = await setUp()
    const registry = createSchemaRegistry({ url: stackAddresses().schemaRegistryUrl })
    const schemaId = await registry.register(`${randomUUID()}-value`, {
      format: 'confluent-json',
      schema: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' },
    })
    const envelope = anEnvelope({ payload: { after: { total: 7 } } })
    const value = await registry.encode(schemaId, toWireEnvelope(envelope))
    const published = await publish([
      aRecord({ value }),
      aRecord({ value: Uint8Array.of(0, 0, 0, 0, 0, 1) }),
      ...events(1),
    ])
    const sink = newSink({ decodeValue: (framed, options) => registry.decode(framed, options) })
    await sink.start()
    await eventually(() => expect(sink.counts().stored).toBe(3), soon)
    expect(await entries()).toEqual(published)
    const { entries: found } = await log.query({}, { order: 'oldest' })
    const readings = [...found]
      .sort((one, other) => Number(one.record.offset - other.record.offset))
      .map(({ reading }) => reading)
    expect(readings).toMatchObject([
      { status: 'ok', format: 'confluent-json', envelope: { payload: { after: { total: 7 } } } },
      { status: 'undecodable' },
      { status: 'ok', format: 'json' },
    ])
  })

  it('goes on where it stopped, and reads nothing twice that it committed', async () => {
    const { newSink, publish, entries, rows } = await setUp({ partitions: 3 })
    const published = []
    for (let round = 0; round < 3; round += 1) {
      for (const partition of [0, 1, 2]) published.push(...(await publish(events(200, round * 200), partition)))
      const sink = newSink()
      await sink.start()
      await eventually(() => expect(sink.partitions()).toHaveLength(3), soon)
      await eventually(() => expect(sink.lag()).toBe(0n), soon)
      expect(await sink.close()).toMatchObject({ isDrained: true, counts: { stored: 600 } })
    }
    expect(await rows()).toBe(1_800)
    const byPlace = [...published].sort(
      (one, other) => one.partition - other.partition || Number(one.offset - other.offset),
    )
    expect(await entries()).toEqual(byPlace)
  })

  it('drains what it has taken when it is closed, without waiting for more', async () => {
    const { newSink, publish, entries, committed } = await setUp()
    const sink = newSink({ maxAgeMs: 600_000, idleAgeMs: 600_000 })
    await sink.start()
    const published = await publish(events(50))
    await eventually(() => expect(sink.partitions()[0]?.pendingRecords).toBe(50), soon)
    expect(await sink.close()).toMatchObject({ isDrained: true, counts: { stored: 50 } })
    expect(await committed()).toBe(50n)
    expect(await entries()).toEqual(published)
  })

  it('shows each record once when its offsets are set back and everything is read again', async () => {
    const { newSink, publish, entries, admin, groupId, topic, rows } = await setUp()
    const published = await publish(events(300))
    for (const maxRows of [100, 70]) {
      const sink = newSink({ maxRows })
      await sink.start()
      await eventually(() => expect(sink.counts().stored).toBe(300), soon)
      await sink.close()
      await eventually(() => admin.setGroupOffsets(groupId, [{ topic, partition: 0, offset: 0n as never }]), soon)
    }
    expect(await rows()).toBeGreaterThanOrEqual(300)
    expect(await entries()).toEqual(published)
  })

  it('hands partitions over to another sink under load, and nothing is lost or shown twice', async () => {
    const { newSink, publish, entries } = await setUp({ partitions: 4 })
    const first = newSink({ maxRows: 300 })
    await first.start()
    const published = []
    for (let round = 0; round < 5; round += 1) {
      for (const partition of [0, 1, 2, 3]) published.push(...(await publish(events(250, round * 250), partition)))
      if (round === 1) void newSink({ maxRows: 300 }).start()
      if (round === 3) await first.close()
    }
    await eventually(async () => expect(await entries()).toHaveLength(published.length), { ...soon, timeoutMs: 45_000 })
    const byPlace = [...published].sort(
      (one, other) => one.partition - other.partition || Number(one.offset - other.offset),
    )
    expect(await entries()).toEqual(byPlace)
  })

  it('holds while ClickHouse is killed and started again under load, and then nothing is lost or doubled', async (context) => {
    const server = await startOwnClickHouse(context)
    ends.push(() => server.stop())
    const { newSink, publish, entries, rows, committed, logger } = await setUp({
      partitions: 2,
      clickhouseUrl: server.url,
    })
    const sink = newSink({ maxRows: 400 })
    await sink.start()
    const published = []
    for (let round = 0; round < 12; round += 1) {
      for (const partition of [0, 1]) published.push(...(await publish(events(250, round * 250), partition)))
      if (round === 3 || round === 7) await server.kill('SIGKILL')
      if (round === 5 || round === 9) await server.restart()
    }
    await eventually(() => expect(sink.lag()).toBe(0n), { ...soon, timeoutMs: 45_000 })
    expect(await Promise.all([committed(0), committed(1)])).toEqual([3_000n, 3_000n])
    const byPlace = [...published].sort(
      (one, other) => one.partition - other.partition || Number(one.offset - other.offset),
    )
    expect(await entries()).toEqual(byPlace)
    // The same ranges went out again under the same tokens: not even copies are left.
    expect(await rows()).toBe(6_000)
    expect(sink.counts()).toMatchObject({ stored: 6_000 })
    expect(logger.texts('warn')).toContain('range not stored, will store it again')
  })

  it('starts while ClickHouse is away, waits for it, and goes on by itself', async (context) => {
    const server = await startOwnClickHouse(context)
    ends.push(() => server.stop())
    const { newSink, publish, entries, logger } = await setUp({ clickhouseUrl: server.url })
    const published = await publish(events(20))
    await server.kill('SIGKILL')
    const sink = newSink()
    let isStarted = false
    const starting = sink.start().then(() => {
      isStarted = true
    })
    await eventually(() => expect(logger.texts('warn')).toContain('cannot start yet, will try again'), soon)
    expect(isStarted).toBe(false)
    await server.restart()
    await starting
    await eventually(() => expect(sink.counts().stored).toBe(20), soon)
    expect(await entries()).toEqual(published)
  })
})
