import { beforeEach, describe, expect, it } from 'vitest'
import { aRedriveWorld, deadLetterTopic, lane, type RedriveWorld } from '../../../test/redrive-world.ts'
import { decodeOffsets } from './offset-list.ts'
import type { RedriveRequest } from './redrive-request.ts'

let world: RedriveWorld

beforeEach(async () => {
  world = await aRedriveWorld()
})

async function selectedBy(more: Partial<RedriveRequest>): Promise<string[]> {
  const { selected } = await world.redrive.plan({ deadLetterTopic, ...more })
  return selected.flatMap(({ partition, offsets }) =>
    [...decodeOffsets(offsets)].map((offset) => `${partition}/${offset}`),
  )
}

describe('a plan of a redrive', () => {
  it('counts by error, event and key, with a sample of each, and says where they go and who sees them', async () => {
    const early = Date.UTC(2026, 0, 1)
    await world.setAside(
      { offset: 1, key: 'a', failedAtMs: early },
      { offset: 2, key: 'a', name: 'order.cancelled' },
      { offset: 3, key: 'b', error: new RangeError('order 3 costs 7') },
    )
    const plan = await world.redrive.plan({ deadLetterTopic, reason: 'bug 42' })

    expect(plan.counts).toMatchObject({
      letters: 3,
      keys: 2,
      byStatus: { pending: 3 },
      byFingerprint: [
        { letters: 2, errorClass: 'Error', errorMessage: 'no luck', handler: 'charge', sample: '0/1' },
        { letters: 1, errorClass: 'RangeError', errorMessage: 'order 3 costs 7', sample: '0/2' },
      ],
      byEvent: [
        { name: 'order.created', letters: 2 },
        { name: 'order.cancelled', letters: 1 },
      ],
      firstFailedAtMs: early,
    })
    expect(plan.destinations).toEqual([{ topic: lane, kind: 'group', letters: 3, partitions: 3 }])
    expect(plan.seenBy).toEqual([{ groupId: 'billing', failed: true, members: 0 }])
    expect(plan.warnings).toEqual(['group billing has no members; it handles the records once it runs again'])
    expect(plan.bounds).toEqual([
      { partition: 0, low: '0', end: '3' },
      { partition: 1, low: '0', end: '0' },
      { partition: 2, low: '0', end: '0' },
    ])
  })

  it('is frozen, and publishes and makes nothing', async () => {
    await world.setAside({ offset: 1 })
    const plan = await world.redrive.plan({ deadLetterTopic })
    expect(Object.isFrozen(plan)).toBe(true)
    expect(Object.isFrozen(plan.counts.byFingerprint[0])).toBe(true)
    expect(world.redriven()).toEqual([])
    const admin = world.broker.createAdmin()
    await admin.start()
    expect(await admin.listTopics()).toEqual(['orders', deadLetterTopic, lane])
  })

  it('holds what stood there when it was made, and nothing that came later', async () => {
    await world.setAside({ offset: 1 })
    const plan = await world.redrive.plan({ deadLetterTopic })
    await world.setAside({ offset: 2 })
    expect(await world.redrive.run(plan)).toMatchObject({ planned: 1, redriven: 1 })
  })

  it('has the copies that a crash left as one letter', async () => {
    await world.setAside({ offset: 1 }, { offset: 2 }, { offset: 1 }, { offset: 1, handler: 'other' })
    const plan = await world.redrive.plan({ deadLetterTopic })
    expect(plan.counts).toMatchObject({ letters: 3, copies: 1 })
    expect(plan.selected).toEqual([{ partition: 0, offsets: '0,3,1' }])
  })

  it('takes at most as many as it is told, and counts the rest', async () => {
    await world.setAside({ offset: 3 }, { offset: 1 }, { offset: 2, partition: 1 })
    const plan = await world.redrive.plan({ deadLetterTopic, limit: 1 })
    expect(plan).toMatchObject({ selected: [{ partition: 0, offsets: '1' }], counts: { letters: 1 }, beyondLimit: 2 })
  })

  it('counts letters that do not say where they came from, unless somebody says it for them', async () => {
    await world.append(deadLetterTopic, 0, [{ key: null, value: null, headers: [], timestampMs: 0n }])
    expect(await world.redrive.plan({ deadLetterTopic })).toMatchObject({ withoutOrigin: 1, selected: [] })
    const told = await world.redrive.plan({ deadLetterTopic, sourceTopic: 'orders', groupId: 'billing' })
    expect(told.destinations).toMatchObject([{ topic: lane, letters: 1 }])
  })

  describe('selects', () => {
    beforeEach(async () => {
      await world.setAside(
        { offset: 0, key: 'a', failedAtMs: 1_000 },
        { offset: 1, key: 'b', failedAtMs: 2_000, name: 'order.cancelled', handler: 'mail' },
        { offset: 2, key: 'c', failedAtMs: 3_000, organizationId: 'org-1', error: new RangeError('x') },
        { offset: 3, key: 'a', failedAtMs: 4_000, headers: { 'lb-redrive-count': '2', 'lb-redrive-of': 'x/0/0' } },
      )
    })

    it.each<[string, Partial<RedriveRequest>, string[]]>([
      ['what is pending', {}, ['0/0', '0/1', '0/2']],
      ['what failed again', { statuses: ['failed-again'] }, ['0/3']],
      ['events by name', { events: ['order.cancelled'] }, ['0/1']],
      ['events by pattern', { events: ['order.*'] }, ['0/0', '0/1', '0/2']],
      ['handlers', { handlers: ['mail'] }, ['0/1']],
      ['steps', { steps: ['decode'] }, []],
      ['a time', { fromMs: 2_000, toMs: 3_000 }, ['0/1']],
      ['keys', { keys: ['a', 'b'] }, ['0/0', '0/1']],
      ['an entity', { entityType: 'order', entityId: 'c' }, ['0/2']],
      ['an organization', { organizationId: 'org-1' }, ['0/2']],
      ['a group', { groups: ['shipping'] }, []],
      ['these very ones', { letters: ['0/2', '1/0'] }, ['0/2']],
      ['how often it was redriven', { statuses: ['pending', 'failed-again'], minRedriveCount: 1 }, ['0/3']],
      ['all conditions at once', { keys: ['a'], events: ['order.cancelled'] }, []],
    ])('%s', async (_what, more, expected) => {
      expect(await selectedBy(more)).toEqual(expected)
    })

    it('errors by fingerprint', async () => {
      const { counts } = await world.redrive.plan({ deadLetterTopic })
      const rare = counts.byFingerprint.find(({ errorClass }) => errorClass === 'RangeError')
      expect(await selectedBy({ fingerprints: [rare?.fingerprint ?? ''] })).toEqual(['0/2'])
    })
  })

  it.each<[Partial<RedriveRequest> & Record<string, unknown>, RegExp]>([
    [{ deadLetterTopic: '' }, /deadLetterTopic/u],
    [{ events: [] }, /events: a list/u],
    [{ events: ['order'] }, /matches no event/u],
    [{ letters: ['7'] }, /no <partition>\/<offset>/u],
    [{ limit: 0 }, /limit/u],
    [{ statuses: ['resolved' as never] }, /resolved cannot be redriven/u],
    [{ statuses: ['discarded'] }, /reason: needed with statuses: discarded/u],
    [{ force: true }, /reason: needed with force/u],
    [{ unanswered: 'r' }, /reason: needed with unanswered/u],
    [{ reason: ' ' }, /say why/u],
    [{ fromMs: Number.NaN }, /fromMs: a number/u],
    [{ to: 'there' as never }, /to: group, origin or nowhere/u],
  ])('is refused for %j', async (more, message) => {
    const planning = world.redrive.plan({ deadLetterTopic, ...more })
    await expect(planning).rejects.toMatchObject({
      code: 'REDRIVE_REQUEST_INVALID',
      message: expect.stringMatching(message),
    })
  })
})

