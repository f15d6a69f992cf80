import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditLog, NextOffset } from '@ledgerbus/core'
import { createReplay } from '@ledgerbus/replay'
import { anAuditRange, anAuditRecord, createFakeClock, createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { deadLettersOf } from '../test/dead-letters.ts'
import { projectFolder, run } from '../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../test/filled-world.ts'
import { shellWords } from '../test/shell-words.ts'
import { Interruption } from './edge/interruption.ts'
import { commandWords } from './program.ts'

/** The lines below `Examples:` in the help of every command. */
async function everyExample(): Promise<string[]> {
  const examples: string[] = []
  for (const words of commandWords) {
    const { stdout } = await run([...words, '--help'])
    const section = /Examples:\n((?: {2}.+\n)+)/u.exec(stdout)?.[1] ?? ''
    examples.push(
      ...section
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    )
  }
  return examples
}

/** Minutes after the orders of the world, so that `-2h` finds them. */
const afternoon = () => createFakeClock({ startMs: Date.UTC(2026, 0, 31, 12, 12) })

/** Everything in the world is stored, and the sink says so. */
async function sinkHasCommitted({ broker }: FilledWorld): Promise<void> {
  const admin = broker.createAdmin()
  await admin.start()
  const ends = await admin.topicOffsets('orders')
  await admin.setGroupOffsets(
    'ledgerbus-audit-sink',
    ends.map(({ topic, partition, end }) => ({ topic, partition, offset: end as NextOffset })),
  )
}

/** What follows the log needs something to happen. */
async function storeUntil(running: Promise<unknown>, auditLog: AuditLog): Promise<void> {
  let isOver = false
  void running.finally(() => {
    isOver = true
  })
  for (let offset = 1_000n; !isOver; offset += 1n) {
    await auditLog.insert(anAuditRange(auditLog, { records: [anAuditRecord({ offset })] }))
    await new Promise(setImmediate)
  }
}

/** A runner elsewhere does, whose signs of life they read. */
const livesInRealTime = new Set(['replay resume', 'replay pause', 'replay cancel', 'replay status', 'replay run'])

/** What examples of the words behind `replay` suppose: a plan, and where they steer or watch it, somebody who runs it. */
async function replayStands({ broker, auditLog, ids }: FilledWorld, word: string): Promise<() => Promise<void>> {
  const replay = createReplay({ broker, auditLog, ids, logger: createRecordingLogger() })
  const fromMs = Date.UTC(2026, 0, 31)
  const request = { fromMs, toMs: fromMs + 86_400_000, groups: ['billing'], reason: 'a test', by: 'ann' }
  const { replayId } = await replay.plan(request)
  if (!['status', 'pause', 'resume', 'cancel'].includes(word)) return () => replay.close()
  const isWatched = word === 'status'
  const running = replay.run(replayId, { confirmed: true, ...(!isWatched && { ratePerSecond: 2 }) })
  const ended = running.catch(() => undefined)
  if (isWatched) await ended
  else await eventually(async () => (await replay.status(replayId)).state === 'running')
  if (word === 'resume') await replay.pause(replayId, { by: 'ann' })
  return async () => {
    await replay.close()
    await ended
  }
}

/** What examples suppose to be set. */
const variables = {
  KAFKA_BROKERS: 'memory:1',
  CLICKHOUSE_URL: 'http://memory:1',
  ...Object.fromEntries(
    ['SINK', 'REPLAYER', 'MIGRATOR', 'ACME_READER'].map((name) => [
      `LEDGERBUS_PASSWORD_${name}`,
      'a long enough password',
    ]),
  ),
}

const network: typeof fetch = async () => new Response('26.7.2.1')

describe('examples in the help', () => {
  it('are two or more for every command', async () => {
    expect((await everyExample()).length).toBeGreaterThanOrEqual(commandWords.length * 2)
  })

  it('all work', async () => {
    for (const example of await everyExample()) {
      const world = await aFilledWorld()
      await deadLettersOf('orders', 'billing').setAside(world.broker, [{}, {}])
      await sinkHasCommitted(world)
      const sealsIn = mkdtempSync(join(tmpdir(), 'ledgerbus-examples-'))
      if (example.includes('audit verify --seals')) {
        expect(await run('audit seal --seals ./seals', { ...world, sealsIn, clock: afternoon() })).toMatchObject({
          exitCode: 0,
        })
      }
      const interrupt = new AbortController()
      const [command = '', input] = example.split(' | ').toReversed()
      const file = input?.replace(/^cat /u, '')
      const argv = shellWords(command)
      const isService = argv.includes('sink')
      const words = argv.slice(1, 3).join(' ')
      const leaveReplay = words.startsWith('replay ') ? await replayStands(world, argv[2] ?? '') : undefined
      const running = run(argv.slice(1), {
        ...world,
        env: variables,
        cwd: projectFolder,
        fetch: network,
        interrupted: interrupt.signal,
        // Publishing, the service and whoever runs a replay live in real time.
        ...(isService || livesInRealTime.has(words) || argv.includes('publish') ? {} : { clock: afternoon() }),
        sealsIn,
        ...(file !== undefined && { stdin: readFileSync(join(projectFolder, file), 'utf8') }),
        onStderr: (text) => {
          if (isService && text.includes('audit sink started')) interrupt.abort(new Interruption('SIGTERM'))
        },
      })
      if (argv.includes('tail')) await storeUntil(running, world.auditLog)
      const { exitCode, stderr } = await running
      // A service logs; who runs a plan is told what it is, and who asks for errors that there are none.
      const isTold = isService || words === 'replay run' || words === 'replay errors'
      expect({ example, exitCode, stderr: isTold ? '' : stderr }).toEqual({ example, exitCode: 0, stderr: '' })
      await leaveReplay?.()
    }
  })
})
