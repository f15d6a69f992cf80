import { type AuditEntry, encodeEnvelope, readReplayMarks, replayHeaders, silentLogger } from '@ledgerbus/core'
import { anEnvelope, aRecord, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { aReplayWorld, collected, groupedBy, type ReplayWorld } from '../../test/replay-world.ts'
import type { FrozenSelection } from '../plan/replay-plan.ts'
import { createKafkaSource } from './kafka-source.ts'
import { firstPosition, type OpenSelection, type ReplaySource } from './replay-source.ts'

const hourMs = 3_600_000
const fromMs = Date.UTC(2026, 0, 31)
const toMs = fromMs + 24 * hourMs
const selectsAll: OpenSelection = {
  ...{ topics: ['orders', 'users'], fromMs, toMs, timeField: 'event' },
  ...{ replays: 'exclude', redrives: 'exclude' },
}

interface World extends ReplayWorld {
  readonly source: ReplaySource
  /** Another one over the same broker, as in another process. */
  another: ReplayWorld['another']
}

async function setUp(): Promise<World> {
  const world = await aReplayWorld([
    { name: 'orders', partitions: 3 },
    { name: 'users', partitions: 1 },
  ])
  return { ...world, source: createKafkaSource({ broker: world.broker, logger: silentLogger }) }
}

/** Records of all kinds whose clocks disagree, some of them outside of the range. */
async function publishMany({ publish }: ReplayWorld): Promise<void> {
  for (const [topic, partition, seed] of [
    ['orders', 0, 1],
    ['orders', 2, 5],
    ['users', 0, 3],
  ] as const) {
    const records = Array.from({ length: 25 }, (_, index) => {
      const number = (index * 7 + seed * 11) % 25
      const timestampMs = BigInt(fromMs + (number - 2) * hourMs)
      const timestamp = new Date(fromMs + (24 - number) * hourMs).toISOString()
      const id = `${topic}-${number % 4}`
      const name = number % 3 === 0 ? 'order.created' : 'order.line.added'
      const envelope = anEnvelope({
        name,
        timestamp,
        entity: { type: 'order', id },
        payload: { after: { total: number } },
      })
      const marks = {
        replayId: 'earlier',
        sequence: 0,
        mode: 'rehandle',
        of: { topic, partition, offset: 0n },
        originalTimestampMs: 0n,
      } as const
      const headers =
        index % 6 === 5 ? replayHeaders(marks).map(({ name: header, value }) => [header, value] as const) : []
      const redriven = index % 9 === 8 ? [['lb-redrive-id', 'r-1'] as const] : []
      const value = index % 8 === 7 ? null : index % 11 === 10 ? '{' : encodeEnvelope(envelope)
      return aRecord({ key: id, value, timestampMs, headers: [...headers, ...redriven] })
    })
    await publish(topic, partition, records)
  }
}

function placesOf(entries: readonly AuditEntry[]): readonly string[] {
  return entries.map(({ record }) => `${record.topic}/${record.partition}/${record.offset}`)
}

async function frozen(source: ReplaySource, open: OpenSelection = selectsAll): Promise<FrozenSelection> {
  const { summary } = await source.survey(open)
  return { ...open, below: summary.bounds }
}

/** Offsets of each partition, in the order they came. */
function byPartition(entries: readonly AuditEntry[]): ReadonlyMap<string, readonly bigint[]> {
  const groups = groupedBy(entries, ({ record }) => `${record.topic}/${record.partition}`)
  return new Map([...groups].map(([name, members]) => [name, members.map(({ record }) => record.offset)]))
}

const rising = (offsets: readonly bigint[]): readonly bigint[] =>
  offsets.toSorted((left, right) => (left < right ? -1 : 1))

describe('a survey of topics in Kafka', () => {
  it('tells how many of the offsets it is about it has read', async () => {
    const { source, ...world } = await setUp()
    await publishMany({ source, ...world } as World)
    const told: (readonly [number, number])[] = []
    const ranges = [
      { topic: 'orders', partition: 0, from: 3n, below: 9n },
      { topic: 'orders', partition: 0, from: 20n },
      { topic: 'users', partition: 0, from: 5n },
    ]
    await source.survey({ ...selectsAll, ranges }, { onRead: (done, total) => told.push([done, total]) })
    expect(told.length).toBeGreaterThan(1)
    expect(told.map(([, total]) => total)).toEqual(told.map(() => 31))
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((left, right) => left - right))
    expect(told.at(-1)?.[0]).toBe(31)
  })

  it('finds exactly what the audit log finds', async () => {
    const { source, audit, auditLog, ...world } = await setUp()
    await publishMany({ source, audit, auditLog, ...world } as World)
    await audit()
    const asked: readonly Partial<OpenSelection>[] = [
      {},
      { timeField: 'kafka' },
      { toMs: fromMs + 5 * hourMs },
      { names: ['order.*'] },
      { entityType: 'order', entityId: 'orders-1' },
      { statuses: ['tombstone', 'undecodable'] },
      { replays: 'include', redrives: 'include' },
      { replays: { id: 'earlier' } },
      { filter: 'payload.after.total >= 12' },
      { topics: ['users'] },
      {
        ranges: [
          { topic: 'orders', partition: 0, from: 3n, below: 9n },
          { topic: 'orders', partition: 0, from: 7n, below: 12n },
          { topic: 'users', partition: 0, from: 20n },
        ],
      },
    ]
    for (const each of asked) {
      const selection = { ...selectsAll, ...each }
      const survey = await source.survey(selection)
      expect(survey.summary, JSON.stringify(each.names)).toEqual(await auditLog.summarize(selection))
      const ends = async (order: 'oldest' | 'newest') =>
        placesOf((await auditLog.query(selection, { order, limit: 1 })).entries)
      expect(placesOf(survey.first === undefined ? [] : [survey.first])).toEqual(await ends('oldest'))
      expect(placesOf(survey.last === undefined ? [] : [survey.last])).toEqual(await ends('newest'))
      expect(survey.losses).toEqual([])
      const bounded = { ...selection, below: survey.summary.bounds }
      expect(
        rising([...byPartition(await collected(source.read(bounded, firstPosition('key')))).values()].flat()),
      ).toEqual(rising([...byPartition(await collected(auditLog.readByOffset(bounded))).values()].flat()))
    }
  })

  it('says what retention took, from where, and only if it may have been of the range', async () => {
    const { source, broker, publish } = await setUp()
    const at = (afterMs: number) =>
      aRecord({ value: encodeEnvelope(anEnvelope()), timestampMs: BigInt(fromMs + afterMs) })
    await publish('orders', 0, [at(-2 * hourMs), at(-hourMs), at(hourMs), at(2 * hourMs)])
    await publish('orders', 1, [at(0), at(1), at(2)])
    await publish('orders', 2, [at(0)])
    const losses = async (open: Partial<OpenSelection> = {}) =>
      (await source.survey({ ...selectsAll, topics: ['orders'], ...open })).losses
    expect(await losses()).toEqual([])

    broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 1n)
    expect(await losses()).toEqual([])
    broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 2n)
    broker.controls.deleteRecords({ topic: 'orders', partition: 1 }, 3n)
    expect(await losses()).toEqual([
      'orders/0: Kafka holds nothing below offset 2 any more; its first record is of 2026-01-31T01:00:00.000Z, the range begins at 2026-01-31T00:00:00.000Z',
      'orders/1: Kafka holds nothing below offset 3 any more, and so nothing of what was asked for',
    ])
    expect(
      await losses({ ranges: [{ topic: 'orders', partition: 0, from: 1n }], fromMs: fromMs + 2 * hourMs }),
    ).toEqual([expect.stringContaining('the range begins at offset 1')])
    expect(await losses({ ranges: [{ topic: 'orders', partition: 0, from: 2n }] })).toEqual([])
  })

  it('says that a compacted topic may have lost records of any key', async () => {
    const { source, admin, publish } = await setUp()
    await admin.createTopics([{ name: 'prices', partitions: 1, settings: { 'cleanup.policy': 'compact,delete' } }])
    await publish('prices', 0, [aRecord({ value: encodeEnvelope(anEnvelope()) })])
    const { losses } = await source.survey({ ...selectsAll, topics: ['prices'] })
    expect(losses).toEqual([expect.stringContaining('prices is compacted')])
  })

  it('counts values of a schema registry as undecodable, aloud, also where a name could not find them', async () => {
    const { source, publish } = await setUp()
    const framed = Uint8Array.of(0, 0, 0, 0, 42, 123, 125)
    await publish('users', 0, [aRecord({ value: framed, timestampMs: BigInt(fromMs) })])
    const { summary, losses, first } = await source.survey({ ...selectsAll, topics: ['users'] })
    expect(summary.byStatus).toEqual([{ status: 'undecodable', entries: 1 }])
    expect(first?.reading).toMatchObject({
      problem: expect.stringContaining('schema 42 of a schema registry') as unknown,
    })
    expect(losses).toEqual([expect.stringContaining('users: 1 of the records read are encoded by a schema registry')])
    const named = await source.survey({ ...selectsAll, topics: ['users'], names: ['**'] })
    expect(named).toMatchObject({ summary: { entries: 0 }, losses: [expect.stringContaining('users: 1')] })
  })

  it('holds nothing where topics are empty, and where topics and ranges have nothing in common', async () => {
    const { source } = await setUp()
    for (const each of [{}, { topics: ['users'], ranges: [{ topic: 'orders', partition: 0 }] }]) {
      const survey = await source.survey({ ...selectsAll, ...each })
      expect(survey).toEqual({ summary: expect.objectContaining({ entries: 0, bounds: [] }) as unknown, losses: [] })
    }
  })

  it('is refused where it cannot be meant', async () => {
    const { source } = await setUp()
    const { topics: _, ...nowhere } = selectsAll
    const refused = async (open: OpenSelection, message: RegExp, code = 'REPLAY_REQUEST_INVALID'): Promise<void> => {
      await expect(source.survey(open)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as unknown,
      })
    }
    await refused(nowhere, /name topics, or ranges/)
    await refused({ ...selectsAll, topics: ['orders', 'oders'] }, /oders: no such topic/)
    await refused({ ...selectsAll, entityId: '' }, /entityId must not be empty/)
    await refused({ ...selectsAll, filter: 'paylod.after == 1' }, /./, 'FILTER_INVALID')
    const bound = { cluster: 'in-memory', topic: 'orders', partition: 0, below: 1n }
    await refused({ ...selectsAll, below: [{ ...bound, cluster: 'elsewhere' }] }, /in cluster elsewhere/)
  })
})

