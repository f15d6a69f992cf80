import { type PlanProgress, type Replay, type ReplayChange, ReplayError, type ReplayStatus } from '@ledgerbus/replay'
import { createFakeClock, createInMemoryAuditLog, type FakeClock } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { type Ran, run, type World } from '../../test/fake-edge.ts'
import { aReplayPlan, aReplayStatus, createFakeReplay } from '../../test/fake-replay.ts'
import { Interruption } from '../edge/interruption.ts'

const nowMs = Date.UTC(2026, 0, 31, 12)
const startedAtMs = nowMs - 60_000

/** That of a run that was given nothing. */
const usualPace = { maxInFlight: 2_000, maxLag: 10_000, maxErrors: 100 }

const running = aReplayStatus({
  replayId: 'r-2',
  plan: aReplayPlan({ replayId: 'r-2', target: 'orders-copy', topics: [{ name: 'orders-copy', partitions: 3 }] }),
  state: 'running',
  by: 'bob',
  published: 9,
  failed: 1,
  startedAtMs,
  lastSignMs: nowMs - 2_000,
})
const planned = aReplayStatus()

function replay(
  words: readonly string[],
  {
    statuses = [running, planned],
    ...more
  }: World & { readonly statuses?: ReplayStatus[]; readonly doing?: Partial<Replay> } = {},
): Promise<Ran> {
  return run(['replay', ...words], {
    clock: createFakeClock({ startMs: nowMs }),
    auditLog: createInMemoryAuditLog(),
    replay: () => createFakeReplay(statuses, more.doing),
    ...more,
  })
}

function watching(...statuses: readonly ReplayStatus[]): Partial<Replay> {
  return {
    async *watch() {
      yield* statuses
    },
  }
}

