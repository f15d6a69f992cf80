import { AuditLogError } from '@ledgerbus/audit-log'
import { type AuditRange, type InsertOptions, type Outcome, replayHeaders } from '@ledgerbus/core'
import { aRecord, createGate, type createInMemoryAuditLog, TestkitError } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createSinkWorld, events, groupId, topic } from '../test/support/sink-world.ts'

const refused = new AuditLogError('a row is refused', { code: 'AUDIT_ROW_REFUSED' })
const misconfigured = new AuditLogError('no rights', { code: 'AUDIT_LOG_CONFIGURATION' })
const upTo = (count: number): number[] => Array.from({ length: count }, (_, offset) => offset)

const offsetsOf = ({ block }: AuditRange): readonly bigint[] =>
  Array.from({ length: block.records }, (_, index) => block.offsetAt(index))

/** A log whose inserts are seen. */
function watched(
  log: ReturnType<typeof createInMemoryAuditLog>,
  onInsert?: (range: AuditRange) => Outcome | undefined,
) {
  const ranges: AuditRange[] = []
  return {
    ranges,
    auditLog: {
      ...log,
      async insert(range: AuditRange, options?: InsertOptions): Promise<Outcome> {
        ranges.push(range)
        return onInsert?.(range) ?? (await log.insert(range, options))
      },
    },
  }
}

