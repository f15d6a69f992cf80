import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anAuditRange, anAuditRecord, createInMemoryAuditLog, type InMemoryAuditLog } from '@ledgerbus/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'

let world: FilledWorld

beforeEach(async () => {
  world = await aFilledWorld(20)
})

const idOf = (number: number): string => `0192a000-0000-7000-8000-${String(number).padStart(12, '0')}`

/** A story of four events about one order. */
async function aStory(): Promise<InMemoryAuditLog> {
  const auditLog = createInMemoryAuditLog()
  const event = (number: number, name: string, cause: number | undefined, payload: object) =>
    anAuditRecord({
      offset: BigInt(number),
      envelope: {
        ...{ name, eventId: idOf(number), correlationId: idOf(100), entity: { type: 'order', id: 'o-1' } },
        ...{ timestamp: `2026-01-31T12:00:0${number}.000Z`, payload },
        ...(cause !== undefined && { causationId: idOf(cause) }),
      },
    })
  await auditLog.insert(
    anAuditRange(auditLog, {
      records: [
        event(1, 'order.created', undefined, { after: { status: 'open', total: 100, 'a b': [1] } }),
        event(2, 'order.paid', 1, { before: { status: 'open', coupon: 'X' }, after: { status: 'paid' } }),
        event(3, 'mail.sent', 1, {}),
        event(4, 'parcel.sent', 2, {}),
      ],
    }),
  )
  return auditLog
}

describe('--filter', () => {
  it('selects in show and stats what matches', async () => {
    const shown = await run(['logs', 'show', '--filter', 'action == "cancelled"', '-o', 'json'], world)
    expect((JSON.parse(shown.stdout) as { entries: unknown[] }).entries).toHaveLength(2)
    const counted = await run(['logs', 'stats', '--filter', 'payload.after.total >= 100', '-o', 'json'], world)
    expect(JSON.parse(counted.stdout)).toMatchObject({ schemaVersion: 1, entries: 20, rest: null })
  })

  it('that is none ends with 2, and a caret below the place', async () => {
    const { exitCode, stderr } = await run(['logs', 'show', '--filter', 'entity.typ == "order"'], world)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(
      'error:  FILTER_INVALID: filter: column 8\n    entity.typ == "order"\n           ^ entity has type and id',
    )
    expect(stderr).toContain('remedy: ')
    expect(stderr).not.toContain('    at ')
  })
})

describe('logs trace', () => {
  it('draws what led to what, by the id of the correlation or of an event', async () => {
    const auditLog = await aStory()
    for (const id of [idOf(100), idOf(4)]) {
      const { exitCode, stdout } = await run(['logs', 'trace', id], { auditLog })
      expect(exitCode).toBe(0)
      expect(stdout.split('\n').map((line) => line.replace(/2026\S+ {2}(\S+).*/u, '$1'))).toEqual([
        'order.created',
        '├─ order.paid',
        '│  └─ parcel.sent',
        '└─ mail.sent',
        '',
      ])
    }
  })

  it('says what of it is not there, and where it was cut', async () => {
    const auditLog = await aStory()
    expect(await run(['logs', 'trace', idOf(7)], { auditLog })).toMatchObject({
      ...{ exitCode: 0, stdout: '', stderr: 'no event has this id, and no correlation\n' },
    })
    const { stderr, stdout } = await run(['logs', 'trace', idOf(100), '--limit', '2'], { auditLog })
    expect(stderr).toContain('there is more')
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    const json = await run(['logs', 'trace', idOf(100), '--json'], { auditLog })
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ schemaVersion: 1, correlationId: idOf(100), isCut: false },
      steps: [
        { depth: 0, offset: '1' },
        { depth: 1, offset: '2' },
        { depth: 2, offset: '4' },
        { depth: 1, offset: '3' },
      ],
    })
  })
})

