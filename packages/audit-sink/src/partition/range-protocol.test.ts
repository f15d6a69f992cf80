import type { AuditRange, InsertOptions, Outcome } from '@ledgerbus/core'
import { aRecord, createGate } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createSinkWorld, events, groupId, type SinkWorld, topic } from '../../test/support/sink-world.ts'
import { AuditLogError } from '@ledgerbus/audit-log'
import type { AuditSinkOptions, SinkStep } from '../index.ts'
import { parseIntent } from './intent.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, offset) => offset)

/** What Kafka holds for the first partition. */
async function commitOf(world: SinkWorld): Promise<{ readonly offset: bigint; readonly metadata: string } | undefined> {
  const admin = world.broker.createAdmin()
  await admin.start()
  const found = (await admin.groupOffsets(groupId)).find(({ partition }) => partition === 0)
  await admin.close()
  return found && { offset: found.offset, metadata: found.metadata }
}

/** The log of a world, with what was inserted by `first-next:records:digest`. */
function watch(world: SinkWorld, onInsert?: (range: AuditRange) => Outcome | undefined | Promise<Outcome | undefined>) {
  const inserts: string[] = []
  return {
    inserts,
    auditLog: {
      ...world.log,
      async insert(range: AuditRange, options?: InsertOptions): Promise<Outcome> {
        const { first, next, block } = range
        inserts.push(`${first}-${next}:${block.records}:${block.digest}`)
        return (await onInsert?.(range)) ?? (await world.log.insert(range, options))
      },
    },
  }
}

/** A sink that stands still for good at a step, as a process does that is killed there, and what takes it out of the group. */
async function sinkKilledAt(
  world: SinkWorld,
  name: SinkStep['name'],
  phase: SinkStep['phase'],
  options: Partial<AuditSinkOptions>,
): Promise<() => Promise<void>> {
  const seen: SinkStep[] = []
  const sink = await world.startSink({
    maxRows: 10,
    hooks: {
      at(step) {
        if (step.name !== name || step.phase !== phase) return undefined
        seen.push(step)
        return new Promise(() => undefined)
      },
    },
    ...options,
  })
  return async () => {
    expect(seen.length).toBeGreaterThan(0)
    const closing = sink.close({ drainMs: 0 })
    await world.pass(2_000)
    await closing
  }
}

