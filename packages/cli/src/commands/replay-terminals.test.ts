import { eventually } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Ran, run } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'
import { Interruption } from '../edge/interruption.ts'

// One terminal runs a replay, the others look at it and steer it, over the broker alone.

let world: FilledWorld

beforeEach(async () => {
  world = await aFilledWorld(1_200)
})

function replay(...words: readonly string[]): Promise<Ran> {
  return run(['replay', ...words], world)
}

const request = ['--from', '2026-01-31', '--to', '2026-02-01', '--group', 'billing', '--reason', 'bug 42 is fixed']

async function plan(...flags: readonly string[]): Promise<string> {
  const { stdout } = await replay('plan', ...request, ...flags, '-o', 'json')
  return (JSON.parse(stdout) as { plan: { replayId: string } }).plan.replayId
}

/** Runs it slowly enough to be steered, and waits until it publishes. */
async function runSlowly(replayId: string) {
  const interrupt = new AbortController()
  let stderr = ''
  const before = world.replayed().length
  const ended = run(['replay', 'run', replayId, '--confirm', 'orders', '--rate', '50'], {
    ...world,
    interrupted: interrupt.signal,
    onStderr: (text) => {
      stderr += text
    },
  })
  await eventually(() => world.replayed().length > before)
  return {
    ended,
    says: (text: string) => eventually(() => stderr.includes(text)),
    interrupt: () => {
      interrupt.abort(new Interruption('SIGINT'))
    },
  }
}

async function stateOf(replayId: string): Promise<string> {
  const { stdout } = await replay('status', replayId, '-o', 'json')
  return (JSON.parse(stdout) as { state: string }).state
}

describe('a replay that is planned', () => {
  it('is kept, listed and shown, and run by its id', async () => {
    const { stdout } = await replay('plan', ...request, '--rate', '500')
    const replayId = /^replay +(\S+)$/mu.exec(stdout)?.[1] ?? ''
    expect(stdout).toMatch(
      new RegExp(
        `only a plan: nothing was published\\. Run it with:\\n {2}ledgerbus replay run ${replayId} --rate 500\\n$`,
        'u',
      ),
    )
    expect(world.replayed()).toEqual([])
    expect((await replay('list')).stdout).toMatch(new RegExp(`^${replayId} +planned `, 'mu'))
    expect((await replay('show', replayId)).stdout).toMatch(/^entries +1,200 with 1,200 keys/mu)

    const unconfirmed = await replay('run', replayId, '--rate', '200')
    expect(unconfirmed.exitCode).toBe(5)
    expect(unconfirmed.stderr).toContain(`then add --confirm orders to \`ledgerbus replay run ${replayId} --rate 200\``)
    const ran = await replay('run', replayId, '--confirm', 'orders')
    expect(ran.stdout).toMatch(/^completed: planned 1,200, published 1,200, in /mu)
    expect(await stateOf(replayId)).toBe('completed')
  })

  it('is not run for whoever joined the other topic since, unless somebody says yes', async () => {
    const replayId = await plan('--target', 'orders-copy', '--event', 'order.cancelled')
    await world.commit('warehouse', 'orders-copy')
    const { exitCode, stderr } = await replay('run', replayId)
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(
      /REPLAY_NOT_CONFIRMED: .*group warehouse reads orders-copy and did not when the plan was made/u,
    )
    expect(stderr).toMatch(/remedy: .*--yes into another topic/u)
    expect(world.replayed('orders-copy')).toEqual([])
    expect((await replay('run', replayId, '--yes')).exitCode).toBe(0)
    expect(world.replayed('orders-copy')).toHaveLength(120)
  })

  it('keeps how fast it shall go, shows it again, and goes so', async () => {
    const replayId = await plan('--rate', '600', '--event', 'order.cancelled')
    expect((await replay('show', replayId)).stdout).toMatch(/^duration +about 200 ms at 600\/s$/mu)
    expect(JSON.parse((await replay('show', replayId, '--json')).stdout)).toMatchObject({
      plan: { ratePerSecond: 600, expectedDurationMs: 200 },
    })
    const { stdout, stderr } = await replay('run', replayId, '--confirm', 'orders')
    expect(stderr).toMatch(/^duration +about 200 ms at 600\/s$/mu)
    expect(stdout).toMatch(/^completed: planned 120, /mu)
  })

  it('keeps the gaps it shall have, and bounds them when it is run', async () => {
    const replayId = await plan('--speed', '1000', '--order', 'time', '--event', 'order.cancelled')
    expect((await replay('show', replayId)).stdout).toMatch(/^duration +up to .* at 1000 times the original speed$/mu)
    const ran = await replay('run', replayId, '--max-gap', '1ms', '--confirm', 'orders')
    expect(ran.stdout).toMatch(/^completed: planned 120, /mu)
  })

  it('is not run twice', async () => {
    const replayId = await plan()
    await replay('run', replayId, '--confirm', 'orders')
    const { exitCode, stderr } = await replay('run', replayId)
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(/REPLAY_ENDED/u)
    expect(world.replayed()).toHaveLength(1_200)
  })

  it('stays planned when nobody confirms it, and is named', async () => {
    const paced = ['replay', ...request, '--rate', '200', '--brokers', 'memory:1']
    const { exitCode, stderr } = await run(paced, { ...world, isTerminal: true, answers: ['no'] })
    expect(exitCode).toBe(5)
    const named = /the plan is kept: ledgerbus replay run (\S+) --rate 200 --brokers memory:1$/mu
    const replayId = named.exec(stderr)?.[1] ?? ''
    expect(await stateOf(replayId)).toBe('planned')
  })

  it('needs no id of a dry run, which is not kept', async () => {
    await replay(...request, '--dry-run')
    expect((await replay('list', '-o', 'json')).stdout).toBe('{"schemaVersion":1,"replays":[]}\n')
  })

  it('lacks nothing that a run needs', async () => {
    const { exitCode, stderr } = await replay('plan', '--from', '2026-01-31', '--to', '2026-02-01')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/needs --group .* and --reason/u)
  })

  it.each([[['replay', 'plan', ...request]], [['replay', ...request, '--confirm', 'orders']]])(
    'is of somebody, and says how to name them where the operating system does not: %j',
    async (words) => {
      const nobody = { ...world, userName: undefined }
      const { exitCode, stderr } = await run(words, nobody)
      expect(exitCode).toBe(2)
      expect(stderr).toMatch(/a replay needs --by \(who asks for it: the operating system does not know\)/u)
      expect(await run([...words, '--by', 'ann'], nobody)).toMatchObject({ exitCode: 0 })
    },
  )
})