describe('ledgerbus replay status', () => {
  it('says who runs it, how far it is, how fast, and when it last gave a sign of life', async () => {
    const { exitCode, stdout } = await replay(['status', 'r-2'], {
      doing: watching(running, { ...running, published: 11, lastSignMs: nowMs - 1_000 }),
    })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^state +running, by bob$/mu)
    expect(stdout).toMatch(/^reason +bug 42 is fixed$/mu)
    expect(stdout).toMatch(/^done +12 of 20 \(60 %\), 1 failed$/mu)
    expect(stdout).toMatch(/^last sign +1\.0 s ago$/mu)
    expect(stdout).toMatch(/^rate +2\/s, about 4\.0 s left$/mu)
  })

  it('suspects that a runner without a sign of life was killed, and says how to go on', async () => {
    const silent = { ...running, lastSignMs: nowMs - 300_000 }
    const { stdout } = await replay(['status', 'r-2'], { statuses: [silent] })
    expect(stdout).toMatch(/^no sign of life for 5 min 0 s: killed\? go on with ledgerbus replay run r-2$/mu)
    expect(stdout).not.toMatch(/^rate/mu)
    const { stdout: json } = await replay(['status', 'r-2', '-o', 'json'], { statuses: [silent] })
    expect(JSON.parse(json)).toMatchObject({ state: 'running', silentForMs: 300_000 })
  })

  it('says how fast it went, and suggests to go on so and in the same place', async () => {
    const paced = {
      ...running,
      lastSignMs: nowMs - 300_000,
      pace: { ...usualPace, ratePerSecond: 200, speed: 2, maxGapMs: 36_000_000, maxErrors: Number.POSITIVE_INFINITY },
    }
    const command = 'ledgerbus replay run r-2 --rate 200 --speed 2 --max-gap 10h --max-errors any'
    const { stdout } = await replay(['status', 'r-2', '--brokers', 'memory:1'], { statuses: [paced] })
    expect(stdout).toMatch(/^pace +--rate 200 --speed 2 --max-gap 10h --max-errors any$/mu)
    expect(stdout).toMatch(new RegExp(`go on with ${command} --brokers memory:1$`, 'mu'))
    for (const state of ['planned', 'paused', 'failed'] as const) {
      const shown = await replay(['show', 'r-2'], { statuses: [{ ...paced, state }] })
      expect(shown.stdout).toMatch(new RegExp(`${command}$`, 'mu'))
    }
    const { stdout: json } = await replay(['status', 'r-2', '-o', 'json'], { statuses: [paced] })
    expect(JSON.parse(json)).toMatchObject({
      pace: {
        ratePerSecond: 200,
        speed: 2,
        maxGapMs: 36_000_000,
        maxInFlight: 2_000,
        maxLag: 10_000,
        maxErrors: 'any',
      },
    })
    const usual = await replay(['status', 'r-2'], { statuses: [{ ...running, pace: usualPace }] })
    expect(usual.stdout).toMatch(/^pace +as fast as it goes$/mu)
  })

  it('says what its runner waits for', async () => {
    const waiting = { ...running, waitingFor: 'group billing, which lags 20000 records behind' }
    const { stdout } = await replay(['status', 'r-2'], { statuses: [waiting] })
    expect(stdout).toMatch(/^waits for +group billing, which lags 20000 records behind$/mu)
    const { stdout: json } = await replay(['status', 'r-2', '-o', 'json'], { statuses: [waiting] })
    expect(JSON.parse(json)).toMatchObject({ waitingFor: waiting.waitingFor })
    expect((await replay(['list'], { statuses: [waiting] })).stdout).toMatch(/^r-2 +running, waits /mu)
  })

  it('measures no rate where nothing is heard for a second, and ends all the same', async () => {
    const clock = createFakeClock({ startMs: nowMs })
    const { exitCode, stdout } = await replay(['status', 'r-2'], {
      clock,
      doing: {
        async *watch(_id, { signal } = {}) {
          yield running
          await clock.advance(1_000)
          signal?.throwIfAborted()
        },
      },
    })
    expect(stdout).not.toMatch(/^rate/mu)
    expect(exitCode).toBe(0)
  })

  it('is one value as JSON, times in RFC 3339', async () => {
    const { stdout } = await replay(['status', 'r-2', '-o', 'json'])
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      replayId: 'r-2',
      state: 'running',
      by: 'bob',
      planned: 20,
      published: 9,
      failed: 1,
      leftOut: 0,
      percent: 50,
      reason: 'bug 42 is fixed',
      plannedBy: 'ann',
      plannedAt: '2026-01-31T11:59:00.000Z',
      groups: ['billing'],
      topics: ['orders-copy'],
      startedAt: '2026-01-31T11:59:00.000Z',
      lastSign: '2026-01-31T11:59:58.000Z',
    })
  })

  it('names the nearest and the newest replays for an id that nobody knows', async () => {
    const { exitCode, stderr, stdout } = await replay(['status', 'r-3'])
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/CLI_REPLAY_UNKNOWN: there is no replay r-3; did you mean r-2\?/u)
    expect(stderr).toMatch(/the newest are r-2, r-1/u)
  })

  it('takes an id that was cut short for the one that begins so', async () => {
    const long = aReplayStatus({ replayId: '00000000-0000-7000-8000-000000000001' })
    const { stderr } = await replay(['status', '00000000-0000'], { statuses: [long] })
    expect(stderr).toMatch(/did you mean 00000000-0000-7000-8000-000000000001\?/u)
  })
})

