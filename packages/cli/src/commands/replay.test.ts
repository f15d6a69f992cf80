import { readReplayMarks } from '@ledgerbus/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, type Ran, run } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'
import { shellWords } from '../../test/shell-words.ts'
import { Interruption } from '../edge/interruption.ts'

let world: FilledWorld

beforeEach(async () => {
  world = await aFilledWorld(20)
})

const range = ['--from', '2026-01-31', '--to', '2026-02-01']
const forBilling = ['--group', 'billing', '--reason', 'bug 42 is fixed']

function replay(...flags: readonly string[]): Promise<Ran> {
  return run(['replay', ...flags], world)
}

describe('ledgerbus replay --dry-run', () => {
  it('works as in the mission: bounds, a pattern, and the plan', async () => {
    const { exitCode, stdout, stderr } = await replay(...range, '--event', 'order.*', '--dry-run')
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^range +2026-01-31T00:00:00\.000Z to 2026-02-01T00:00:00\.000Z \(exclusive\), event time$/mu,
    )
    expect(stdout).toMatch(/^entries +20 with 20 keys/mu)
    expect(stdout).toMatch(/^order\.created +1 +18$/mu)
    expect(stdout).toMatch(/^order\.cancelled +1 +2$/mu)
    expect(stdout).toMatch(/^2026-01-31 +20$/mu)
    expect(stdout).toMatch(/^first +2026-01-31T12:00:00\.000Z {2}orders\/1\/0 {2}order\.created 0{8}-/mu)
    expect(stdout).toMatch(/^for +no group named yet/mu)
    expect(stdout).toMatch(/^passed by +billing \(0 members, lag 0\), shipping \(0 members, lag 20\)$/mu)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('dry run: nothing was published')
    expect(world.replayed()).toEqual([])
  })

  it('is one value as JSON, with the selection absolute and the offsets as texts', async () => {
    const { stdout } = await replay(...range, ...forBilling, '--rate', '10', '--dry-run', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      dryRun: true,
      plan: {
        selection: { from: '2026-01-31T00:00:00.000Z', below: [{ topic: 'orders', partition: 1, below: '20' }] },
        summary: { entries: 20, first: '2026-01-31T12:00:00.000Z', last: '2026-01-31T12:09:30.000Z' },
        targetGroups: [{ groupId: 'billing', lag: '0' }],
        otherGroups: [{ groupId: 'shipping' }],
        ratePerSecond: 10,
        expectedDurationMs: 2_000,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown,
      },
    })
  })

  it('shows an empty plan as such', async () => {
    const { exitCode, stdout } = await replay('--from', '2027-01-01', '--to', '2027-01-02', '--dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/nothing to replay: no entry matches/u)
  })
})

describe('ledgerbus replay', () => {
  it('publishes what it planned to the topic typed out, and reports it', async () => {
    const { exitCode, stdout } = await replay(
      ...range,
      '--event',
      'order.created',
      ...forBilling,
      '--confirm',
      'orders',
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^completed: planned 18, published 18, in \d+ ms$/mu)
    expect(world.replayed()).toHaveLength(18)
    expect(readReplayMarks(world.replayed()[0]?.headers ?? [])).toMatchObject({
      groups: ['billing'],
      reason: 'bug 42 is fixed',
      of: { topic: 'orders', partition: 1, offset: 0n },
    })
  })

  it('is one value as JSON: plan and report', async () => {
    const { stdout } = await replay(...range, ...forBilling, '--confirm', 'orders', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: false,
      plan: { summary: { entries: 20 } },
      report: { state: 'completed', planned: 20, published: 20 },
    })
  })

  it('publishes to another topic with --yes', async () => {
    const { exitCode } = await replay(...range, ...forBilling, '--target', 'orders-copy', '--yes')
    expect(exitCode).toBe(0)
    expect(world.replayed()).toEqual([])
    expect(world.replayed('orders-copy')).toHaveLength(20)
  })

  it('does nothing for an empty range, needs no confirmation for it, and says so', async () => {
    const { exitCode, stdout } = await replay('--from', '2027-01-01', '--to', '2027-01-02', ...forBilling)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/nothing was published: the plan is empty/u)
  })

  it('publishes nothing when nobody reads the plan any more, and does not call that done', async () => {
    const argv = ['replay', ...range, ...forBilling, '--confirm', 'orders']
    const { exitCode, stderr } = await run(argv, { ...world, isClosed: true })
    expect(exitCode).toBe(130)
    expect(stderr).toMatch(/nothing was published/u)
    expect(world.replayed()).toEqual([])
  })

  it('counts a replay of replays only when told to', async () => {
    await replay(...range, ...forBilling, '--confirm', 'orders')
    const { stdout } = await replay(...range, '--dry-run')
    expect(stdout).toMatch(/^entries +20 /mu)
  })
})