describe('a replay under way', () => {
  it('is paused and resumed from another terminal', async () => {
    const replayId = await plan()
    const running = await runSlowly(replayId)

    const paused = await replay('pause', replayId, '--by', 'eve', '--note', 'live traffic first')
    expect(paused.stdout).toMatch(new RegExp(`^${replayId}: paused, `, 'u'))
    await running.says(`paused by eve (live traffic first): waits until ledgerbus replay resume ${replayId}`)
    const published = world.replayed().length
    expect((await replay('status', replayId)).stdout).toMatch(/^state +paused, by eve$/mu)
    expect(world.replayed()).toHaveLength(published)

    const resumed = await replay('resume', replayId, '--json')
    expect(JSON.parse(resumed.stdout)).toMatchObject({ state: 'running', hasRunner: true })
    await eventually(() => world.replayed().length > published)
    running.interrupt()
    expect((await running.ended).exitCode).toBe(130)

    const { stdout: status } = await replay('status', replayId)
    expect(status).toMatch(new RegExp(`else with ledgerbus replay run ${replayId} --rate 50$`, 'mu'))
    const history = await replay('history', replayId, '--json')
    const { changes } = JSON.parse(history.stdout) as { changes: { kind: string; by: string; note?: string }[] }
    expect(changes.map(({ kind, by, note }) => [kind, by, note])).toEqual([
      ['planned', 'ann', undefined],
      ['begun', 'ann', undefined],
      ['paused', 'eve', 'live traffic first'],
      ['resumed', 'ann', undefined],
      ['taken-up', 'ann', undefined],
      ['interrupted', 'ann', 'interrupted'],
    ])
  })

  it('is cancelled from another terminal, and ends with 4 and the report', async () => {
    const replayId = await plan()
    const running = await runSlowly(replayId)
    await replay('cancel', replayId, '--by', 'eve', '--note', 'the wrong range')
    const { exitCode, stdout, stderr } = await running.ended
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/^cancelled: planned 1,200, published \d+/mu)
    expect(stderr).toMatch(
      /CLI_PARTLY_DONE: cancelled by eve \(the wrong range\); \d+ of 1,200 are published, and no more/u,
    )
    expect((await replay('run', replayId)).stderr).toMatch(/REPLAY_ENDED/u)
    expect((await replay('status', replayId, '--watch')).exitCode).toBe(4)
  })

  it('is followed by --watch to its end', async () => {
    const replayId = await plan('--event', 'order.cancelled')
    let told = ''
    const watched = run(['replay', 'status', replayId, '--watch', '-o', 'jsonl'], {
      ...world,
      onStdout: (text) => {
        told += text
      },
    })
    await eventually(() => told.includes('planned'))
    const running = await runSlowly(replayId)
    expect((await running.ended).exitCode).toBe(0)
    const { exitCode, stdout } = await watched
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { state: string }).state)).toEqual([
      'planned',
      'running',
      'completed',
    ])
    expect(exitCode).toBe(0)
  })

  it('is taken over by whoever runs it later, and the earlier one stops', async () => {
    const replayId = await plan()
    const first = await runSlowly(replayId)
    const second = await replay('run', replayId, '--confirm', 'orders')
    expect(second.stderr).toMatch(/a runner gave a sign of life .* ago: if it still runs, this one takes over/u)
    expect(second.exitCode).toBe(0)
    const { exitCode, stderr } = await first.ended
    expect(stderr).toMatch(/error: {2}REPLAY_FENCED/u)
    expect(exitCode).toBe(1)
    expect(world.replayed()).toHaveLength(1_200)
  })

  it('is resumed by `run` where its runner is gone', async () => {
    const replayId = await plan()
    const running = await runSlowly(replayId)
    running.interrupt()
    expect((await running.ended).exitCode).toBe(130)
    expect((await replay('status', replayId)).stdout).toMatch(/else with ledgerbus replay run/u)
    expect((await replay('run', replayId, '--confirm', 'orders')).exitCode).toBe(0)
    expect(world.replayed()).toHaveLength(1_200)
  })

  it.each([
    ['pause', 'planned', /REPLAY_NOT_RUNNING/u],
    ['resume', 'planned', /REPLAY_NOT_PAUSED/u],
  ])('is not told to %s while it is %s', async (word, _state, message) => {
    const { exitCode, stderr } = await replay(word, await plan())
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(5)
  })
})