describe('logs timeline', () => {
  it('shows what each event changed', async () => {
    const { exitCode, stdout } = await run('logs timeline order/o-1', { auditLog: await aStory() })
    expect(exitCode).toBe(0)
    const lines = stdout.split('\n').filter((line) => line.startsWith('  '))
    expect(lines).toEqual([
      '  + status: "open"',
      '  + total: 100',
      '  + ["a b"]: [1]',
      '  ~ status: "open" -> "paid"',
      '  - coupon: "X"',
    ])
  })

  it('needs one entity, and says when nothing happened to it', async () => {
    expect(await run('logs timeline order', world)).toMatchObject({ exitCode: 2 })
    expect(await run('logs timeline order/none', world)).toMatchObject({
      ...{ exitCode: 0, stderr: 'nothing happened to order/none\n' },
    })
    const cut = await run('logs timeline order/o-1 --limit 1 -o json', { auditLog: await aStory() })
    expect(JSON.parse(cut.stdout)).toMatchObject({
      isCut: true,
      steps: [{ against: 'nothing', changes: { length: 3 } }],
    })
  })
})

describe('logs stats', () => {
  it('shows groups in columns, and what is left as one sum', async () => {
    const { exitCode, stdout } = await run('logs stats --by name --interval hour --limit 1', world)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^FROM +NAME +ENTRIES +BYTES\n2026-01-31T12:00:00\.000Z +order\.created +18 /u)
    expect(stdout).toMatch(/\nand 2 entries, .+, in groups beyond --limit\n20 entries, /u)
  })

  it.each([
    ['--by colour', /Allowed choices/u],
    ['--interval year', /Allowed choices/u],
    ['--limit 0', /whole number from 1/u],
    ['--event order.craeted', /did you mean order\.created/u],
  ])('%s ends with 2', async (flags, message) => {
    const { exitCode, stderr } = await run(`logs stats ${flags}`, world)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
  })
})

describe('logs tail', () => {
  it('shows what is stored from now on, until it has enough', async () => {
    const running = run('logs tail --limit 2 -o jsonl', world)
    let isOver = false
    void running.finally(() => {
      isOver = true
    })
    for (let offset = 100n; !isOver; offset += 1n) {
      await world.auditLog.insert(anAuditRange(world.auditLog, { records: [anAuditRecord({ offset })] }))
      await new Promise(setImmediate)
    }
    const { exitCode, stdout } = await running
    expect(exitCode).toBe(0)
    const offsets = stdout
      .trimEnd()
      .split('\n')
      .map((line) => Number((JSON.parse(line) as { offset: string }).offset))
    expect(offsets).toHaveLength(2)
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(100)
  })
})

describe('logs export', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ledgerbus-export-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('writes all of a selection to stdout, one entry a line', async () => {
    const { exitCode, stdout } = await run('logs export --event order.cancelled', world)
    expect(exitCode).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { offset: string; value: string })
    expect(lines.map(({ offset }) => offset)).toEqual(['9', '19'])
    expect(JSON.parse(String(lines[0]?.value))).toMatchObject({ name: 'order.cancelled' })
  })

  it('writes a file whole or not at all', async () => {
    const file = join(folder, 'orders.jsonl')
    const { stdout } = await run(['logs', 'export', '--file', file, '-o', 'json'], world)
    const text = await readFile(file, 'utf8')
    expect(JSON.parse(stdout)).toMatchObject({ file, format: 'jsonl', bytes: Buffer.byteLength(text) })
    expect(text.trimEnd().split('\n')).toHaveLength(20)

    const broken: InMemoryAuditLog = {
      ...world.auditLog,
      async *export() {
        yield new Uint8Array(10)
        throw new Error('the server went away')
      },
    }
    const failed = await run(['logs', 'export', '--file', join(folder, 'half.jsonl')], { auditLog: broken })
    expect(failed.exitCode).toBe(1)
    expect(await readdir(folder)).toEqual(['orders.jsonl'])
  })

  it('says where a file cannot be written', async () => {
    const { exitCode, stderr } = await run(['logs', 'export', '--file', join(folder, 'no', 'where')], world)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/CLI_OUTPUT_FAILED: .+ cannot be written \(ENOENT\)/u)
  })
})