describe('confirming a replay', () => {
  it('is refused without a terminal, with what to add', async () => {
    const { exitCode, stderr } = await replay(...range, ...forBilling)
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(/CLI_NOT_CONFIRMED/u)
    expect(stderr).toMatch(/add --confirm orders/u)
    expect(world.replayed()).toEqual([])
  })

  it('takes no --yes for the topic the entries came from', async () => {
    expect((await replay(...range, ...forBilling, '--yes')).exitCode).toBe(5)
    expect((await replay(...range, ...forBilling, '--yes', '--target', 'orders')).exitCode).toBe(5)
    expect(world.replayed()).toEqual([])
  })

  it('takes no other topic typed out than those it publishes to', async () => {
    const { exitCode, stderr } = await replay(...range, ...forBilling, '--confirm', 'ordres')
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(/publishes to orders/u)
  })

  it('asks a person to type the topic, after saying what is published', async () => {
    const atTerminal = { ...world, isTerminal: true, answers: ['orders'] }
    const { exitCode, asked, stderr } = await run(['replay', ...range, ...forBilling], atTerminal)
    expect(exitCode).toBe(0)
    expect(asked).toEqual(['Type orders to publish to this topic again'])
    expect(stderr).toMatch(
      /This publishes 20 records \(order\.cancelled 2, order\.created 18\) from .* to orders for billing\./u,
    )
    expect(world.replayed()).toHaveLength(20)
  })

  it.each([['yes'], ['order'], []])('publishes nothing when the person types %j', async (...answers) => {
    const atTerminal = { ...world, isTerminal: true, answers }
    expect((await run(['replay', ...range, ...forBilling], atTerminal)).exitCode).toBe(5)
    expect(world.replayed()).toEqual([])
  })

  it('asks for a plain yes for another topic', async () => {
    const atTerminal = { ...world, isTerminal: true, answers: ['yes'] }
    const { exitCode } = await run(['replay', ...range, ...forBilling, '--target', 'orders-copy'], atTerminal)
    expect(exitCode).toBe(0)
    expect(world.replayed('orders-copy')).toHaveLength(20)
  })
})

describe('wrong use of ledgerbus replay', () => {
  it.each([
    ['no bounds', [], 2, /REPLAY_BOUNDS_REQUIRED/u],
    ['one bound', ['--from', '2026-01-31'], 2, /REPLAY_BOUNDS_REQUIRED/u],
    ['bounds in the wrong order', ['--from', '2026-02-01', '--to', '2026-01-31'], 2, /REPLAY_BOUNDS_REVERSED/u],
    [
      'a date that does not exist',
      ['--from', '2026-02-30', '--to', '2026-03-01'],
      2,
      /CLI_TIME_INVALID: --from: 2026-02-30 does not exist/u,
    ],
    [
      'a mistyped flag',
      ['--form', '2026-01-31', '--to', '2026-02-01'],
      2,
      /unknown option '--form'; Did you mean --from\?/u,
    ],
    ['no group and no reason', range, 2, /needs --group .* and --reason/u],
    ['an empty reason', [...range, '--group', 'billing', '--reason', ''], 2, /CLI_USAGE: .*a replay needs --reason/u],
    [
      'a cursor without its replay id',
      [...range, '--after', 'x', '--dry-run'],
      2,
      /--after and --replay-id belong together/u,
    ],
    ['a cursor that is none', [...range, '--after', 'x', '--replay-id', 'r', '--dry-run'], 2, /REPLAY_CURSOR_INVALID/u],
    [
      'an unknown event',
      [...range, '--event', 'order.craeted', '--dry-run'],
      2,
      /CLI_EVENT_UNKNOWN: .*did you mean order\.created\?/u,
    ],
    ['a pattern that can match nothing', [...range, '--event', 'order', '--dry-run'], 2, /pattern/u],
    [
      'an unknown topic',
      [...range, '--topic', 'ordres', '--dry-run'],
      2,
      /CLI_TOPIC_UNKNOWN: .*did you mean orders\?/u,
    ],
    [
      'an unknown target',
      [...range, '--target', 'ordres', '--dry-run'],
      2,
      /CLI_TOPIC_UNKNOWN: there is no topic ordres; did you mean orders\?/u,
    ],
    ['a rate of 0', [...range, '--rate', '0'], 2, /Use a number above 0/u],
    ['the word plan', ['plan', ...range], 2, /too many arguments/u],
  ])('%s ends with the right code and message', async (_what, flags, exitCode, message) => {
    const ran = await replay(...flags)
    expect(ran.stderr).toMatch(message)
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stdout).toBe('')
    expect(world.replayed()).toEqual([])
  })

  it('is found before anything is connected or configured', async () => {
    const nowhere = { env: {}, cwd: projectFolder }
    expect((await run('replay', nowhere)).stderr).toMatch(/REPLAY_BOUNDS_REQUIRED/u)
    expect((await run(['replay', ...range, '--dry-run'], nowhere)).stderr).toMatch(/CLI_CONFIGURATION/u)
  })

  it('ends with 3 when Kafka or ClickHouse is down', async () => {
    world.broker.controls.goDown()
    const withoutKafka = await replay(...range, '--dry-run')
    world.auditLog.controls.goDown()
    const withoutLog = await replay(...range, '--dry-run')
    expect(withoutKafka).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('BROKER_UNREACHABLE') as unknown,
    })
    expect(withoutLog).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('AUDIT_LOG_UNREACHABLE') as unknown,
    })
  })
})

