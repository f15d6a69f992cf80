import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readReplayMarks } from '@ledgerbus/core'
import { anAuditRange, anAuditRecord } from '@ledgerbus/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, type Ran, run, type World } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'
import { shellWords } from '../../test/shell-words.ts'
import { Interruption } from '../edge/interruption.ts'

let world: FilledWorld

beforeEach(async () => {
  world = await aFilledWorld(20)
})

const addresses = { KAFKA_BROKERS: 'memory:1', CLICKHOUSE_URL: 'http://memory:1' }
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with a project file. */
function aProject(config: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledgerbus-replay-'))
  folders.push(folder)
  writeFileSync(join(folder, 'ledgerbus.config.json'), JSON.stringify(config))
  return folder
}

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

  it.each([
    ['stretches of partitions', ['--partition', 'orders/1:5-9', '--partition', 'orders/1:18-'], 6],
    ['partitions that hold nothing', ['--partition', 'orders/0'], 0],
    [
      'all events but these',
      ['--exclude-id', '00000000-0000-7000-8000-000000000003', '--exclude-id', '00000000-0000-7000-8000-000000000004'],
      18,
    ],
    ['what matches a filter', ['--filter', 'name == "order.cancelled"'], 2],
  ])('selects %s', async (_what, flags, entries) => {
    const { stdout } = await replay(...range, ...flags, '--dry-run', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ plan: { summary: { entries } } })
  })

  it('leaves out what a redrive gave back, unless it is asked for', async () => {
    const record = { topic: 'orders', partition: 1, offset: 20n, timestampMs: BigInt(Date.UTC(2026, 0, 31, 13)) }
    const redriven = anAuditRecord({
      ...record,
      headers: { 'lb-redrive-id': 'r-1' },
      envelope: { timestamp: '2026-01-31T13:00:00.000Z' },
    })
    await world.auditLog.insert(anAuditRange(world.auditLog, { records: [redriven] }))
    expect((await replay(...range, '--dry-run')).stdout).toMatch(/^entries +20 /mu)
    expect((await replay(...range, '--dry-run', '--include-redrives')).stdout).toMatch(/^entries +21 /mu)
  })

  it('shows how a filter is divided between the log and the process', async () => {
    const { stdout } = await replay(...range, '--filter', 'payload.after.total >= 100', '--dry-run')
    expect(stdout).toMatch(
      /^filter +payload\.after\.total >= 100\n {2}on rows +payload\.after\.total >= 100, decided here .+\n {2}query +\S+/mu,
    )
  })

  it('checks the entries against the definitions of the project', async () => {
    const { stdout } = await run(['replay', ...range, '--dry-run'], { ...world, cwd: projectFolder })
    expect(stdout).toMatch(/^check +20 looked at, /mu)
  })

  it('leaves the check out where it shall, and says why nothing was checked', async () => {
    const leftOut = await run(['replay', ...range, '--dry-run', '--no-check'], { ...world, cwd: projectFolder })
    expect(leftOut.stdout).toMatch(/^check +not checked: left out when it was planned$/mu)
    const without = await replay(...range, '--dry-run')
    expect(without.stdout).toMatch(/^check +not checked: no definitions of events were at hand /mu)
    const { stdout } = await replay(...range, '--dry-run', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ plan: { unchecked: 'no-definitions' } })
  })

  it('takes its bound of entries from the project file, and may lower it', async () => {
    const bounded = { ...world, cwd: aProject({ replay: { maxEntries: 10 } }) }
    const { stdout } = await run(['replay', ...range, '--dry-run'], bounded)
    expect(stdout).toMatch(/^entries +20 with 20 keys, .*, at most 10 are run$/mu)
    const lower = await run(['replay', ...range, '--dry-run', '--max-entries', '5'], bounded)
    expect(lower.stdout).toMatch(/^entries +.*, at most 5 are run$/mu)
    const higher = await run(['replay', ...range, '--dry-run', '--max-entries', '50'], bounded)
    expect(higher.stderr).toMatch(/REPLAY_REQUEST_INVALID: .*maxEntries: at most 10, .* not 50/u)
    expect(higher.exitCode).toBe(2)
    const ran = await run(['replay', ...range, ...forBilling, '--confirm', 'orders'], bounded)
    expect(ran.stderr).toMatch(/remedy: plan a shorter range, .*replay\.maxEntries/u)
    expect(ran.exitCode).toBe(5)
    expect(world.replayed()).toEqual([])
  })

  it.each([
    ['of the environment', (): World => ({ env: { ...addresses, LEDGERBUS_SINK_GROUP: 'shipping' } })],
    ['of the project file', (): World => ({ cwd: aProject({ sink: { groupId: 'shipping' } }) })],
  ])('needs no confirmation because of the sink, whose group is that %s', async (_what, more) => {
    const dryRun = ['replay', ...range, ...forBilling, '--dry-run']
    expect((await run(dryRun, world)).stdout).toMatch(/^to confirm: group shipping also reads /mu)
    expect((await run(dryRun, { ...world, ...more() })).stdout).not.toMatch(/^to confirm/mu)
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

  it('takes what one earlier replay published, by its id', async () => {
    await replay(...range, '--event', 'order.cancelled', ...forBilling, '--confirm', 'orders')
    await replay(...range, '--event', 'order.created', ...forBilling, '--confirm', 'orders')
    const [first] = world.replayed()
    const replayId = readReplayMarks(first?.headers ?? [])?.replayId ?? ''
    const fromKafka = ['--read-from', 'kafka', '--topic', 'orders', '--dry-run']
    const { stdout } = await replay(...range, '--replays', replayId, ...fromKafka)
    expect(stdout).toMatch(/^entries +2 with /mu)
    expect(stdout).toMatch(new RegExp(`^replays +those of ${replayId}$`, 'mu'))
    expect((await replay(...range, '--replays', 'only', ...fromKafka)).stdout).toMatch(/^entries +20 with /mu)
  })

  it('counts a replay of replays only when told to', async () => {
    await replay(...range, ...forBilling, '--confirm', 'orders')
    const { stdout } = await replay(...range, '--dry-run')
    expect(stdout).toMatch(/^entries +20 /mu)
  })
})