describe('the audit sink', () => {
  describe('in good times', () => {
    it('stores every record and commits behind it', async () => {
      const world = await createSinkWorld()
      const sink = await world.startSink()
      await world.publish(events(5))
      await world.pass(2_000)
      expect(world.stored()).toEqual([0, 1, 2, 3, 4])
      expect(await world.committed()).toBe(5n)
      expect(sink.counts()).toMatchObject({ stored: 5, undecodable: 0, tombstones: 0, inserts: 1, repeatedInserts: 0 })
      expect(sink.lag()).toBe(0n)
    })

    it('stores what stood in the topic before it came', async () => {
      const world = await createSinkWorld()
      await world.publish(events(3))
      await world.startSink()
      await world.pass(2_000)
      expect(world.stored()).toEqual([0, 1, 2])
    })

    it('stores records that nobody can read with the reason, and tombstones, and counts them', async () => {
      const world = await createSinkWorld()
      const sink = await world.startSink()
      await world.publish([
        ...events(1),
        aRecord({ value: 'no event' }),
        aRecord({ value: null }),
        aRecord({ value: new Uint8Array([0, 0, 0, 0, 1, 2]) }),
      ])
      await world.pass(2_000)
      expect(world.log.controls.entries().map(({ reading }) => reading)).toMatchObject([
        { status: 'ok', format: 'json' },
        { status: 'undecodable', problem: expect.stringContaining('is not JSON') as unknown },
        { status: 'tombstone' },
        { status: 'undecodable', problem: expect.stringContaining('schema registry') as unknown },
      ])
      expect(sink.counts()).toMatchObject({ stored: 4, undecodable: 2, tombstones: 1 })
    })

    it('stores replayed records with the id of their replay', async () => {
      const world = await createSinkWorld()
      await world.startSink()
      const headers = replayHeaders({
        replayId: 'run-1',
        sequence: 0,
        mode: 'rehandle',
        of: { topic, partition: 0, offset: 0n },
        originalTimestampMs: 1n,
      })
      await world.publish([{ ...events(1)[0], headers } as ReturnType<typeof aRecord>])
      await world.pass(2_000)
      expect(world.log.controls.entries()[0]).toMatchObject({ replayId: 'run-1' })
    })

    it('commits behind holes that no record fills', async () => {
      const world = await createSinkWorld()
      await world.publish([aRecord({ key: 'a' }), aRecord({ key: 'a' }), aRecord({ key: 'b' }), aRecord({ key: 'b' })])
      world.broker.controls.compact({ topic, partition: 0 })
      const { auditLog, ranges } = watched(world.log)
      const sink = await world.startSink({ auditLog })
      await world.pass(2_000)
      expect(world.stored()).toEqual([1, 3])
      expect(ranges[0]).toMatchObject({ first: 0n, next: 4n })
      expect(await world.committed()).toBe(4n)
      expect(sink.lag()).toBe(0n)
    })
  })

  describe('cuts a range', () => {
    it('when it has enough records, without waiting', async () => {
      const world = await createSinkWorld()
      const { auditLog, ranges } = watched(world.log)
      await world.startSink({ auditLog, maxRows: 10 })
      await world.publish(events(20))
      await world.publish(events(5))
      expect(ranges.map(({ first, next }) => [first, next])).toEqual([
        [0n, 10n],
        [10n, 20n],
      ])
      await world.pass(2_000)
      expect(ranges.at(-1)).toMatchObject({ first: 20n, next: 25n })
    })

    it('when it has enough bytes, and never without a record', async () => {
      const world = await createSinkWorld()
      const { auditLog, ranges } = watched(world.log)
      await world.startSink({ auditLog, maxBytes: 1_000 })
      await world.publish([400, 400, 5_000, 10].map((length) => aRecord({ value: new Uint8Array(length) })))
      await world.pass(2_000)
      expect(ranges.map(({ block }) => block.records)).toEqual([2, 1, 1])
    })

    it('two seconds after its oldest record where the partition has no more', async () => {
      const world = await createSinkWorld()
      await world.startSink()
      await world.publish(events(1))
      await world.pass(1_500)
      await world.publish(events(1))
      expect(world.stored()).toEqual([])
      await world.pass(499)
      expect(world.stored()).toEqual([])
      await world.pass(1)
      expect(world.stored()).toEqual([0, 1])
    })

    it('at once where a backlog ends, and not before', async () => {
      const world = await createSinkWorld()
      await world.publish(events(25))
      const { auditLog, ranges } = watched(world.log)
      await world.startSink({ auditLog, maxRows: 20, maxBufferedBytes: 1_000_000 })
      expect(world.stored()).toEqual(upTo(25))
      expect(ranges.map(({ block }) => block.records)).toEqual([20, 5])
      // Once: what comes now waits as ever.
      await world.publish(events(1))
      await world.pass(1_999)
      expect(ranges).toHaveLength(2)
      await world.pass(1)
      expect(world.stored()).toEqual(upTo(26))
    })

    it('no smaller than it may be, however many partitions have a backlog and however little may be held', async () => {
      const world = await createSinkWorld(8)
      for (let partition = 0; partition < 8; partition += 1) {
        await world.publish(
          Array.from({ length: 100 }, () => aRecord({ value: new Uint8Array(400) })),
          partition,
        )
      }
      const { auditLog, ranges } = watched(world.log)
      // Two ranges of 20 records and more, of about 600 bytes each.
      await world.startSink({ auditLog, maxRows: 20, maxBytes: 100_000, maxBufferedBytes: 25_000 })
      await world.pass(60_000)
      for (let partition = 0; partition < 8; partition += 1) expect(world.stored(partition)).toEqual(upTo(100))
      expect(ranges.map(({ block }) => block.records)).toEqual(Array.from({ length: 40 }, () => 20))
    })

    it('at once when the process holds as much as it may', async () => {
      const world = await createSinkWorld(2)
      await world.startSink({ maxBufferedBytes: 1_000 })
      await world.publish([aRecord({ value: new Uint8Array(400) })], 0)
      expect(world.stored(0)).toEqual([])
      await world.publish([aRecord({ value: new Uint8Array(400) })], 1)
      expect([world.stored(0), world.stored(1)]).toEqual([[0], [0]])
    })
  })

  describe('keeps its bounds', () => {
    it('one insert of a partition at once, and so many of the process', async () => {
      const world = await createSinkWorld(3)
      const gate = createGate()
      world.log.controls.inject({ at: 'insert', outcome: 'ok', until: gate.opened, times: 100 })
      const { auditLog, ranges } = watched(world.log)
      await world.startSink({ auditLog, maxRows: 1, maxInserts: 2 })
      for (const partition of [0, 1, 2]) await world.publish(events(3), partition)
      expect(ranges.map(({ block }) => block.partition)).toEqual([0, 1])
      gate.open()
      await world.pass(0)
      expect([0, 1, 2].map((partition) => world.stored(partition))).toEqual([upTo(3), upTo(3), upTo(3)])
    })

    it('takes no more than two ranges of a partition while its insert does not end, and other partitions go on', async () => {
      const world = await createSinkWorld(2)
      const gate = createGate()
      world.log.controls.inject({ at: 'insert', outcome: 'ok', until: gate.opened, partition: 0 })
      const sink = await world.startSink({ maxRows: 500 })
      await world.publish(events(5_000), 0)
      await world.publish(events(500), 1)
      expect(world.stored(1)).toHaveLength(500)
      expect(sink.partitions()[0]?.pendingRecords).toBeLessThanOrEqual(3 * 500 + 500)
      gate.open()
      await world.pass(2_000)
      expect(world.stored(0)).toEqual(upTo(5_000))
    })
  })

  describe('in bad times', () => {
    it('commits nothing that does not stand, and stores it when the log is back', async () => {
      const world = await createSinkWorld()
      const sink = await world.startSink()
      world.log.controls.goDown()
      await world.publish(events(3))
      await world.pass(60_000)
      expect(await world.committed()).toBe(0n)
      expect(sink.partitions()).toMatchObject([
        { state: 'held', pendingRecords: 3, trouble: { code: 'AUDIT_LOG_UNREACHABLE' } },
      ])
      world.log.controls.comeBack()
      await world.pass(5_000)
      expect(world.stored()).toEqual([0, 1, 2])
      expect(await world.committed()).toBe(3n)
      expect(sink.partitions()).toMatchObject([{ state: 'reading', lag: 0n }])
      expect(sink.partitions()[0]).not.toHaveProperty('trouble')
    })

    it('stores the same range again after an unclear answer, whether it stood or not', async () => {
      for (const stored of [true, false]) {
        const world = await createSinkWorld()
        const { auditLog, ranges } = watched(world.log)
        world.log.controls.inject({ at: 'insert', outcome: 'unknown', stored, times: 3 })
        const sink = await world.startSink({ auditLog })
        await world.publish(events(2))
        await world.pass(2_000)
        await world.publish(events(2))
        await world.pass(20_000)
        const [first, ...again] = ranges.slice(0, 4)
        for (const range of again) expect(range).toBe(first)
        expect(world.stored()).toEqual([0, 1, 2, 3])
        expect(await world.committed()).toBe(4n)
        expect(sink.counts()).toMatchObject({ stored: 4, repeatedInserts: 3 })
      }
    })

    it('says what is wrong in few lines, however long it lasts', async () => {
      const world = await createSinkWorld()
      await world.startSink()
      world.log.controls.goDown()
      await world.publish(events(1))
      await world.pass(600_000)
      const lines = world.logger.texts('warn').length
      expect(lines).toBeGreaterThan(0)
      expect(lines).toBeLessThan(12)
    })

    it('lets all partitions go on as soon as one got through', async () => {
      const world = await createSinkWorld(4)
      await world.startSink()
      world.log.controls.goDown()
      for (const partition of [0, 1, 2, 3]) await world.publish(events(1), partition)
      await world.pass(61_000)
      world.log.controls.comeBack()
      // The others would wait up to five seconds each.
      await world.pass(5_000)
      for (const partition of [0, 1, 2, 3]) expect(world.stored(partition)).toEqual([0])
    })

    it('holds a partition that needs somebody to repair something, and goes on afterwards by itself', async () => {
      const world = await createSinkWorld()
      let isRepaired = false
      const { auditLog } = watched(world.log, () => (isRepaired ? undefined : { kind: 'failed', error: misconfigured }))
      const sink = await world.startSink({ auditLog })
      await world.publish(events(1))
      await world.pass(10_000)
      expect(sink.partitions()).toMatchObject([{ state: 'held', trouble: { code: 'AUDIT_LOG_CONFIGURATION' } }])
      expect(world.logger.texts('error')).toContain(
        'range cannot be stored until somebody repairs the cause, holding the partition',
      )
      isRepaired = true
      await world.pass(30_000)
      expect(world.stored()).toEqual([0])
    })

    it('finds the record that the log refuses by halves, and stores all others', async () => {
      const world = await createSinkWorld()
      const hasBad = (range: AuditRange): boolean => offsetsOf(range).includes(7_777n)
      let isAlone = false
      const { auditLog, ranges } = watched(world.log, (range) => {
        if (!hasBad(range)) return undefined
        isAlone ||= range.block.records === 1
        return range.block.records === 1 ? undefined : { kind: 'failed', error: refused }
      })
      const sink = await world.startSink({ auditLog, maxRows: 10_000 })
      await world.publish(events(10_000))
      await world.pass(2_000)
      expect(isAlone).toBe(true)
      expect(world.stored()).toEqual(upTo(10_000))
      expect(await world.committed()).toBe(10_000n)
      expect(ranges.length).toBeLessThan(32)
      expect(sink.counts()).toMatchObject({ stored: 10_000 })
    })

    it('holds the partition at a single record that the log refuses, and skips nothing', async () => {
      const world = await createSinkWorld()
      const { auditLog } = watched(world.log, (range) =>
        offsetsOf(range).includes(2n) ? { kind: 'failed', error: refused } : undefined,
      )
      const sink = await world.startSink({ auditLog })
      await world.publish(events(5))
      await world.pass(60_000)
      expect(world.stored()).toEqual([0, 1])
      expect(await world.committed()).toBe(2n)
      expect(sink.partitions()).toMatchObject([
        { state: 'held', committed: 2n, trouble: { code: 'AUDIT_ROW_REFUSED' } },
      ])
    })

    it('commits again when a commit failed or stayed without an answer', async () => {
      for (const outcome of ['failed', 'unknown'] as const) {
        const world = await createSinkWorld()
        world.broker.controls.inject({ at: 'commit', outcome, times: 3 })
        const sink = await world.startSink()
        await world.publish(events(2))
        await world.pass(30_000)
        expect(await world.committed()).toBe(2n)
        expect(sink.lag()).toBe(0n)
        expect(world.stored()).toEqual([0, 1])
      }
    })

    it('goes on when the broker was away', async () => {
      const world = await createSinkWorld()
      await world.startSink()
      await world.publish(events(2))
      world.broker.controls.goDown()
      await world.pass(30_000)
      // Nothing is inserted that is not recorded.
      expect(world.stored()).toEqual([])
      world.broker.controls.comeBack()
      await world.pass(10_000)
      expect(world.stored()).toEqual([0, 1])
      expect(await world.committed()).toBe(2n)
      await world.publish(events(1))
      await world.pass(2_000)
      expect(world.stored()).toEqual([0, 1, 2])
    })

    it('reports a partition whose next records are gone as paused', async () => {
      const world = await createSinkWorld()
      const first = await world.startSink()
      await world.publish(events(1))
      await world.pass(2_000)
      await first.close()
      await world.publish(events(5))
      world.broker.controls.deleteRecords({ topic, partition: 0 }, 4n)
      const sink = await world.startSink()
      await world.pass(2_000)
      expect(sink.partitions()).toMatchObject([{ state: 'paused', trouble: { code: 'BROKER_OFFSET_OUT_OF_RANGE' } }])
      expect(world.stored()).toEqual([0])
    })

    it('goes on behind such a gap where it is told to', async () => {
      const world = await createSinkWorld()
      const first = await world.startSink()
      await world.publish(events(1))
      await world.pass(2_000)
      await first.close()
      await world.publish(events(5))
      world.broker.controls.deleteRecords({ topic, partition: 0 }, 4n)
      await world.startSink({ onOffsetOutOfRange: 'earliest' })
      await world.pass(2_000)
      expect(world.stored()).toEqual([0, 4, 5])
      expect(await world.committed()).toBe(6n)
    })
  })

  describe('with framed values', () => {
    const framed = aRecord({ value: Uint8Array.of(0, 0, 0, 0, 7, 1, 2, 3) })
    const json = new TextDecoder().decode(events(1)[0]?.value ?? new Uint8Array())

    it('stores them with their JSON', async () => {
      const world = await createSinkWorld()
      await world.startSink({ decodeValue: async () => ({ format: 'confluent-avro', json }) })
      await world.publish([framed, ...events(1)])
      await world.pass(2_000)
      expect(world.log.controls.entries()).toMatchObject([
        { record: { value: framed.value }, reading: { status: 'ok', format: 'confluent-avro', decoded: json } },
        { reading: { status: 'ok', format: 'json' } },
      ])
    })

    it('waits while the registry is away, and makes no record undecodable', async () => {
      const world = await createSinkWorld()
      let isAway = true
      const sink = await world.startSink({
        async decodeValue() {
          if (isAway) throw new TestkitError('the registry is away', { code: 'REGISTRY_AWAY', retriable: true })
          return { format: 'confluent-json', json }
        },
      })
      await world.publish([...events(1), framed])
      await world.pass(120_000)
      expect(world.stored()).toEqual([0])
      expect(sink.partitions()).toMatchObject([{ state: 'held', trouble: { code: 'REGISTRY_AWAY' } }])
      isAway = false
      await world.pass(10_000)
      expect(world.stored()).toEqual([0, 1])
      expect(sink.counts()).toMatchObject({ undecodable: 0 })
    })

    it('takes no turn from other partitions with a backlog while it waits for the registry', async () => {
      const world = await createSinkWorld(3)
      await world.startSink({
        maxRows: 5,
        decodeValue: () => Promise.reject(new TestkitError('away', { code: 'REGISTRY_AWAY', retriable: true })),
      })
      for (const partition of [0, 1]) await world.publish([framed, ...events(20)], partition)
      await world.publish(events(20), 2)
      await world.pass(1_000)
      expect(world.stored(2)).toEqual(upTo(20))
      expect([world.stored(0), world.stored(1)]).toEqual([[], []])
    })

    it('stores those that can never be decoded with the reason, and nothing of what a stranger’s error says', async () => {
      const world = await createSinkWorld()
      await world.startSink({ decodeValue: () => Promise.reject(new Error('bad value: secret')) })
      await world.publish([framed])
      await world.pass(2_000)
      expect(world.log.controls.entries()).toMatchObject([
        { reading: { status: 'undecodable', problem: 'reading the value threw Error' } },
      ])
    })
  })

  describe('in a group', () => {
    it('loses nothing and commits nothing wrong through rebalances and partitions taken away, announced or not', async () => {
      const world = await createSinkWorld(2)
      await world.startSink({ maxRows: 7 })
      for (let round = 0; round < 6; round += 1) {
        for (const partition of [0, 1]) await world.publish(events(10), partition)
        if (round % 3 === 0) {
          const rebalancing = world.broker.controls.rebalance(groupId, { announce: round !== 3 })
          await world.pass(4_000)
          await rebalancing
        }
        if (round % 3 === 1) world.broker.controls.takeAway(groupId, { silently: round === 4 })()
        await world.pass(500)
      }
      await world.pass(10_000)
      for (const partition of [0, 1]) {
        expect(world.stored(partition)).toEqual(upTo(60))
        expect(await world.committed(partition)).toBe(60n)
      }
    })

    it('stores what is pending before it gives a partition up', async () => {
      const world = await createSinkWorld()
      await world.startSink()
      await world.publish(events(3))
      expect(world.stored()).toEqual([])
      const rebalancing = world.broker.controls.rebalance(groupId)
      await world.pass(0)
      await rebalancing
      expect(world.stored()).toEqual([0, 1, 2])
      expect(await world.committed()).toBe(3n)
    })

    it('shares partitions with another sink, and both together store everything', async () => {
      const world = await createSinkWorld(2)
      const sinks = [await world.startSink(), await world.startSink()]
      await world.pass(5_000)
      for (const partition of [0, 1]) await world.publish(events(5), partition)
      await world.pass(3_000)
      expect(sinks.map((sink) => sink.partitions().length)).toEqual([1, 1])
      expect(sinks.map((sink) => sink.counts().stored)).toEqual([5, 5])
    })

    it('goes on where another sink stopped, also when that one ended between insert and commit', async () => {
      const world = await createSinkWorld()
      let endFault = (): void => undefined
      const { auditLog } = watched(world.log, () => {
        // Recorded, and not yet inserted: from here on nothing is confirmed.
        endFault = world.broker.controls.inject({ at: 'commit', outcome: 'failed', times: 1_000 })
        return undefined
      })
      const dying = await world.startSink({ auditLog })
      await world.publish(events(3))
      await world.pass(5_000)
      expect(world.stored()).toEqual([0, 1, 2])
      const closing = dying.close({ drainMs: 100 })
      await world.pass(1_200)
      expect(await closing).toMatchObject({ isDrained: false, left: [{ topic, partition: 0, records: 0 }] })
      expect(await world.committed()).toBe(0n)

      endFault()
      await world.startSink()
      await world.publish(events(1))
      await world.pass(3_000)
      expect(world.stored()).toEqual([0, 1, 2, 3])
      expect(await world.committed()).toBe(4n)
    })
  })

  describe('at the start', () => {
    it('waits for a log that is away, and for a broker that is away', async () => {
      const world = await createSinkWorld()
      world.log.controls.goDown()
      world.broker.controls.goDown()
      const sink = world.newSink()
      let isStarted = false
      const starting = sink.start().then(() => {
        isStarted = true
      })
      await world.pass(20_000)
      world.log.controls.comeBack()
      await world.pass(20_000)
      expect(isStarted).toBe(false)
      expect(world.logger.texts('warn')).toContain('cannot start yet, will try again')
      world.broker.controls.comeBack()
      await world.pass(20_000)
      await starting
      await world.publish(events(1))
      await world.pass(2_000)
      expect(world.stored()).toEqual([0])
    })

    it('fails when the log cannot keep its promises, and may be tried again', async () => {
      const world = await createSinkWorld()
      let isRepaired = false
      const auditLog = {
        ...world.log,
        start: () => (isRepaired ? Promise.resolve() : Promise.reject(misconfigured)),
      }
      const sink = world.newSink({ auditLog })
      await expect(sink.start()).rejects.toBe(misconfigured)
      isRepaired = true
      await sink.start()
    })

    it('fails for a topic that does not exist', async () => {
      const world = await createSinkWorld()
      await expect(world.newSink({ topics: ['missing'] }).start()).rejects.toMatchObject({
        code: 'BROKER_TOPIC_UNKNOWN',
      })
    })

    it('ends with the reason of an abort', async () => {
      const world = await createSinkWorld()
      world.log.controls.goDown()
      const controller = new AbortController()
      const starting = world.newSink().start({ signal: controller.signal })
      controller.abort('enough')
      await expect(starting).rejects.toBe('enough')
    })
  })

  describe('at its end', () => {
    it('stores what is pending, commits, and says so', async () => {
      const world = await createSinkWorld()
      const sink = await world.startSink()
      await world.publish(events(3))
      const report = await sink.close()
      expect(report).toMatchObject({ isDrained: true, left: [], counts: { stored: 3 } })
      expect(await world.committed()).toBe(3n)
      expect(await sink.close()).toBe(report)
      expect(world.clock.waiting).toBe(0)
    })

    it('does not wait longer than its deadline, and what is left is stored by the next one', async () => {
      const world = await createSinkWorld()
      const sink = await world.startSink()
      world.log.controls.goDown()
      await world.publish(events(3))
      const closing = sink.close({ drainMs: 5_000 })
      await world.pass(6_000)
      expect(await closing).toMatchObject({ isDrained: false, left: [{ topic, partition: 0, records: 3 }] })
      world.log.controls.comeBack()
      await world.startSink()
      await world.pass(3_000)
      expect(world.stored()).toEqual([0, 1, 2])
    })

    it('ends a start that still waits', async () => {
      const world = await createSinkWorld()
      world.log.controls.goDown()
      const sink = world.newSink()
      const starting = sink.start().catch((error: unknown) => error)
      await world.pass(1_000)
      const closing = sink.close()
      await world.pass(1_000)
      await closing
      expect(await starting).toMatchObject({ code: 'SINK_CLOSED' })
      await expect(sink.start()).rejects.toMatchObject({ code: 'SINK_CLOSED' })
      expect(world.clock.waiting).toBe(0)
    })

    it('is harmless before the start', async () => {
      const world = await createSinkWorld()
      expect(await world.newSink().close()).toMatchObject({ isDrained: true, counts: { stored: 0 } })
    })
  })
})