describe('ledgerbus replay status --watch', () => {
  const ended = { ...running, state: 'completed', published: 19, endedAtMs: nowMs } as const

  it('writes a line at each change of state until the end, and ends as it ended', async () => {
    const clean = { ...running, failed: 0 }
    const paused = { ...clean, state: 'paused', by: 'ann', note: 'live traffic first' } as const
    const { exitCode, stdout } = await replay(['status', 'r-2', '--watch'], {
      doing: watching(clean, { ...clean, published: 12 }, paused, clean, { ...ended, failed: 0, published: 20 }),
    })
    expect(stdout.split('\n').map((line) => line.split('  ').slice(1).join('  '))).toEqual([
      'running  9 of 20 (45 %)',
      'paused  9 of 20 (45 %)  by ann  live traffic first',
      'running  9 of 20 (45 %)',
      'completed  20 of 20 (100 %)',
      '',
    ])
    expect(exitCode).toBe(0)
  })

  it('writes a line when its runner begins and ends to wait for a group', async () => {
    const waiting = { ...running, waitingFor: 'group billing, which lags 20000 records behind' }
    const { stdout } = await replay(['status', 'r-2', '--watch'], {
      doing: watching(running, waiting, waiting, running, ended),
    })
    expect(stdout.split('\n').map((line) => line.split('  ').slice(3).join('  '))).toEqual([
      '',
      'waits for group billing, which lags 20000 records behind',
      '',
      '',
      '',
    ])
  })

  it('writes a line every five seconds in between, with the rate since the last', async () => {
    const clock = createFakeClock({ startMs: nowMs })
    const { stdout } = await replay(['status', 'r-2', '--watch', '-o', 'jsonl'], {
      clock,
      doing: {
        async *watch() {
          yield running
          await clock.advance(4_999)
          yield { ...running, published: 10, lastSignMs: nowMs - 1_000 }
          await clock.advance(1)
          yield { ...running, published: 13, lastSignMs: nowMs }
          yield { ...ended, failed: 0, published: 20 }
        },
      },
    })
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { published: number; ratePerSecond?: number })
    expect(lines.map(({ published, ratePerSecond }) => [published, ratePerSecond])).toEqual([
      [9, undefined],
      [13, 2],
      [20, undefined],
    ])
  })

  it.each([
    ['entries failed', ended],
    ['it was cancelled', { ...ended, state: 'cancelled' as const }],
    ['it failed', { ...ended, state: 'failed' as const }],
  ])('ends with 4 when %s', async (_what, last) => {
    const { exitCode, stderr } = await replay(['status', 'r-2', '--watch'], { doing: watching(running, last) })
    expect(stderr).toMatch(new RegExp(`CLI_PARTLY_DONE: ${last.state}: 20 of 20 \\(100 %\\), 1 failed are done`, 'u'))
    expect(exitCode).toBe(4)
  })

  it('ends with 130 on Ctrl-C', async () => {
    const interrupt = new AbortController()
    const { exitCode } = await replay(['status', 'r-2', '--watch', '-o', 'jsonl'], {
      interrupted: interrupt.signal,
      doing: {
        async *watch(_id, { signal } = {}) {
          yield running
          interrupt.abort(new Interruption('SIGINT'))
          signal?.throwIfAborted()
        },
      },
    })
    expect(exitCode).toBe(130)
  })

  it('shows a bar to a person, and the end in full', async () => {
    const { stdout } = await replay(['status', 'r-2', '--watch'], {
      isTerminal: true,
      isStdoutTerminal: true,
      doing: watching(running, { ...ended, failed: 0, published: 20 }),
    })
    expect(stdout).toMatch(/^state +completed, by bob$/mu)
    expect(stdout).toMatch(/^ended +2026-01-31T12:00:00\.000Z$/mu)
  })
})

describe('ledgerbus replay list', () => {
  it('is a table, the newest first, that marks silent runners', async () => {
    const silent = { ...running, lastSignMs: startedAtMs }
    const { stdout } = await replay(['list'], { statuses: [silent, planned] })
    const [head, first, second] = stdout.split('\n')
    expect(head).toMatch(/^REPLAY +STATE +PLANNED AT +BY +DONE +ENTRIES +TO +REASON$/u)
    expect(first).toMatch(
      /^r-2 +running, silent +2026-01-31T11:59:00\.000Z +ann +10 +20 +orders-copy +bug 42 is fixed$/u,
    )
    expect(second).toMatch(/^r-1 +planned /u)
  })

  it('is a line a replay as JSON lines', async () => {
    const { stdout } = await replay(['list', '-o', 'jsonl'])
    const ids = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { replayId: string }).replayId)
    expect(ids).toEqual(['r-2', 'r-1'])
  })

  it('may be narrowed by state, by person and by time', async () => {
    const asked: unknown[] = []
    const doing: Partial<Replay> = {
      list: async (conditions) => {
        asked.push({ ...conditions, signal: 'any' })
        return []
      },
    }
    const flags = ['--state', 'running', 'paused', '--by', 'ann', '--from', '-2h', '--to', 'now']
    const { stdout } = await replay(['list', ...flags], { doing })
    expect(asked).toEqual([
      { states: ['running', 'paused'], by: 'ann', fromMs: nowMs - 7_200_000, toMs: nowMs, signal: 'any' },
    ])
    expect(stdout).toMatch(/^no replay matches/u)
    expect(await replay(['list', '--state', 'done'])).toMatchObject({ exitCode: 2, stdout: '' })
    expect((await replay(['list', '--from', 'soon'])).stderr).toMatch(/CLI_TIME_INVALID: --from/u)
  })

  it('says so when there is none', async () => {
    const { exitCode, stdout } = await replay(['list'], { statuses: [] })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/no replay yet/u)
  })
})