describe('the protocol of the sink', () => {
  it('records a range, inserts it, and commits its end with the record of the next', async () => {
    const world = await createSinkWorld()
    const commits: string[] = []
    const { auditLog } = watch(world, async () => {
      const commit = await commitOf(world)
      commits.push(`${commit?.offset} ${commit?.metadata}`)
      return undefined
    })
    await world.startSink({ auditLog, maxRows: 10 })
    await world.publish(events(25))
    await world.pass(3_000)

    expect(commits.map((commit) => commit.slice(0, -9))).toEqual(['0 1:10:10', '10 1:20:10', '20 1:25:5'])
    expect(await commitOf(world)).toEqual({ offset: 25n, metadata: '' })
  })

  it('confirms a range alone only where the next one is not there yet', async () => {
    const world = await createSinkWorld()
    const confirmed: bigint[] = []
    await world.startSink({
      maxRows: 10,
      hooks: {
        at({ name, phase, next }) {
          if (name === 'confirm' && phase === 'before') confirmed.push(next)
        },
      },
    })
    await world.publish(events(20))
    await world.publish(events(5))
    await world.pass(3_000)
    expect(confirmed).toEqual([20n, 25n])
    expect(await commitOf(world)).toEqual({ offset: 25n, metadata: '' })
  })

  it('never takes the record of a range back by a late confirmation of the one before', async () => {
    const world = await createSinkWorld()
    const gate = createGate()
    const { auditLog, inserts } = watch(world)
    await world.startSink({
      auditLog,
      maxRows: 10,
      hooks: {
        at: ({ name, phase, next }) =>
          name === 'confirm' && phase === 'before' && next === 10n ? gate.opened : undefined,
      },
    })
    await world.publish(events(10))
    await world.pass(3_000)
    await world.publish(events(10))
    await world.pass(3_000)
    // What comes later waits for its turn.
    expect(inserts).toHaveLength(1)
    gate.open()
    await world.pass(3_000)
    expect(world.stored()).toEqual(upTo(20))
    expect(await commitOf(world)).toEqual({ offset: 20n, metadata: '' })
  })

  it('inserts nothing before Kafka confirmed the record of the range', async () => {
    for (const outcome of ['failed', 'unknown'] as const) {
      const world = await createSinkWorld()
      const end = world.broker.controls.inject({ at: 'commit', outcome, stored: false, times: 1_000 })
      const { auditLog, inserts } = watch(world)
      await world.startSink({ auditLog })
      await world.publish(events(3))
      await world.pass(60_000)
      expect(inserts).toEqual([])
      end()
      await world.pass(10_000)
      expect(inserts).toHaveLength(1)
      expect(world.stored()).toEqual([0, 1, 2])
    }
  })

  it.each([
    ['cut', 'after'],
    ['intent', 'before'],
    ['intent', 'after'],
    ['insert', 'before'],
    ['insert', 'after'],
    ['confirm', 'before'],
    ['confirm', 'after'],
  ] as const)('stores every range once when its owner ends at %s, %s', async (name, phase) => {
    const world = await createSinkWorld()
    const { auditLog, inserts } = watch(world)
    const kill = await sinkKilledAt(world, name, phase, { auditLog })
    await world.publish(events(10))
    await world.pass(3_000)
    await kill()
    // The next owner would cut otherwise: more came in the meantime, and its ranges are larger.
    await world.publish(events(30))
    const next = await world.startSink({ auditLog, maxRows: 17 })
    await world.pass(20_000)

    expect(world.stored()).toEqual(upTo(40))
    expect(await commitOf(world)).toEqual({ offset: 40n, metadata: '' })
    // No record went out in two ranges of different extent, so that the token of the log dropped every copy.
    const ranges = [...new Set(inserts)].map(
      (insert) => insert.split(':')[0]?.split('-').map(Number) as [number, number],
    )
    const covered = ranges.sort(([left], [right]) => left - right).flatMap(([first, end]) => upTo(end).slice(first))
    expect(covered).toEqual(upTo(40))
    const moment = `${name} ${phase}`
    const isRecorded = ['intent after', 'insert before', 'insert after', 'confirm before'].includes(moment)
    expect(next.counts().recovered).toBe(isRecorded ? 1 : 0)
  })

  it('reads a recorded range to its end before anything else, whatever a batch brings', async () => {
    const world = await createSinkWorld()
    const { auditLog, inserts } = watch(world)
    const kill = await sinkKilledAt(world, 'insert', 'before', { auditLog })
    await world.publish(events(10))
    await world.pass(0)
    await kill()
    const dying = await world.startSink({ auditLog, maxRows: 3 })
    world.log.controls.goDown()
    await world.publish(events(7))
    await world.pass(5_000)
    // It holds more than a range of its own would have, and cuts nothing smaller, also as it closes.
    const closing = dying.close({ drainMs: 500 })
    await world.pass(2_000)
    await closing
    world.log.controls.comeBack()
    await world.startSink({ auditLog, maxRows: 3 })
    await world.pass(20_000)
    expect(world.stored()).toEqual(upTo(17))
    expect([...new Set(inserts)].map((insert) => insert.split(':')[0])).toEqual(['0-10', '10-13', '13-16', '16-17'])
  })

  it('covers holes with a recorded range as it did before, and goes on behind it', async () => {
    const world = await createSinkWorld()
    await world.publish([aRecord({ key: 'a' }), aRecord({ key: 'b' }), aRecord({ key: 'c' }), aRecord({ key: 'a' })])
    const { auditLog } = watch(world)
    const kill = await sinkKilledAt(world, 'insert', 'after', { auditLog })
    await world.pass(3_000)
    await kill()
    await world.publish([aRecord({ key: 'c' }), aRecord({ key: 'd' })])
    // Compaction takes records of the recorded range, its last ones too, and leaves holes.
    world.broker.controls.compact({ topic, partition: 0 })
    const sink = await world.startSink({ auditLog })
    await world.pass(10_000)
    expect(world.stored()).toEqual([0, 1, 2, 3, 4, 5])
    expect(await commitOf(world)).toEqual({ offset: 6n, metadata: '' })
    expect(sink.lag()).toBe(0n)
    expect(world.logger.texts('warn')).toContain(
      'a recorded range reads otherwise than it did, storing it as it is now',
    )
  })

  it('asks the log where a group lost its commits, and stores what does not stand there', async () => {
    const world = await createSinkWorld()
    const first = await world.startSink({ maxRows: 10 })
    await world.publish(events(20))
    await world.pass(3_000)
    await first.close()
    const { auditLog, inserts } = watch(world)
    await world.publish(events(15))
    const sink = await world.startSink({ auditLog, groupId: 'another-group', maxRows: 10 })
    await world.pass(10_000)
    expect(world.stored()).toEqual(upTo(35))
    expect(sink.counts()).toMatchObject({ foundStanding: 20, stored: 15 })
    expect(inserts.map((insert) => insert.split(':').slice(0, 2).join(':'))).toEqual(['20-30:10', '30-35:5'])
  })

  it('asks the log at every start where the broker keeps no metadata', async () => {
    const world = await createSinkWorld()
    const broker = { ...world.broker, capabilities: { ...world.broker.capabilities, commitMetadata: false } }
    const metadata: string[] = []
    const { auditLog } = watch(world, async () => {
      metadata.push((await commitOf(world))?.metadata ?? '')
      return undefined
    })
    const kill = await sinkKilledAt(world, 'insert', 'after', { broker, auditLog })
    await world.publish(events(10))
    await world.pass(3_000)
    await kill()
    await world.publish(events(5))
    const sink = await world.startSink({ broker, auditLog })
    await world.pass(10_000)
    expect(world.stored()).toEqual(upTo(15))
    expect(metadata.filter((one) => parseIntent(one) !== undefined)).toEqual([])
    expect(sink.counts()).toMatchObject({ foundStanding: 10, stored: 5 })
  })

  it('goes on behind a recorded range that is gone from Kafka and stands in the log as a whole', async () => {
    for (const stands of [true, false]) {
      const world = await createSinkWorld()
      const { auditLog } = watch(world, () =>
        stands
          ? undefined
          : { kind: 'failed', error: new AuditLogError('full', { code: 'AUDIT_LOG_BUSY', retriable: true }) },
      )
      const kill = await sinkKilledAt(world, stands ? 'insert' : 'intent', 'after', { auditLog })
      await world.publish(events(10))
      await world.pass(3_000)
      await kill()
      await world.publish(events(5))
      world.broker.controls.deleteRecords({ topic, partition: 0 }, 10n)
      const sink = await world.startSink()
      await world.pass(10_000)
      if (stands) {
        expect(world.stored()).toEqual(upTo(15))
        expect(sink.partitions()).toMatchObject([{ state: 'reading', committed: 15n }])
      } else {
        expect(world.stored()).toEqual([])
        expect(sink.partitions()).toMatchObject([{ state: 'paused', trouble: { code: 'BROKER_OFFSET_OUT_OF_RANGE' } }])
      }
    }
  })

  it('stores a recovered range again, under a token of its own, where the log turns out not to hold it', async () => {
    const world = await createSinkWorld()
    const kill = await sinkKilledAt(world, 'intent', 'after', {})
    await world.publish(events(10))
    await world.pass(3_000)
    await kill()
    const again: (string | undefined)[] = []
    const forgetful = {
      ...world.log,
      async insert(range: AuditRange, options?: InsertOptions): Promise<Outcome> {
        again.push(options?.again)
        // A token too equal: dropped, and answered as if it stood.
        return options?.again === undefined ? { kind: 'ok' } : world.log.insert(range, options)
      },
    }
    await world.startSink({ auditLog: forgetful })
    await world.pass(5_000)
    expect(world.stored()).toEqual(upTo(10))
    expect(again).toEqual([undefined, 'recovered'])
    expect(world.logger.texts('error')).toContain(
      'a recovered range does not stand as a whole, storing it under a token of its own',
    )
  })

  it('finds a refused record in few inserts, each recorded before, and stores its neighbours', async () => {
    const world = await createSinkWorld()
    const refused = new AuditLogError('a row is refused', { code: 'AUDIT_ROW_REFUSED' })
    const { auditLog, inserts } = watch(world, async ({ first, next, block }) => {
      const commit = await commitOf(world)
      expect(commit).toEqual({ offset: first, metadata: expect.stringMatching(new RegExp(`^1:${next}:`)) as unknown })
      const hasBad = Array.from({ length: block.records }, (_, index) => block.offsetAt(index)).includes(7_777n)
      return hasBad && block.records > 1 ? { kind: 'failed', error: refused } : undefined
    })
    const sink = await world.startSink({ auditLog, maxRows: 10_000 })
    await world.publish(events(10_000))
    await world.pass(5_000)
    expect(world.stored()).toEqual(upTo(10_000))
    // The whole, thirteen or fourteen halves, the record itself, the rest.
    expect(inserts.length).toBeLessThanOrEqual(17)
    expect(sink.counts()).toMatchObject({ stored: 10_000 })
  })

  it('finds every refused record, wherever and however many', async () => {
    for (const bad of [[0], [99], [0, 99], [50, 51], [3, 4, 5, 70], upTo(100)]) {
      const world = await createSinkWorld()
      const refused = new AuditLogError('a row is refused', { code: 'AUDIT_ROW_REFUSED' })
      const { auditLog } = watch(world, ({ block }) => {
        const offsets = Array.from({ length: block.records }, (_, index) => Number(block.offsetAt(index)))
        return block.records > 1 && offsets.some((offset) => bad.includes(offset))
          ? { kind: 'failed', error: refused }
          : undefined
      })
      await world.startSink({ auditLog, maxRows: 100 })
      await world.publish(events(100))
      await world.pass(60_000)
      expect(world.stored()).toEqual(upTo(100))
    }
  })

  it('takes no metadata of others for a record of its own', async () => {
    const world = await createSinkWorld()
    await world.publish(events(10))
    const foreign = world.broker.createConsumer({ groupId, topics: [topic] })
    await foreign.start({
      async assigned([one]) {
        if (one !== undefined) await foreign.commit([{ ...one, offset: 4n as never, metadata: 'm1:AAEC' }])
      },
      deliver: () => Promise.resolve(),
    })
    await world.pass(0)
    await foreign.close()
    await world.startSink()
    await world.pass(5_000)
    expect(world.stored()).toEqual([4, 5, 6, 7, 8, 9])
    expect(await commitOf(world)).toEqual({ offset: 10n, metadata: '' })
    expect(world.logger.texts('warn')).toContain('the commit bears metadata that no sink wrote, asking the log')
  })

  it('lets the memory of a range be used again only where no request may still be sending it', async () => {
    for (const outcome of ['ok', 'failed', 'unknown'] as const) {
      const world = await createSinkWorld()
      let released = 0
      const auditLog = {
        ...world.log,
        createBlock(owner: Parameters<typeof world.log.createBlock>[0]) {
          const block = world.log.createBlock(owner)
          return Object.assign(block, { release: () => void (released += 1) })
        },
      }
      await world.startSink({ auditLog })
      if (outcome !== 'ok') world.log.controls.inject({ at: 'insert', outcome, stored: true })
      await world.publish(events(5))
      await world.pass(10_000)
      expect(world.stored()).toEqual(upTo(5))
      expect(released).toBe(outcome === 'ok' ? 1 : 0)
    }
  })

  it('calls its hooks before and after each step, in order', async () => {
    const world = await createSinkWorld()
    const steps: string[] = []
    const sink = await world.startSink({ hooks: { at: ({ name, phase }) => void steps.push(`${name} ${phase}`) } })
    await world.publish(events(2))
    await world.pass(5_000)
    await sink.close()
    expect(steps).toEqual([
      'assigned before',
      'assigned after',
      'cut before',
      'cut after',
      'intent before',
      'intent after',
      'insert before',
      'insert after',
      'confirm before',
      'confirm after',
    ])
  })
})
