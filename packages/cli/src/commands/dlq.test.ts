import { type ConsumerRecord, headerText } from '@ledgerbus/core'
import { createFakeClock, type InMemoryBroker } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { deadLettersOf } from '../../test/dead-letters.ts'
import { type Ran, run, type World } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'
import { Interruption } from '../edge/interruption.ts'

const { deadLetterTopic, lane, setAside } = deadLettersOf('orders', 'billing')

function redriven(broker: InMemoryBroker): readonly ConsumerRecord[] {
  return broker.controls.records(lane)
}

let world: FilledWorld & { readonly clock: ReturnType<typeof createFakeClock> }

beforeEach(async () => {
  world = { ...(await aFilledWorld(5)), clock: createFakeClock({ startMs: Date.UTC(2026, 0, 31, 14) }) }
  await setAside(world.broker, [{}, {}, { name: 'order.cancelled', error: 'order \u001b[2J 7' }, {}])
})

function dlq(words: string, more: Partial<World> = {}): Promise<Ran> {
  return run(`dlq ${words}`, { ...world, ...more })
}

describe('ledgerbus dlq list', () => {
  it('shows each dead-letter topic with what waits in it, and for how long', async () => {
    const { exitCode, stdout } = await dlq('list')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^TOPIC +PENDING +FAILED AGAIN +REDRIVEN +RESOLVED +DISCARDED +PARKED +OLDEST WAITING$/mu)
    expect(stdout).toMatch(/^orders\.billing\.dlq +4 +0 +0 +0 +0 +0 +2 h 0 min$/mu)
  })

  it('has times in RFC 3339 in JSON', async () => {
    expect(JSON.parse((await dlq('list -o json')).stdout)).toMatchObject({
      schemaVersion: 1,
      topics: [
        { topic: deadLetterTopic, letters: 4, byStatus: { pending: 4 }, oldestWaitingAt: '2026-01-31T12:00:00.000Z' },
      ],
    })
  })

  it('looks into a topic of any name, and guesses the one that was meant', async () => {
    expect((await dlq('list --topic orders-copy')).stdout).toMatch(/^orders-copy +0 /mu)
    const { exitCode, stderr } = await dlq('list --topic orders.biling.dlq')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_TOPIC_UNKNOWN: .*did you mean orders\.billing\.dlq\?/u)
  })
})

describe('ledgerbus dlq show', () => {
  it('groups by error, and shows nothing that could move the terminal', async () => {
    const { stdout } = await dlq(`show ${deadLetterTopic}`)
    expect(stdout).toMatch(/^orders\.billing\.dlq: 4 dead letters, pending 4$/mu)
    expect(stdout).toMatch(/^00000000000000aa +3 +2026-01-31T12:03:00\.000Z +charge +0\/3 +Error: no luck$/mu)
    expect(stdout).toMatch(/^00000000000000bb +1 .* Error: order \\u001b\[2J 7$/mu)
    expect(stdout).toMatch(/^order\.created +3$/mu)
  })

  it('lists one line a letter, up to a limit', async () => {
    const { stdout, stderr } = await dlq(`show ${deadLetterTopic} --list --limit 2`)
    expect(stdout.trimEnd().split('\n')).toEqual([
      '2026-01-31T12:00:00.000Z  0/0  pending  order.created  key=o-0  charge  00000000000000aa  Error: no luck',
      '2026-01-31T12:01:00.000Z  0/1  pending  order.created  key=o-1  charge  00000000000000aa  Error: no luck',
    ])
    expect(stderr).toMatch(/there are more/u)
    const lines = (await dlq(`show ${deadLetterTopic} --list --fingerprint 00000000000000bb -o jsonl`)).stdout
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { partition: 0, offset: '2', status: 'pending', event: { name: 'order.cancelled' } },
    ])
  })

  it('shows one letter with its headers, and its payload only when asked for', async () => {
    const { stdout } = await dlq(`show ${deadLetterTopic} --letter 0/2`)
    expect(stdout).toMatch(/^letter +orders\.billing\.dlq\/0\/2$/mu)
    expect(stdout).toMatch(/^from +orders\/0\/2 of group billing$/mu)
    expect(stdout).toMatch(/^ {2}lb-handler = charge$/mu)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toMatch(/payload/u)
    expect((await dlq(`show ${deadLetterTopic} --letter 0/2 --payload`)).stdout).toMatch(/^payload\n {2}\{"event_id"/mu)
    const asJson = JSON.parse((await dlq(`show ${deadLetterTopic} --letter 0/2 -o json`)).stdout) as {
      letters: object[]
    }
    expect(asJson.letters[0]).toMatchObject({ offset: '2', key: 'o-2', valueBytes: expect.any(Number) as unknown })
    expect(asJson.letters[0]).not.toHaveProperty('value')
  })
})