describe('planning that takes its time', () => {
  const dryRun = ['--from', '2026-01-31', '--to', '2026-02-01', '--dry-run']

  function planning(clock: FakeClock, steps: readonly (readonly [afterMs: number, PlanProgress])[]): Partial<Replay> {
    return {
      async plan(_request, { onProgress } = {}) {
        for (const [afterMs, progress] of steps) {
          await clock.advance(afterMs)
          onProgress?.(progress)
          await clock.advance(0)
        }
        return aReplayPlan()
      },
    }
  }

  const steps = [
    [500, { step: 'counting', done: 10, total: 20_000 }],
    [600, { step: 'counting', done: 1_000, total: 20_000 }],
    [10_000, { step: 'counting', done: 2_000, total: 20_000 }],
    [1, { step: 'checking', done: 1_000, total: 9_000 }],
    [10_000, { step: 'checking', done: 6_000, total: 9_000 }],
  ] as const

  it('says how far it is every ten seconds, step by step', async () => {
    const clock = createFakeClock({ startMs: nowMs })
    const { stderr, exitCode } = await replay(dryRun, { clock, doing: planning(clock, steps) })
    expect(stderr).toBe(
      'reading Kafka: 2,000 of 20,000, 100/s, 3 min 0 s left\nchecking: 6,000 of 9,000, 500/s, 6.0 s left\n',
    )
    expect(exitCode).toBe(0)
  })

  it('shows a bar to a person, and none where it is done within a second', async () => {
    const clock = createFakeClock({ startMs: nowMs })
    const shown = await replay(dryRun, { clock, isTerminal: true, doing: planning(clock, steps) })
    expect(shown.stderr).toMatch(/reading Kafka .* \| 1000\/20000 /u)
    expect(shown.stderr).toMatch(/checking .* \| 1000\/9000 /u)
    const soon = await replay(dryRun, { clock, isTerminal: true, doing: planning(clock, steps.slice(0, 1)) })
    expect(soon.stderr).toBe('')
  })

  it('takes the bar away when it fails', async () => {
    const clock = createFakeClock({ startMs: nowMs })
    const { exitCode, stderr } = await replay(dryRun, {
      clock,
      isTerminal: true,
      doing: {
        async plan(_request, { onProgress } = {}) {
          await clock.advance(1_000)
          onProgress?.({ step: 'checking', done: 1_000, total: 9_000 })
          throw new ReplayError('the log went away', { code: 'REPLAY_READ_FAILED' })
        },
      },
    })
    const [bar, ...rest] = stderr.split('remedy: see that ClickHouse or Kafka answers')
    expect(bar).toMatch(/checking .* 1000\/9000 /u)
    // The cursor is back before the error is told.
    expect(bar).toContain('\u001B[?25h')
    expect(rest).toHaveLength(1)
    expect(exitCode).toBe(1)
  })
})

