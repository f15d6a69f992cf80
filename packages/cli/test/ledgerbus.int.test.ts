import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { BrokerAdmin } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shellWords } from './shell-words.ts'
import { type Ended, type SpawnedLedgerbus, spawnLedgerbus } from './spawned-ledgerbus.ts'

// The real command against the real servers: topics and tables of its own, the events of test/project with another topic.

const run = randomBytes(4).toString('hex')
const topic = `cli-it-${run}`
const group = `cli-it-sink-${run}`
const orders = 1_500

let folder: string
let env: Record<string, string>

beforeAll(() => {
  const { kafkaBrokers, clickhouseUrl, schemaRegistryUrl } = stackAddresses()
  const { origin, username, password } = new URL(clickhouseUrl)
  env = {
    KAFKA_BROKERS: kafkaBrokers.join(','),
    CLICKHOUSE_URL: origin,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    ...(username !== '' && { CLICKHOUSE_USER: username, CLICKHOUSE_PASSWORD: password }),
  }
  // Beside test/project, so that its imports are found.
  folder = mkdtempSync(join(import.meta.dirname, '.project-'))
  writeFileSync(
    join(folder, 'ledgerbus.config.ts'),
    `import { defineEvent } from '@ledgerbus/core'
import { defineConfig } from 'ledgerbus'
import { z } from 'zod'
export default defineConfig({
  events: [
    defineEvent('order.created', {
      version: 1, description: 'A new order was placed', requireActor: true, requireEntity: true,
      topic: { name: '${topic}', partitions: 3 }, payload: { after: z.object({ total: z.number() }) },
    }),
  ],
  clickhouse: { tablePrefix: 'cli_it_${run}' },
  sink: { topics: ['${topic}'], groupId: '${group}' },
})
`,
  )
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function start(argv: string | readonly string[], more: Readonly<Record<string, string>> = {}): SpawnedLedgerbus {
  return spawnLedgerbus(typeof argv === 'string' ? argv.split(' ') : argv, { env: { ...env, ...more }, cwd: folder })
}

async function ledgerbus(
  argv: string | readonly string[],
  stdin = '',
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const command = start(argv, more)
  command.stdin.end(stdin)
  return await command.ended
}

function created(id: number, total: unknown = id): string {
  const event = {
    name: 'order.created',
    entityId: `o-${id}`,
    actor: { type: 'user', id: 'u-1' },
    payload: { after: { total } },
  }
  return `${JSON.stringify(event)}\n`
}

/** Everything the log holds, replays too. */
async function entriesInLog(): Promise<number> {
  const { stdout } = await ledgerbus('logs show --replays include --limit all -o jsonl')
  return stdout === '' ? 0 : stdout.trimEnd().split('\n').length
}

/** Runs the sink until the log holds so many entries. */
async function sinkUntil(entries: number): Promise<Ended> {
  const sink = start('sink run --migrate')
  await sink.says('audit sink started')
  await eventually(async () => (await entriesInLog()) >= entries, { timeoutMs: 30_000, intervalMs: 200 })
  sink.kill('SIGTERM')
  return await sink.ended
}

const lastHour = ['--from', '-1h', '--to', 'now'] as const
const forBilling = ['--group', 'billing', '--reason', 'bug 42 is fixed'] as const

describe('the whole way, in order', () => {
  it('topic apply creates the topics of the definitions', async () => {
    expect(await ledgerbus('topic apply')).toEqual({ exitCode: 0, stdout: `created  ${topic}\n`, stderr: '' })
    expect((await ledgerbus('topic list')).stdout).toContain(topic)
  })

  it('publish takes the lines that fit, and names the others', async () => {
    const lines = Array.from({ length: orders }, (_, index) => created(index))
    const { exitCode, stdout, stderr } = await ledgerbus('publish', [...lines, created(9_999, 'much')].join(''))
    expect(stdout).toBe('published 1,500, 1 invalid\n')
    expect(stderr).toMatch(/^line 1501: EVENT_INVALID: order\.created: payload\.after\.total/u)
    expect(exitCode).toBe(4)
    const { stdout: status } = await ledgerbus(['topic', 'status', topic, '-o', 'json'])
    expect(JSON.parse(status)).toMatchObject({ topic: { offsets: '1500' } })
  })

  it('the log answers nothing before it is migrated, and says what to do', async () => {
    const { exitCode, stderr } = await ledgerbus('logs show')
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/AUDIT_LOG_NOT_MIGRATED/u)
    expect(stderr).toMatch(/remedy: run `ledgerbus audit migrate`/u)
  })

  it('sink run migrates, stores everything, and drains on SIGTERM', async () => {
    const { exitCode, stdout } = await sinkUntil(orders)
    expect(stdout).toBe(
      'stored 1,500 (0 undecodable, 0 tombstones); everything taken from Kafka is stored and committed\n',
    )
    expect(exitCode).toBe(0)
  })

  it('consumer lag shows that the sink is done', async () => {
    const { stdout } = await ledgerbus(['consumer', 'lag', group, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ groupId: group, lag: '0' })
  })

  it('doctor finds everything well', async () => {
    const { exitCode, stdout } = await ledgerbus('doctor -o jsonl')
    expect(exitCode).toBe(0)
    const checks = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; status: string })
    expect(checks.map(({ status }) => status)).not.toContain('problem')
    expect(checks.map(({ name }) => name)).toContain('schema registry')
  })

  it('logs show filters and pages', async () => {
    const { stdout } = await ledgerbus('logs show --entity order/o-7 -o json')
    expect(JSON.parse(stdout)).toMatchObject({
      entries: [{ key: 'o-7', event: { payload: { after: { total: 7 } } } }],
      nextCursor: null,
    })
  })

  it('replay --dry-run plans and publishes nothing', async () => {
    const { exitCode, stdout } = await ledgerbus(['replay', ...lastHour, '--event', 'order.*', '--dry-run', '--json'])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: true,
      plan: { summary: { entries: orders }, otherGroups: [{ groupId: group }] },
    })
    expect(JSON.parse((await ledgerbus(['topic', 'status', topic, '-o', 'json'])).stdout)).toMatchObject({
      topic: { offsets: '1500' },
    })
  })

  it('replay publishes what it planned, and the sink stores it as replayed', async () => {
    const { exitCode, stdout } = await ledgerbus([
      'replay',
      ...lastHour,
      ...forBilling,
      '--confirm',
      topic,
      '-o',
      'json',
    ])
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ report: { state: 'completed', planned: orders, published: orders } })
    await sinkUntil(2 * orders)
    const facts = await ledgerbus('logs show --limit all -o jsonl')
    expect(facts.stdout.trimEnd().split('\n')).toHaveLength(orders)
    const replayed = await ledgerbus('logs show --replays only --limit all -o jsonl')
    expect(replayed.stdout.trimEnd().split('\n')).toHaveLength(orders)
  })

  it('replay ends with 130 on Ctrl-C, and the printed command publishes the rest', async () => {
    const target = await createTopic(`${topic}-resumed`)
    // Slow enough to be under way whatever else the machine does.
    const replay = start(['replay', ...lastHour, ...forBilling, '--target', target, '--yes', '--rate', '20'])
    await begins(target)
    replay.kill('SIGINT')
    const { exitCode, stdout, stderr } = await replay.ended
    expect(exitCode).toBe(130)
    expect(stderr).toMatch(/SIGINT: finishing what is under way/u)
    const published = Number(/^interrupted: planned 1,500, published ([\d,]+)/mu.exec(stdout)?.[1]?.replace(',', ''))
    expect(published).toBeGreaterThan(0)
    expect(published).toBeLessThan(orders)

    const command = /go on with:\n {2}ledgerbus (.*)\n/u.exec(stderr)?.[1] ?? ''
    expect(command).toMatch(/^replay run \S+ --rate 20$/u)
    const rest = await ledgerbus([...shellWords(command.replace(' --rate 20', ' --rate any')), '--yes'])
    expect(rest.stdout).toMatch(/^completed: planned 1,500, published 1,500 \([\d,]+ now\)/mu)
    expect(rest.exitCode).toBe(0)
    const { stdout: status } = await ledgerbus(['topic', 'status', target, '-o', 'json'])
    // One offset a transaction goes to its marker.
    expect(Number((JSON.parse(status) as { topic: { offsets: string } }).topic.offsets)).toBeGreaterThanOrEqual(orders)
  })

  it('replay run goes on where one was killed, steered from other terminals', async () => {
    const target = await createTopic(`${topic}-steered`)
    const plan = await ledgerbus(['replay', 'plan', ...lastHour, ...forBilling, '--target', target, '-o', 'json'])
    const { replayId } = (JSON.parse(plan.stdout) as { plan: { replayId: string } }).plan

    const slowly = ['replay', 'run', replayId, '--yes', '--rate', '20']
    const killed = start(slowly)
    await begins(target)
    killed.kill('SIGKILL')
    await killed.ended
    expect((await ledgerbus(['replay', 'status', replayId])).stdout).toMatch(/^state +running, by /mu)

    const goneOn = start(slowly)
    await goneOn.says('goes on: ')
    await eventually(async () => (await ledgerbus(['replay', 'pause', replayId, '--by', 'eve'])).exitCode === 0)
    await goneOn.says(`paused by eve: waits until ledgerbus replay resume ${replayId}`)
    const resumed = await ledgerbus(['replay', 'resume', replayId, '--by', 'eve', '-o', 'json'])
    expect(JSON.parse(resumed.stdout)).toMatchObject({ state: 'running', hasRunner: true })

    const watched = ledgerbus(['replay', 'status', replayId, '--watch'])
    const faster = await ledgerbus(['replay', 'run', replayId, '--yes'])
    expect(faster.stdout).toMatch(/^completed: planned 1,500, published 1,500 \([\d,]+ now\)/mu)
    expect(await goneOn.ended).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('REPLAY_FENCED') as unknown,
    })
    expect((await watched).stdout).toMatch(/completed {2}1,500 of 1,500 \(100 %\)\n$/u)
    expect((await watched).exitCode).toBe(0)
    expect((await ledgerbus('replay list')).stdout).toMatch(new RegExp(`^${replayId} +completed `, 'mu'))
  }, 120_000)

  it('sink run ends with 130 on Ctrl-C, drained', async () => {
    const sink = start('sink run')
    await sink.says('audit sink started')
    sink.kill('SIGINT')
    const { exitCode, stdout } = await sink.ended
    expect(stdout).toMatch(/everything taken from Kafka is stored and committed/u)
    expect(exitCode).toBe(130)
  })

  it('logs show ends with 130 on Ctrl-C', async () => {
    const logs = start('logs show --limit all --replays include -o jsonl')
    await once(logs.stdout, 'data')
    logs.stdout.pause()
    logs.kill('SIGINT')
    await logs.says('SIGINT')
    logs.stdout.resume()
    expect((await logs.ended).exitCode).toBe(130)
  })

  it('logs show ends quietly with 0 when its reader has enough', async () => {
    const logs = start('logs show --limit all --replays include -o jsonl')
    await once(logs.stdout, 'data')
    logs.stdout.destroy()
    expect(await logs.ended).toMatchObject({ exitCode: 0, stderr: '' })
  })

  it('a second signal ends at once', async () => {
    const replay = start(
      ['replay', ...lastHour, ...forBilling, '--target', await createTopic(`${topic}-forced`), '--yes'],
      {
        KAFKA_BROKERS: await brokerThatNeverAnswers(),
      },
    )
    await eventually(() => silent.length > 0, { timeoutMs: 20_000 })
    replay.kill('SIGTERM')
    await replay.says('SIGTERM')
    replay.kill('SIGTERM')
    expect((await replay.ended).exitCode).toBe(130)
  })
})