describe('ledgerbus replay --read-from kafka', () => {
  const fromKafka = ['--read-from', 'kafka', '--topic', 'orders']

  it('plans and runs without an audit log: none is connected, none has to be configured', async () => {
    const { broker, ids } = world
    const withoutLog = { broker, ids, env: { KAFKA_BROKERS: 'memory:1' } }
    const { exitCode, stdout } = await run(
      ['replay', ...range, ...forBilling, ...fromKafka, '--event', 'order.cancelled', '--confirm', 'orders'],
      withoutLog,
    )
    expect(stdout).toMatch(/^read from +Kafka$/mu)
    expect(stdout).toMatch(/^completed: planned 2, published 2/mu)
    expect(exitCode).toBe(0)
    expect(world.replayed()).toHaveLength(2)
  })

  it('says where a topic is mistyped', async () => {
    const { exitCode, stderr } = await replay(...range, '--read-from', 'kafka', '--topic', 'ordres', '--dry-run')
    expect(stderr).toMatch(/CLI_TOPIC_UNKNOWN: there is no topic ordres; did you mean orders\?/u)
    expect(exitCode).toBe(2)
  })

  it('wants to know where to read', async () => {
    const { exitCode, stderr } = await replay(...range, '--read-from', 'kafka', '--dry-run')
    expect(stderr).toMatch(/REPLAY_REQUEST_INVALID: .*topics/u)
    expect(exitCode).toBe(2)
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

  it('wants a yes for another topic that somebody else reads', async () => {
    await world.commit('warehouse', 'orders-copy')
    const argv = ['replay', ...range, ...forBilling, '--target', 'orders-copy']
    const unasked = await run(argv, world)
    expect(unasked.exitCode).toBe(5)
    expect(unasked.stderr).toMatch(/CLI_NOT_CONFIRMED: publishing to orders-copy has to be confirmed/u)
    expect(unasked.stderr).toMatch(/then add --yes/u)
    const refused = await run(argv, { ...world, isTerminal: true, answers: ['no'] })
    expect(refused.asked).toEqual(['Publish them?'])
    expect(refused.stderr).toMatch(/group warehouse also reads what is published to orders-copy/u)
    expect(world.replayed('orders-copy')).toEqual([])
    expect((await run([...argv, '--yes'], world)).exitCode).toBe(0)
    expect(world.replayed('orders-copy')).toHaveLength(20)
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
    [
      'erased entries',
      [...range, '--status', 'erased', '--dry-run'],
      2,
      /Allowed choices are ok, tombstone, undecodable\./u,
    ],
    ['a word about replays that is none', [...range, '--replays', 'onyl', '--dry-run'], 2, /or the id of a replay/u],
    [
      'a check left out where it is needed',
      [...range, '--content', 'latest', '--no-check', '--dry-run'],
      2,
      /REPLAY_REQUEST_INVALID: .*check: content 'latest' needs it/u,
    ],
    ['a rate of 0', [...range, '--rate', '0'], 2, /Use a number above 0/u],
    ['a word that is none', ['plam', ...range], 2, /unknown command 'replay plam'; did you mean plan\?/u],
    [
      'a speed without an order that has one',
      [...range, '--speed', '2', '--dry-run'],
      2,
      /needs? .*--order time|plan it with --order time/u,
    ],
    ['a transform that nobody declared', [...range, '--transform', 'x', '--dry-run'], 2, /there is no transform x/u],
    ['an offset that is none', [...range, '--partition', 'orders/1:5'], 2, /Use topic\/partition/u],
    [
      'no definitions for the newest version',
      [...range, '--content', 'latest', '--dry-run'],
      2,
      /REPLAY_REQUEST_INVALID/u,
    ],
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

  const inPages = ['--max-in-flight', '500', '--confirm', 'orders']

  it('when interrupted ends with 130 and prints the command that goes on', async () => {
    const interrupt = new AbortController()
    broken(2, () => {
      interrupt.abort(new Interruption('SIGINT'))
    })
    const first = await run(['replay', ...range, ...forBilling, ...inPages, '--brokers', 'memory:1,memory:2'], {
      ...world,
      interrupted: interrupt.signal,
    })
    expect(first.exitCode).toBe(130)
    expect(first.stdout).toMatch(/^interrupted: planned 1,200, published 1,000/mu)
    const command = /go on with:\n {2}ledgerbus (.*)\n/u.exec(first.stderr)?.[1] ?? ''
    expect(command).toMatch(/^replay run \S+ --max-in-flight 500 --brokers memory:1,memory:2$/u)

    const second = await run([...shellWords(command), '--confirm', 'orders'], world)
    expect(second.stderr).toMatch(/^goes on: 1,000 of 1,200 \(83 %\) are done$/mu)
    expect(second.stderr).toMatch(/^ann paused it \(interrupted\): this run goes on all the same$/mu)
    expect(second.stdout).toMatch(/^completed: planned 1,200, published 1,200 \(200 now\)/mu)
    expect(second.exitCode).toBe(0)
    expect(sequences()).toEqual(Array.from({ length: 1_200 }, (_, index) => index))
  })

  it('goes on by itself behind a page in doubt, and publishes each entry once', async () => {
    broken(2, () => {
      world.broker.controls.inject({ at: 'transaction-commit', outcome: 'unknown' })
    })
    const { exitCode, stdout } = await replay(...range, ...forBilling, ...inPages)
    expect(stdout).toMatch(/^completed: planned 1,200, published 1,200/mu)
    expect(exitCode).toBe(0)
    expect(sequences()).toEqual(Array.from({ length: 1_200 }, (_, index) => index))
  })

  it('when entries fail ends with 4, and lists them', async () => {
    const { exitCode, stdout, stderr } = await run(
      ['replay', ...range, ...forBilling, ...inPages, '--transform', 'refusingCancelled', '--max-errors', '200'],
      inProject(),
    )
    expect(stdout).toMatch(/^completed: planned 1,200, published 1,080, failed 120/mu)
    expect(stderr).toMatch(/CLI_PARTLY_DONE: 1,080 of 1,200 are published, 120 could not be/u)
    expect(exitCode).toBe(4)
    const errors = await replay('errors', idIn(stderr))
    expect(errors.stdout.trimEnd().split('\n')).toHaveLength(120)
    expect(errors.stdout).toMatch(
      /^2026-01-31T12:04:30\.000Z {2}orders\/1\/9 {2}0{8}-\S+ {2}[A-Z_]+: .*a cancelled order/mu,
    )
  })

  it('when too many entries fail ends with 4, the report and what to look at, and no command that would stop at once', async () => {
    const { exitCode, stdout, stderr } = await run(
      [
        'replay',
        ...range,
        ...forBilling,
        ...inPages,
        '--transform',
        'refusingCancelled',
        '--max-errors',
        '60',
        '--json',
      ],
      inProject(),
    )
    expect(exitCode).toBe(4)
    const told = JSON.parse(stdout) as Record<string, unknown>
    expect(told).toMatchObject({ report: { state: 'failed', published: 549, failed: 61 } })
    expect(told).not.toHaveProperty('runCommand')
    expect(stderr).toContain('CLI_PARTLY_DONE')
    expect(stderr).toMatch(
      /"look at `ledgerbus replay errors \S+`; where more may fail, go on with `ledgerbus replay run \S+ --max-in-flight 500` and a --max-errors above 61"/u,
    )
    expect(stderr).toContain('REPLAY_TOO_MANY_ERRORS')
  })

  it('when nothing was published at all keeps the code of its cause', async () => {
    const { exitCode, stdout, stderr } = await run(
      ['replay', ...range, ...forBilling, ...inPages, '--transform', 'refusingAll'],
      inProject(),
    )
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^failed: planned 1,200, published 0, failed 101/mu)
    expect(stderr).toMatch(/error: {2}REPLAY_TOO_MANY_ERRORS/u)
    expect(stderr).toMatch(/remedy: look at `ledgerbus replay errors <id>`/u)
  })

  it('publishes to no topic that the project does not allow', async () => {
    const { exitCode, stderr } = await run(
      ['replay', ...range, ...forBilling, '--target', 'users', '--yes'],
      inProject(),
    )
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(/REPLAY_TARGET_NOT_ALLOWED/u)
  })

  it('leaves out what the transform leaves out', async () => {
    const { exitCode, stdout } = await run(
      ['replay', ...range, ...forBilling, ...inPages, '--transform', 'withoutCancelled'],
      inProject(),
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^completed: planned 1,200, published 1,080, left out 120/mu)
  })

  function inProject(): World {
    return { ...world, cwd: projectFolder }
  }

  function idIn(text: string): string {
    return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/u.exec(text)?.[0] ?? ''
  }

  function sequences(): (number | undefined)[] {
    return world.replayed().map(({ headers }) => readReplayMarks(headers)?.sequence)
  }

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