describe('ledgerbus replay history', () => {
  const common = { replayId: 'r-2', reason: 'bug 42 is fixed', planHash: 'h', planned: 20, failed: 0, leftOut: 0 }
  const changes: readonly ReplayChange[] = [
    { ...common, kind: 'planned', state: 'planned', atMs: startedAtMs, by: 'ann', step: 0, published: 0 },
    {
      ...{ ...common, kind: 'begun', state: 'running', atMs: startedAtMs, by: 'bob', step: 1, published: 0 },
      ...{ runner: 'run-1', pace: { ...usualPace, ratePerSecond: 200 }, confirmed: true },
    },
    {
      ...{ ...common, kind: 'paused', state: 'paused', atMs: nowMs, by: 'eve', step: 7, published: 9, failed: 1 },
      note: 'incident 7',
    },
  ]
  const doing: Partial<Replay> = { history: async () => changes }

  it('is a table of who did what, when, how far it was, and why or how', async () => {
    const { stdout } = await replay(['history', 'r-2'], { doing })
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^AT +REPLAY +WHAT +BY +DONE +ENTRIES +WHY$/u),
      expect.stringMatching(/^2026-01-31T11:59:00\.000Z +r-2 +planned +ann +0 +20 +bug 42 is fixed$/u),
      expect.stringMatching(/^2026-01-31T11:59:00\.000Z +r-2 +begun +bob +0 +20 +--rate 200$/u),
      expect.stringMatching(/^2026-01-31T12:00:00\.000Z +r-2 +paused +eve +10, 1 failed +20 +incident 7$/u),
    ])
  })

  it('is a value as JSON, and a line a change as JSON lines', async () => {
    const { stdout } = await replay(['history', '-o', 'json'], { doing })
    expect(JSON.parse(stdout)).toMatchObject({
      changes: [
        { at: '2026-01-31T11:59:00.000Z', kind: 'planned', by: 'ann', reason: 'bug 42 is fixed', planHash: 'h' },
        { kind: 'begun', runner: 'run-1', confirmed: true, pace: { ratePerSecond: 200, maxLag: 10_000 } },
        { kind: 'paused', by: 'eve', note: 'incident 7', published: 9, failed: 1 },
      ],
    })
    const lines = await replay(['history', '-o', 'jsonl'], { doing })
    expect(lines.stdout.trimEnd().split('\n')).toHaveLength(3)
  })

  it('is of all replays or of one, of anybody or of one, and of a range', async () => {
    const asked: unknown[] = []
    const listening: Partial<Replay> = {
      history: async (conditions) => {
        asked.push({ ...conditions, signal: 'any' })
        return []
      },
    }
    const { stdout } = await replay(['history'], { doing: listening })
    await replay(['history', 'r-2', '--by', 'ann', '--from', '2026-01-31', '--to', 'now'], { doing: listening })
    expect(stdout).toMatch(/^nothing was done/u)
    expect(asked).toEqual([
      { signal: 'any' },
      { replayId: 'r-2', by: 'ann', fromMs: Date.UTC(2026, 0, 31), toMs: nowMs, signal: 'any' },
    ])
  })

  it('guesses an id that nobody knows', async () => {
    const unknown = async () => {
      throw new ReplayError('no replay r-3', { code: 'REPLAY_UNKNOWN' })
    }
    const { exitCode, stderr } = await replay(['history', 'r-3'], { doing: { history: unknown } })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/did you mean r-2\?/u)
  })
})

describe('ledgerbus replay show', () => {
  it('prints the whole plan and how it stands', async () => {
    const { stdout } = await replay(['show', 'r-1'])
    expect(stdout).toMatch(/^range +2026-01-31T00:00:00\.000Z to /mu)
    expect(stdout).toMatch(/^passed by +shipping \(2 members, lag 7\)$/mu)
    expect(stdout).toMatch(/^state +planned$/mu)
    expect(stdout).toMatch(/^not run yet: ledgerbus replay run r-1$/mu)
  })

  it('is one value as JSON', async () => {
    const { stdout } = await replay(['show', 'r-1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      status: { state: 'planned', percent: 0 },
      plan: { plannedAt: '2026-01-31T11:59:00.000Z', selection: { below: [{ below: '20' }] } },
    })
  })
})