describe('ledgerbus dlq plan', () => {
  it('shows what would be done, to whom, and does nothing', async () => {
    const { exitCode, stdout } = await dlq(`plan ${deadLetterTopic} --event order.created --rate 2`)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^letters +3 with 3 keys, failed from 2026-01-31T12:00:00\.000Z to 2026-01-31T12:03:00\.000Z$/mu,
    )
    expect(stdout).toMatch(/^to +orders\.billing\.retry\.0s \(3\)$/mu)
    expect(stdout).toMatch(/^seen by +billing \(failed, 0 members\), no other group$/mu)
    expect(stdout).toMatch(/^duration +about 1\.5 s at 2\/s$/mu)
    expect(stdout).toMatch(/^warning: group billing has no members/mu)
    expect(redriven(world.broker)).toEqual([])
  })

  it('is one value as JSON', async () => {
    expect(JSON.parse((await dlq(`plan ${deadLetterTopic} --from 2026-01-31T12:01:00Z -o json`)).stdout)).toMatchObject(
      {
        dryRun: true,
        plan: {
          selected: [{ partition: 0, offsets: '1-3' }],
          filter: { from: '2026-01-31T12:01:00.000Z' },
          counts: { letters: 3 },
        },
      },
    )
  })
})

describe('ledgerbus dlq redrive', () => {
  it('gives them back and reports it, and run again does nothing', async () => {
    const { exitCode, stdout } = await dlq(`redrive ${deadLetterTopic} --yes --reason mended`)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^completed: planned 4, redriven 4, in \d+ ms$/mu)
    expect(stdout).toMatch(/^of the redriven: 0 resolved, 0 failed again, 4 not ended yet$/mu)
    expect(redriven(world.broker)).toHaveLength(4)
    expect((await dlq(`redrive ${deadLetterTopic} --yes`)).stdout).toMatch(/nothing was done: the plan is empty/u)
    expect(redriven(world.broker)).toHaveLength(4)
  })

  it('has an outcome for every letter in JSON', async () => {
    const { stdout } = await dlq(`redrive ${deadLetterTopic} --limit 1 --yes -o json`)
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: false,
      plan: { beyondLimit: 3 },
      report: { state: 'completed', letters: [{ partition: 0, offset: '0', outcome: 'redriven' }] },
    })
  })

  it('publishes nothing with --dry-run', async () => {
    const { stdout } = await dlq(`redrive ${deadLetterTopic} --dry-run`)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('dry run: nothing was published')
    expect(redriven(world.broker)).toEqual([])
  })

  it('is confirmed: by --yes, or by a person who is told what happens', async () => {
    const refused = await dlq(`redrive ${deadLetterTopic}`)
    expect(refused.exitCode).toBe(5)
    expect(refused.stderr).toMatch(/CLI_NOT_CONFIRMED/u)
    expect((await dlq(`redrive ${deadLetterTopic}`, { isTerminal: true, answers: ['no'] })).exitCode).toBe(5)
    expect(redriven(world.broker)).toEqual([])
    const asked = await dlq(`redrive ${deadLetterTopic}`, { isTerminal: true, answers: ['yes'] })
    expect(asked.exitCode).toBe(0)
    expect(asked.stderr).toMatch(
      /This publishes 4 dead letters \(order\.created 3, order\.cancelled 1\) to orders\.billing\.retry\.0s, for billing\./u,
    )
    expect(redriven(world.broker)).toHaveLength(4)
  })

  it('goes to the origin only when its topic is typed out', async () => {
    const { exitCode, stdout } = await dlq(`redrive ${deadLetterTopic} --to-origin orders --yes`)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^warning: group shipping reads the same topic and sees the records again$/mu)
    expect(redriven(world.broker)).toEqual([])
    expect(world.broker.controls.records('orders')).toHaveLength(9)
  })

  it('is refused for another topic than the one they came from', async () => {
    const { exitCode, stderr } = await dlq(`redrive ${deadLetterTopic} --to-origin users --yes`)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/REDRIVE_ORIGIN_NOT_ALLOWED: orders/u)
  })

  it('publishes nothing when nobody reads the plan any more, and does not call that done', async () => {
    const { exitCode, stderr } = await dlq(`redrive ${deadLetterTopic} --yes`, { isClosed: true })
    expect(exitCode).toBe(130)
    expect(stderr).toMatch(/nothing was done/u)
    expect(redriven(world.broker)).toEqual([])
  })

  it('interrupted ends with 130, and the same command goes on', async () => {
    const interrupt = new AbortController()
    const ending = dlq(`redrive ${deadLetterTopic} --rate 5 --yes`, { interrupted: interrupt.signal })
    await world.clock.advance(250)
    interrupt.abort(new Interruption('SIGINT'))
    const { exitCode, stdout, stderr } = await ending
    expect(exitCode).toBe(130)
    expect(stdout).toMatch(/^interrupted: planned 4, redriven [123]/mu)
    expect(stderr).toMatch(/run the same command again/u)
    expect((await dlq(`redrive ${deadLetterTopic} --yes`)).exitCode).toBe(0)
    const origins = redriven(world.broker).map(({ headers }) => headerText(headers, 'lb-origin-offset'))
    expect(origins).toEqual(['0', '1', '2', '3'])
  })

  it('ends with 4 when some are gone, with the reason', async () => {
    const broken = { ...world.broker }
    const plan = world.broker.createReader
    let reads = 0
    broken.createReader = () => {
      reads += 1
      if (reads === 2) world.broker.controls.deleteRecords({ topic: deadLetterTopic, partition: 0 }, 1n)
      return plan()
    }
    const { exitCode, stdout } = await dlq(`redrive ${deadLetterTopic} --yes`, { broker: broken })
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/^1 failed: it is gone: deleted, or expired$/mu)
  })
})