describe('reading from Kafka', () => {
  it('in the order of keys gives each partition by offset, and from any place the rest', async () => {
    const world = await setUp()
    await publishMany(world)
    const { source } = world
    const selection = await frozen(source)
    const all = await collected(source.read(selection, firstPosition('key')))
    expect(all.length).toBeGreaterThan(30)
    for (const offsets of byPartition(all).values()) expect(offsets).toEqual(rising(offsets))

    for (const stop of [0, 1, 20, 31, all.length]) {
      const starts = new Map(
        all.slice(0, stop).map(({ record }) => {
          const { cluster, topic, partition, offset } = record
          return [`${topic}/${partition}`, { cluster, topic, partition, from: offset + 1n }]
        }),
      )
      const rest = await collected(source.read(selection, { order: 'key', starts: [...starts.values()] }))
      expect(byPartition(rest)).toEqual(byPartition(all.slice(stop)))
    }
  })

  it('in the order of time takes always the earliest of the partitions’ next ones, and behind any cursor the rest', async () => {
    const world = await setUp()
    await publishMany(world)
    const { source, broker } = world
    const selection = await frozen(source)
    const all: AuditEntry[] = []
    const cursors: string[] = []
    for await (const entry of source.read(selection, firstPosition('time'))) {
      all.push(entry)
      cursors.push(source.cursorOf(entry))
    }
    const waiting = new Map(byPartition(await collected(source.read(selection, firstPosition('key')))))
    const timeOf = new Map(all.map((entry) => [placesOf([entry])[0], entry.record.timestampMs]))
    for (const { record } of all) {
      const heads = [...waiting].flatMap(([name, [head]]) =>
        head === undefined ? [] : [timeOf.get(`${name}/${head}`) ?? 0n],
      )
      expect(record.timestampMs).toBe(heads.reduce((earliest, ms) => (ms < earliest ? ms : earliest)))
      const name = `${record.topic}/${record.partition}`
      const [next, ...rest] = waiting.get(name) ?? []
      expect(record.offset).toBe(next)
      waiting.set(name, rest)
    }
    expect([...waiting.values()].flat()).toEqual([])

    // In another process, which knows nothing of the entries that were read.
    const another = createKafkaSource({ broker, logger: silentLogger })
    for (const [index, cursor] of cursors.entries()) {
      const rest = await collected(another.read(selection, { order: 'time', cursor }))
      expect(placesOf(rest)).toEqual(placesOf(all.slice(index + 1)))
    }
  })

  it('ends with the loop and with the signal, in every order', async () => {
    const world = await setUp()
    await publishMany(world)
    const selection = await frozen(world.source)
    for (const order of ['key', 'time'] as const) {
      for await (const { record } of world.source.read(selection, firstPosition(order))) {
        expect(record.topic).toMatch(/orders|users/)
        break
      }
      const controller = new AbortController()
      const reading = async (): Promise<void> => {
        for await (const _ of world.source.read(selection, firstPosition(order), controller)) {
          controller.abort(new Error('enough'))
        }
      }
      await expect(reading()).rejects.toThrow('enough')
    }
  })

  it('goes on where retention took records of the plan, and warns', async () => {
    const world = await setUp()
    await publishMany(world)
    const { source, broker } = world
    const selection = await frozen(source)
    const all = byPartition(await collected(source.read(selection, firstPosition('key'))))
    broker.controls.deleteRecords({ topic: 'orders', partition: 0 }, 10n)
    const logger = createRecordingLogger()
    const rest = await collected(createKafkaSource({ broker, logger }).read(selection, firstPosition('key')))
    const left = all.get('orders/0')?.filter((offset) => offset >= 10n)
    expect(byPartition(rest).get('orders/0')).toEqual(left)
    expect(logger.texts('warn')).toEqual([expect.stringContaining('no more')])
  })

  it('fails instead of waiting for records that never come', async () => {
    const world = await setUp()
    await publishMany(world)
    const { source, admin } = world
    const selection = await frozen(source)
    await admin.deleteTopics(['orders'])
    const read = () => collected(source.read(selection, firstPosition('key')))
    await expect(read()).rejects.toMatchObject({
      code: 'REPLAY_READ_FAILED',
      message: expect.stringContaining('no such topic') as unknown,
    })
    await admin.createTopics([{ name: 'orders', partitions: 3 }])
    await expect(read()).rejects.toMatchObject({
      code: 'REPLAY_READ_FAILED',
      message: expect.stringContaining('made anew') as unknown,
    })
    const nonsense = collected(
      source.read({ ...selectsAll, topics: ['users'], below: [] }, { order: 'time', cursor: 'x' }),
    )
    await expect(nonsense).rejects.toMatchObject({ code: 'REPLAY_READ_FAILED' })
  })

  it('has a cursor only for entries that were read in the order of time', async () => {
    const world = await setUp()
    await publishMany(world)
    const [entry] = await collected(world.source.read(await frozen(world.source), firstPosition('key')))
    expect(() => world.source.cursorOf(entry as AuditEntry)).toThrow('in the order of time')
  })

  it('is explained: every condition is decided over the records', async () => {
    const { source } = await setUp()
    expect(source.explain({ ...selectsAll, filter: 'version == 1' })).toEqual({
      condition: 'every record of orders, users',
      values: {},
      onRows: 'version == 1',
    })
  })
})

describe('a replay that reads from Kafka', () => {
  it.each(['key', 'time'] as const)('publishes in the order of %s what the log would have given', async (order) => {
    const world = await setUp()
    await publishMany(world)
    const { summary } = await world.source.survey({ ...selectsAll, topics: ['orders'] })
    const report = await world.run({ readFrom: 'kafka', topics: ['orders'], order })

    expect(report).toMatchObject({ state: 'completed' })
    const marks = world.replayed().map(({ headers }) => readReplayMarks(headers))
    const originals = marks.flatMap((each) => (each === undefined || each.replayId === 'earlier' ? [] : [each.of]))
    expect(originals).toHaveLength(summary.entries)
    expect(new Set(originals.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(summary.entries)
    for (const partition of [0, 1, 2]) {
      const offsets = originals.filter((of) => of.partition === partition).map(({ offset }) => offset)
      expect(offsets).toEqual(rising(offsets))
    }
  })
})