describe('ledgerbus replay errors', () => {
  const failed = {
    topic: 'orders',
    partition: 1,
    offset: 7n,
    timestampMs: nowMs,
    eventId: 'e-7',
    code: 'REPLAY_ENTRY_REFUSED',
    message: 'payload.after.total: expected a number',
  }
  const doing: Partial<Replay> = {
    async *errors() {
      yield failed
    },
  }

  it('lists the entries that failed, a line each', async () => {
    const { stdout } = await replay(['errors', 'r-2'], { doing })
    expect(stdout).toBe(
      '2026-01-31T12:00:00.000Z  orders/1/7  e-7  REPLAY_ENTRY_REFUSED: payload.after.total: expected a number\n',
    )
    const { stdout: json } = await replay(['errors', 'r-2', '-o', 'json'], { doing })
    expect(JSON.parse(json)).toMatchObject({ errors: [{ offset: '7', kafkaTime: '2026-01-31T12:00:00.000Z' }] })
  })

  it('says so when none failed, and knows the id', async () => {
    expect(await replay(['errors', 'r-2'])).toMatchObject({ exitCode: 0, stdout: '', stderr: 'no entry failed\n' })
    expect((await replay(['errors', 'r-3'])).stderr).toMatch(/CLI_REPLAY_UNKNOWN/u)
  })
})

describe('ledgerbus replay pause, resume and cancel', () => {
  it('print the state reached, and say who did it and why', async () => {
    expect((await replay(['pause', 'r-2'])).stdout).toBe('r-2: paused, 10 of 20 (50 %), 1 failed\n')
    const { stdout } = await replay(['cancel', 'r-2', '--by', 'eve', '--note', 'the wrong range', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ state: 'cancelled', by: 'eve', note: 'the wrong range' })
    expect(JSON.parse((await replay(['pause', 'r-2', '--json'])).stdout)).toMatchObject({ by: 'ann' })
  })

  it('want to know who it is where the operating system does not', async () => {
    const { exitCode, stderr } = await replay(['cancel', 'r-2'], { userName: undefined })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/--by <name>/u)
  })

  it('resume waits until a runner takes it up', async () => {
    const { stdout, stderr } = await replay(['resume', 'r-2', '--json'], {
      doing: {
        async *watch() {
          yield running
          yield { ...running, published: 10, lastSignMs: nowMs + 1 }
        },
      },
    })
    expect(JSON.parse(stdout)).toMatchObject({ state: 'running', published: 10, hasRunner: true })
    expect(stderr).toBe('')
  })

  it('resume says after ten seconds that no runner is alive, and how to run it', async () => {
    const clock = createFakeClock({ startMs: nowMs })
    const { exitCode, stdout, stderr } = await replay(['resume', 'r-2', '--brokers', 'memory:1'], {
      clock,
      statuses: [{ ...running, pace: { ...usualPace, ratePerSecond: 200 } }],
      doing: {
        async *watch(_id, { signal } = {}) {
          yield running
          await clock.advance(9_999)
          expect(signal?.aborted).toBe(false)
          await clock.advance(1)
          signal?.throwIfAborted()
        },
      },
    })
    expect(stdout).toBe('r-2: running, 10 of 20 (50 %), 1 failed\n')
    expect(stderr).toMatch(
      /no runner took it up within 10 s\. Run it with:\n {2}ledgerbus replay run r-2 --rate 200 --brokers memory:1$/mu,
    )
    expect(exitCode).toBe(0)
  })
})