describe('looking at dead letters', () => {
  it('finds each once, with its bytes, what became of it, and what is noted', async () => {
    await world.setAside({ offset: 1 }, { offset: 1 }, { offset: 2 })
    await world.redrive.discard(await world.redrive.plan({ deadLetterTopic, keys: ['o-2'] }), { reason: 'a test' })
    const found = []
    for await (const letter of world.redrive.find({ deadLetterTopic })) found.push(letter)
    expect(found).toMatchObject([
      { status: 'pending', copies: 2, origin: { offset: 1n }, record: { offset: 0n } },
      { status: 'discarded', copies: 1, origin: { offset: 2n }, state: { status: 'discarded', reason: 'a test' } },
    ])
    const pending = []
    for await (const { origin } of world.redrive.find({ deadLetterTopic, statuses: ['pending'] }))
      pending.push(origin.offset)
    expect(pending).toEqual([1n])
  })

  it('lists topics that are called like dead-letter topics, ours and others', async () => {
    const admin = world.broker.createAdmin()
    await admin.start()
    const names = [
      'orders.DLT',
      'orders-dlt',
      'x.dlq.state',
      'wolverine-dead-letter-queue',
      'a.b.dlq.parked',
      'dlqueue',
    ]
    await admin.createTopics(names.map((name) => ({ name, partitions: 1 })))
    expect(await world.redrive.topics()).toEqual(
      ['a.b.dlq.parked', 'orders-dlt', 'orders.DLT', deadLetterTopic, 'wolverine-dead-letter-queue'].sort(),
    )
  })
})