describe('ledgerbus dlq discard', () => {
  it('notes the reason, keeps the letters, and leaves them out from then on', async () => {
    const { exitCode, stdout } = await run(
      ['dlq', 'discard', deadLetterTopic, '--key', 'o-1', '--reason', 'a test order', '--yes'],
      world,
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^completed: planned 1, discarded 1, in/mu)
    expect((await dlq('list')).stdout).toMatch(/^orders\.billing\.dlq +3 +0 +0 +0 +1 +0 /mu)
    expect((await dlq(`show ${deadLetterTopic} --letter 0/1`)).stdout).toMatch(/^reason +a test order$/mu)
    expect(redriven(world.broker)).toEqual([])
  })
})

describe('wrong use of ledgerbus dlq', () => {
  it.each([
    ['no topic', 'show', /missing required argument 'topic'/u],
    ['a topic that does not exist', 'show orders.biling.dlq', /did you mean orders\.billing\.dlq\?/u],
    ['a pattern that matches nothing', `plan ${deadLetterTopic} --event order`, /matches no event/u],
    [
      'a letter that is none',
      `plan ${deadLetterTopic} --letter 7`,
      /REDRIVE_REQUEST_INVALID: .*no <partition>\/<offset>/u,
    ],
    ['force without a reason', `redrive ${deadLetterTopic} --force --yes`, /reason: needed with force/u],
    [
      'a status that is done',
      `redrive ${deadLetterTopic} --status resolved`,
      /Allowed choices are pending, failed-again, discarded/u,
    ],
    ['a time that is none', `plan ${deadLetterTopic} --from soon`, /CLI_TIME_INVALID/u],
    ['a discard without a reason', `discard ${deadLetterTopic} --yes`, /CLI_USAGE: to discard needs --reason/u],
    ['a share above 1', `redrive ${deadLetterTopic} --max-failed 20 --yes`, /REDRIVE_REQUEST_INVALID: .*at most 1/u],
  ])('%s ends with 2 and says why', async (_what, words, message) => {
    const { exitCode, stderr } = await dlq(words)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
    expect(redriven(world.broker)).toEqual([])
  })

  it('ends with 3 when Kafka is down', async () => {
    world.broker.controls.goDown()
    expect((await dlq('list')).exitCode).toBe(3)
  })

  it('of a group that never started a consumer says what makes its topic', async () => {
    const admin = world.broker.createAdmin()
    await admin.start()
    await admin.deleteTopics([lane])
    const { exitCode, stderr } = await dlq(`redrive ${deadLetterTopic} --yes`)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/REDRIVE_LANE_UNKNOWN: orders\.billing\.retry\.0s/u)
  })
})