describe('ledgerbus replay run', () => {
  const report = {
    replayId: 'r-1',
    planHash: '0'.repeat(64),
    state: 'completed',
    planned: 20,
    published: 20,
    publishedNow: 20,
    failed: 0,
    leftOut: 0,
    durationMs: 1_000,
  } as const

  it('shows a short form of the plan, hands the pace over, and reports', async () => {
    const calls: unknown[] = []
    const pace = ['--rate', '10', '--max-in-flight', '5', '--max-lag', 'any', '--max-errors', '0']
    const { exitCode, stdout, stderr } = await replay(['run', 'r-1', ...pace, '--confirm', 'orders'], {
      doing: {
        run: async (plan, options) => {
          calls.push({ plan, ...options })
          return report
        },
      },
    })
    expect(calls).toMatchObject([
      {
        plan: 'r-1',
        confirmed: true,
        by: 'ann',
        ratePerSecond: 10,
        maxInFlight: 5,
        maxLag: Number.POSITIVE_INFINITY,
        maxErrors: 0,
      },
    ])
    expect(stderr).toMatch(/^entries +20 with 20 keys/mu)
    expect(stderr).toMatch(/^duration +about 2\.0 s at 10\/s$/mu)
    expect(stdout).toBe('\ncompleted: planned 20, published 20, in 1.0 s\n')
    expect(exitCode).toBe(0)
  })

  it('has the original topic typed out', async () => {
    const { exitCode, stderr } = await replay(['run', 'r-1', '--yes'])
    expect(exitCode).toBe(5)
    expect(stderr).toMatch(/add --confirm orders to `ledgerbus replay run r-1`/u)
  })

  it('asks nothing for another topic, unless the plan wants to be confirmed', async () => {
    const doing = { run: async () => ({ ...report, replayId: 'r-2' }) }
    expect((await replay(['run', 'r-2'], { doing })).exitCode).toBe(0)
    const plan = { ...running.plan, confirmations: ['2,000,000 records are many'] }
    const statuses = [{ ...running, plan }]
    expect((await replay(['run', 'r-2'], { doing, statuses })).exitCode).toBe(5)
    expect((await replay(['run', 'r-2', '--yes'], { doing, statuses })).exitCode).toBe(0)
    const atTerminal = await replay(['run', 'r-2'], { doing, statuses, isTerminal: true, answers: ['yes'] })
    expect(atTerminal.asked).toEqual(['Publish them?'])
    expect(atTerminal.stderr).toMatch(/2,000,000 records are many/u)
  })

  it('says that it takes over from a runner that may be alive', async () => {
    const { stderr } = await replay(['run', 'r-2'], { doing: { run: async () => report } })
    expect(stderr).toMatch(/^goes on: 10 of 20 \(50 %\), 1 failed are done$/mu)
    expect(stderr).toMatch(/a runner gave a sign of life 2\.0 s ago/u)
  })

  it('says who paused it and why, once each time, also where it waited already for a group that lags', async () => {
    const { stderr } = await replay(['run', 'r-2'], {
      doing: {
        run: async (_plan, { onProgress } = {}) => {
          const counts = { published: 9, failed: 1, leftOut: 0 }
          const progress = { replayId: 'r-2', planned: 20, elapsedMs: 0, ratePerSecond: 0, ...counts }
          const paused = { by: 'eve', note: 'live traffic first', atMs: nowMs }
          onProgress?.({ ...progress, waitingFor: 'group billing, which lags 20,000 records behind' })
          onProgress?.({ ...progress, waitingFor: 'somebody to resume it', paused })
          onProgress?.({ ...progress, waitingFor: 'somebody to resume it', paused })
          onProgress?.({ ...progress, waitingFor: 'somebody to resume it', paused: { by: 'bob', atMs: nowMs + 1 } })
          return { ...report, state: 'interrupted', published: 9, publishedNow: 0 }
        },
      },
    })
    const told = stderr.split('\n').filter((line) => line.startsWith('paused by'))
    expect(told).toEqual([
      'paused by eve (live traffic first): waits until ledgerbus replay resume r-2',
      'paused by bob: waits until ledgerbus replay resume r-2',
    ])
    expect(stderr).toMatch(/^replaying: 10 of 20, waits for group billing/mu)
    expect(stderr).toMatch(/CLI_INTERRUPTED: interrupted; 9 of 20 are published/u)
  })

  it('says that the run before went at another pace, and nothing where it goes as that one did', async () => {
    const paced = { ...running, pace: { ...usualPace, ratePerSecond: 200 } }
    const doing = { run: async () => report }
    const other = await replay(['run', 'r-2', '--max-lag', '5'], { statuses: [paced], doing })
    expect(other.stderr).toMatch(/^the last run had --rate 200; this one has --max-lag 5$/mu)
    const same = await replay(['run', 'r-2', '--rate', '200'], { statuses: [paced], doing })
    expect(same.stderr).not.toMatch(/the last run/u)
    const bare = await replay(['run', 'r-2', '--rate', '200'], { statuses: [{ ...running, pace: usualPace }], doing })
    expect(bare.stderr).toMatch(/^the last run had no bounds of its own; this one has --rate 200$/mu)
  })

  it('goes as fast as was planned, or without a bound where that was asked for, now and by the next command', async () => {
    const plan = { ...aReplayPlan(), ratePerSecond: 20 }
    const asked: unknown[] = []
    const doing: Partial<Replay> = {
      run: async (_plan, options) => {
        asked.push(options?.ratePerSecond)
        return report
      },
    }
    const unbounded = { ...running, plan, pace: usualPace }
    const asPlanned = await replay(['run', 'r-2', '--confirm', 'orders'], { statuses: [unbounded], doing })
    expect(asPlanned.stderr).toMatch(/^the last run had --rate any; this one has --rate 20$/mu)
    const bare = await replay(['run', 'r-2', '--confirm', 'orders', '--rate', 'any'], { statuses: [unbounded], doing })
    expect(bare.stderr).not.toMatch(/the last run/u)
    expect(asked).toEqual([undefined, Number.POSITIVE_INFINITY])
    const { stdout } = await replay(['status', 'r-2'], { statuses: [{ ...unbounded, state: 'failed' }] })
    expect(stdout).toMatch(/go on with ledgerbus replay run r-2 --rate any$/mu)
  })

  it('wants to know who runs it where the operating system does not', async () => {
    const { exitCode, stderr } = await replay(['run', 'r-2'], { userName: undefined })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/--by <name>/u)
  })

  it('ends with 4 and the report when somebody cancelled it', async () => {
    const cancelled = { ...running, state: 'cancelled', by: 'eve', note: 'the wrong range' } as const
    let asked = 0
    const { exitCode, stdout, stderr } = await replay(['run', 'r-2'], {
      doing: {
        status: async () => (asked++ === 0 ? running : cancelled),
        run: async () => ({ ...report, state: 'cancelled', published: 9, publishedNow: 0, failed: 1 }),
      },
    })
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/^cancelled: planned 20, published 9 \(0 now\), failed 1/mu)
    expect(stderr).toMatch(/cancelled by eve \(the wrong range\); 9 of 20 are published, and no more will be/u)
    expect(stderr).not.toMatch(/go on with/u)
  })

  it('ends with 4 when entries failed, and says where they are listed', async () => {
    const { exitCode, stderr } = await replay(['run', 'r-2'], {
      doing: { run: async () => ({ ...report, published: 18, failed: 2 }) },
    })
    expect(exitCode).toBe(4)
    expect(stderr).toMatch(/remedy: ledgerbus replay errors r-1 lists them/u)
  })

  it.each([
    [['--max-gap', '5s'], /--max-gap belongs to --speed/u],
    [['--speed', '2'], /plan it with --order time, or use --rate/u],
    [['--max-in-flight', '0'], /whole number from 1/u],
    [['--max-lag', 'much'], /0 or more, or any/u],
    [['--max-gap', 'soon'], /a duration above 0/u],
    [['--from', '-2h'], /unknown option '--from'/u],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await replay(['run', 'r-1', ...flags])
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
  })

  it('reads from Kafka without asking anything of ClickHouse', async () => {
    const plan = { ...running.plan, readFrom: 'kafka' as const }
    const { exitCode } = await replay(['run', 'r-2'], {
      statuses: [{ ...running, plan }],
      env: { KAFKA_BROKERS: 'memory:1' },
      auditLog: undefined as never,
      doing: { run: async () => report },
    })
    expect(exitCode).toBe(0)
  })
})

describe('the words behind ledgerbus replay', () => {
  it('are guessed where they are mistyped', async () => {
    const { exitCode, stderr } = await replay(['stauts', 'r-1'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/unknown command 'replay stauts'; did you mean status\?/u)
  })

  it('take no flags before them, which would be lost', async () => {
    const { exitCode, stderr } = await replay(['--dry-run', 'run', 'r-1'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/--dry-run stands before run/u)
  })

  it('may be the values of flags', async () => {
    const { stderr } = await replay(['--from', '-2h', '--to', 'now', '--group', 'run', '--reason', ''])
    expect(stderr).toMatch(/needs --reason/u)
  })
})