describe('a replay that does not reach its end', () => {
  beforeEach(async () => {
    world = await aFilledWorld(1_200)
  })

  it('when interrupted ends with 130 and prints the command that goes on', async () => {
    const interrupt = new AbortController()
    broken(1, () => {
      interrupt.abort(new Interruption('SIGINT'))
    })
    const first = await run(
      ['replay', ...range, ...forBilling, '--confirm', 'orders', '--brokers', 'memory:1,memory:2'],
      {
        ...world,
        interrupted: interrupt.signal,
      },
    )
    expect(first.exitCode).toBe(130)
    expect(first.stdout).toMatch(/^interrupted: planned 1,200, published 1,000/mu)
    const command = /go on with:\n {2}ledgerbus (.*)\n/u.exec(first.stderr)?.[1] ?? ''
    expect(command).toMatch(
      /--group billing --reason 'bug 42 is fixed' --brokers memory:1,memory:2 --replay-id \S+ --after \S+$/u,
    )

    const second = await run([...shellWords(command), '--confirm', 'orders'], world)
    expect(second.stdout).toMatch(/^completed: planned 1,200, published 200, 1,000 before/mu)
    expect(second.exitCode).toBe(0)
    const sequences = world.replayed().map(({ headers }) => readReplayMarks(headers)?.sequence)
    expect(sequences).toEqual(Array.from({ length: 1_200 }, (_, index) => index))
  })

  it('when a page is refused ends with 4, the report and the command that goes on', async () => {
    broken(1, () => {
      world.broker.controls.inject({ at: 'append', outcome: 'failed' })
    })
    const { exitCode, stdout, stderr } = await replay(...range, ...forBilling, '--confirm', 'orders', '--json')
    expect(exitCode).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({
      report: { state: 'stopped', published: 500, failed: 500, unknown: 0 },
      resumeCommand: expect.stringContaining('--after ') as unknown,
    })
    expect(stderr).toContain('CLI_PARTLY_DONE')
  })

  it('when nothing was published at all keeps the code of its cause', async () => {
    world.broker.controls.inject({ at: 'append', outcome: 'failed' })
    const { exitCode, stdout, stderr } = await replay(...range, ...forBilling, '--confirm', 'orders')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^stopped: planned 1,200, published 0, 500 failed, 0 unknown/mu)
    expect(stderr).toMatch(/error: {2}REPLAY_PUBLISH_FAILED/u)
  })

  it('when a page is in doubt ends with 4 and says so', async () => {
    world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown' })
    const { exitCode, stdout, stderr } = await replay(...range, ...forBilling, '--confirm', 'orders')
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/^stopped: planned 1,200, published 0, 0 failed, 500 unknown/mu)
    expect(stderr).toMatch(/^cause: {2}REPLAY_PUBLISH_UNKNOWN/mu)
    expect(stderr).toMatch(/CLI_PARTLY_DONE: 0 of 1,200 are published, 500 more may be/u)
  })

  /** Does something when so many pages are published. */
  function broken(pages: number, action: () => void): void {
    const create = world.broker.createTransactionalProducer
    let begun = 0
    world = {
      ...world,
      broker: {
        ...world.broker,
        createTransactionalProducer(options) {
          const producer = create(options)
          return {
            ...producer,
            async begin() {
              if (begun === pages) action()
              begun += 1
              return await producer.begin()
            },
          }
        },
      },
    }
  }
})