describe('wrong use', () => {
  it.each([
    ['no bounds', 'replay', 2, 'REPLAY_BOUNDS_REQUIRED'],
    ['reversed bounds', 'replay --from now --to -2h --dry-run', 2, 'REPLAY_BOUNDS_REVERSED'],
    ['a date that does not exist', 'replay --from 2026-02-30 --to now --dry-run', 2, '2026-02-30 does not exist'],
    [
      'an unknown event',
      'replay --from -2h --to now --event order.craeted --dry-run',
      2,
      'did you mean order.created?',
    ],
    ['an unknown topic', 'topic status cli-it-nowhere', 2, 'CLI_TOPIC_UNKNOWN'],
    ['an unknown topic in the log', 'logs show --topic cli-it-nowhere', 2, 'CLI_TOPIC_UNKNOWN'],
    ['an unknown group', 'consumer lag cli-it-nobody', 2, 'CLI_GROUP_UNKNOWN'],
    ['an unknown command', 'relpay', 2, 'Did you mean replay?'],
    ['a mistyped flag', 'logs show --form -2h', 2, 'Did you mean --from?'],
    ['an unknown replay', 'replay run 00000000', 2, 'CLI_REPLAY_UNKNOWN'],
    ['an unknown word', 'replay stauts x', 2, 'did you mean status?'],
    ['no confirmation', 'replay --from -2h --to now --group g --reason r', 5, '--confirm cli-it-'],
  ])('%s: ledgerbus %s', async (_what, argv, exitCode, message) => {
    const ended = await ledgerbus(argv)
    expect(ended.stderr).toContain(message)
    expect(ended.stderr).not.toMatch(/\n\s+at /u)
    expect(ended.exitCode).toBe(exitCode)
  })

  it('an empty range is no error', async () => {
    const { exitCode, stdout } = await ledgerbus('replay --from 2020-01-01 --to 2020-01-02 --dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/nothing to replay/u)
  })

  it.each(['topic list', 'replay --from -2h --to now --dry-run', 'publish', 'doctor'])(
    'Kafka down: ledgerbus %s',
    async (argv) => {
      const { exitCode, stderr, stdout } = await ledgerbus(argv, created(1), { KAFKA_BROKERS: '127.0.0.1:1' })
      expect(`${stdout}${stderr}`).toContain('BROKER_UNREACHABLE')
      expect(`${stdout}${stderr}`).toContain('KAFKA_BROKERS')
      expect(exitCode).toBe(3)
    },
  )

  it.each(['logs show', 'replay --from -2h --to now --dry-run', 'doctor'])(
    'ClickHouse down: ledgerbus %s',
    async (argv) => {
      const { exitCode, stderr, stdout } = await ledgerbus(argv, '', { CLICKHOUSE_URL: 'http://127.0.0.1:1' })
      expect(`${stdout}${stderr}`).toMatch(/AUDIT_LOG_UNREACHABLE|CLI_UNREACHABLE/u)
      expect(exitCode).toBe(3)
    },
  )

  it('a sink waits for servers that are down, and can be stopped meanwhile', async () => {
    const sink = start('sink run', { KAFKA_BROKERS: '127.0.0.1:1', CLICKHOUSE_URL: 'http://127.0.0.1:1' })
    await sink.says('cannot start yet, will try again')
    sink.kill('SIGTERM')
    const { exitCode, stdout } = await sink.ended
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^stored 0 /u)
  })
})

const silent: Socket[] = []
const silentServer = createServer((socket) => silent.push(socket))

/** An address that accepts connections and says nothing. */
async function brokerThatNeverAnswers(): Promise<string> {
  silentServer.listen(0, '127.0.0.1')
  await once(silentServer, 'listening')
  return `127.0.0.1:${(silentServer.address() as { port: number }).port}`
}

afterAll(() => {
  for (const socket of silent) socket.destroy()
  silentServer.close()
})

async function withAdmin<Result>(action: (admin: BrokerAdmin) => Promise<Result>): Promise<Result> {
  const admin = createKafkaBroker({ brokers: stackAddresses().kafkaBrokers, clientId: 'cli-it' }).createAdmin()
  await admin.start()
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}

async function createTopic(name: string): Promise<string> {
  await withAdmin((admin) => admin.createTopics([{ name, partitions: 3 }]))
  return name
}

/** Waits until something stands in a topic. */
async function begins(name: string): Promise<void> {
  await withAdmin((admin) =>
    eventually(async () => (await admin.topicOffsets(name)).some(({ end }) => end > 0n), { timeoutMs: 20_000 }),
  )
}
