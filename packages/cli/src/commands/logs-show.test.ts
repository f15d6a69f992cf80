import { anAuditRange, anAuditRecord, createInMemoryAuditLog } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, run } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'
import { Interruption, OutputClosed } from '../edge/interruption.ts'

let world: FilledWorld

beforeEach(async () => {
  world = await aFilledWorld(120)
})

function lines(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

describe('logs show', () => {
  it('shows the newest fifty entries, one a line, and where the next ones begin', async () => {
    const { exitCode, stdout, stderr } = await run('logs show', world)
    expect(exitCode).toBe(0)
    const shown = stdout.trimEnd().split('\n')
    expect(shown).toHaveLength(50)
    expect(shown[0]).toMatch(
      /^2026-01-31T12:59:30\.000Z {2}order\.cancelled {2}order\/o-119 {2}by=user\/u-1 {2}orders\/1\/119 {2}/u,
    )
    expect(stderr).toMatch(/^there is more: --cursor \S+\n$/u)
  })

  it('goes on behind a cursor until the end, without losing or repeating an entry', async () => {
    const seen: unknown[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const more = cursor === '' ? [] : ['--cursor', cursor]
      const { stdout } = await run(['logs', 'show', '--limit', '50', '--order', 'oldest', '-o', 'json', ...more], world)
      const page = JSON.parse(stdout) as { entries: { offset: string }[]; nextCursor: string | null }
      seen.push(...page.entries.map(({ offset }) => offset))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => String(index)))
  })

  it('chooses by partition and offsets, and leaves events out by their ids', async () => {
    const { stdout } = await run(
      'logs show --partition orders/1:3-6 --exclude-id 00000000-0000-7000-8000-000000000004 --order oldest -o jsonl',
      world,
    )
    expect(lines(stdout)).toMatchObject([{ offset: '3' }, { offset: '5' }])
  })

  it('has no next cursor when the limit is exactly what is there', async () => {
    const { stdout } = await run('logs show --limit 120 -o json', world)
    const page = JSON.parse(stdout) as { entries: unknown[]; nextCursor: unknown }
    expect(page.entries).toHaveLength(120)
    expect(page.nextCursor).toBeNull()
  })

  it('streams everything as one object a line', async () => {
    const { stdout } = await run('logs show --limit all --order oldest -o jsonl', world)
    const [first, ...rest] = lines(stdout)
    expect(rest).toHaveLength(119)
    expect(first).toMatchObject({
      schemaVersion: 1,
      topic: 'orders',
      partition: 1,
      offset: '0',
      kafkaTime: '2026-01-31T12:00:00.000Z',
      key: 'o-0',
      status: 'ok',
      event: { name: 'order.created', entity: { type: 'order', id: 'o-0' }, payload: { after: { total: 100 } } },
    })
  })

  it.each([
    [['--event', 'order.cancelled'], 12],
    [['--event', 'order.*'], 120],
    [['--entity', 'order/o-7'], 1],
    [['--entity', 'order'], 120],
    [['--actor', 'user/u-2'], 0],
    [['--from', '2026-01-31T12:30:00Z'], 60],
    [['--from', '2026-01-31T12:00:00Z', '--to', '2026-01-31T12:05:00Z'], 10],
    [['--topic', 'orders', '--status', 'tombstone'], 0],
    [['--event-id', '00000000-0000-7000-8000-000000000005'], 1],
    [['--replays', 'only'], 0],
    [['--replays', '00000000-0000-7000-8000-000000000001'], 0],
  ])('%j selects %d', async (flags, count) => {
    const { exitCode, stdout } = await run(['logs', 'show', '--limit', 'all', '-o', 'json', ...flags], world)
    expect(exitCode).toBe(0)
    expect((JSON.parse(stdout) as { entries: unknown[] }).entries).toHaveLength(count)
  })

  it('says so when nothing matches', async () => {
    const { exitCode, stdout, stderr } = await run('logs show --from 2027-01-01', world)
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: 'no entries match\n' })
  })

  it('does not take a mistyped event for an empty answer', async () => {
    const { exitCode, stderr } = await run('logs show --event order.craeted', world)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_EVENT_UNKNOWN: no event order\.craeted .*did you mean order\.created\?/u)
  })

  it('knows an event that is declared, also before the first one was published', async () => {
    const { exitCode } = await run('logs show --event order.created', {
      auditLog: createInMemoryAuditLog(),
      cwd: projectFolder,
    })
    expect(exitCode).toBe(0)
  })

  it('does not take a mistyped topic for an empty answer', async () => {
    const { exitCode, stderr } = await run('logs show --topic ordres', world)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_TOPIC_UNKNOWN: .*did you mean orders\?/u)
  })

  it('shows bytes that are no text as base64, and why a record could not be decoded', async () => {
    const auditLog = createInMemoryAuditLog()
    const value = Uint8Array.of(0xff, 0x00)
    await auditLog.insert(
      anAuditRange(auditLog, {
        records: [
          anAuditRecord({
            key: value,
            value,
            headers: [
              ['h', value],
              ['n', null],
            ],
          }),
        ],
      }),
    )
    const { stdout } = await run('logs show -o jsonl', { auditLog })
    expect(JSON.parse(stdout)).toMatchObject({
      keyBase64: '/wA=',
      valueBase64: '/wA=',
      status: 'undecodable',
      problem: expect.any(String) as unknown,
      headers: [
        { name: 'h', valueBase64: '/wA=' },
        { name: 'n', value: null },
      ],
    })
  })

  it('lets nothing in the log move the terminal', async () => {
    const auditLog = createInMemoryAuditLog()
    await auditLog.insert(
      anAuditRange(auditLog, {
        records: [anAuditRecord({ envelope: { entity: { type: 'order', id: 'a\u001b[2Jb' } } })],
      }),
    )
    const { stdout } = await run('logs show', { auditLog })
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain('a\\u001b[2Jb')
  })

  it.each([
    ['--limit 0', /Use a whole number above 0, or all/u],
    ['--entity /o-1', /Use type\/id/u],
    ['--from 2026-02-30', /--from: 2026-02-30 does not exist/u],
    ['--event Order', /event pattern|pattern/u],
    ['--cursor nonsense', /cursor/u],
  ])('%s ends with 2', async (flags, message) => {
    const { exitCode, stderr } = await run(`logs show ${flags}`, world)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
  })

  it('ends with 3 when the log is away', async () => {
    world.auditLog.controls.goDown()
    const { exitCode, stderr } = await run('logs show', world)
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/error: {2}AUDIT_LOG_UNREACHABLE/u)
  })

  it('ends quietly with 0 when nobody reads any more', async () => {
    const gone = new AbortController()
    const { exitCode, stdout, stderr } = await run('logs show --limit all -o jsonl', {
      ...world,
      interrupted: gone.signal,
      onStdout: () => {
        gone.abort(new OutputClosed())
      },
    })
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(lines(stdout).length).toBeLessThan(120)
  })

  it('ends with 130 when it is interrupted', async () => {
    const interrupt = new AbortController()
    const { exitCode } = await run('logs show --limit all -o jsonl', {
      ...world,
      interrupted: interrupt.signal,
      onStdout: () => {
        interrupt.abort(new Interruption('SIGINT'))
      },
    })
    expect(exitCode).toBe(130)
  })
})
