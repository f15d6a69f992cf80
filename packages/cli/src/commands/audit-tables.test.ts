import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditMonth, MigrateOptions } from '@ledgerbus/audit-log'
import { createFakeClock } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Ran, run, type World } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'

const aMonth = (month: string, rows: number): AuditMonth => ({
  month,
  rows,
  bytes: rows * 250,
  firstMs: Date.parse(`${month}-02T03:00:00Z`),
  lastMs: Date.parse(`${month}-27T22:00:00Z`),
})

let world: FilledWorld
let dropped: string[]
let migrated: MigrateOptions[]
beforeEach(async () => {
  world = await aFilledWorld()
  dropped = []
  migrated = []
})

/** Runs `ledgerbus audit ...` on a log of four months, on 15 February 2026. */
function audit(words: string, more: Partial<World> = {}): Promise<Ran> {
  const auditLog = {
    ...world.auditLog,
    months: async () => [
      aMonth('2024-12', 1_000),
      aMonth('2025-11', 2_000),
      aMonth('2026-01', 3_000),
      aMonth('2026-02', 4_000),
    ],
    dropMonths: async (months: readonly string[]) => void dropped.push(...months),
    migrate: async ({ retentionDays, retentionMonths, tiering }: MigrateOptions = {}) => {
      migrated.push({
        ...(retentionDays !== undefined && { retentionDays }),
        ...(retentionMonths !== undefined && { retentionMonths }),
        ...(tiering !== undefined && { tiering }),
      })
      return { applied: ['0002_more'], present: ['0001_create_audit_log'] }
    },
  }
  const clock = createFakeClock({ startMs: Date.UTC(2026, 1, 15) })
  return run(`audit ${words}`, { ...world, auditLog, clock, ...more })
}

describe('ledgerbus audit migrate', () => {
  it('says what stood before and what it applied', async () => {
    const { exitCode, stdout } = await audit('migrate')
    expect([exitCode, stdout]).toEqual([0, 'present  0001_create_audit_log\napplied  0002_more\n'])
    expect(migrated).toEqual([{}])
  })

  it('passes on for how long entries are kept, and where', async () => {
    await audit('migrate --retention-months 13')
    await audit('migrate --retention-days 90 --storage-policy tiered --cold-volume cold --cold-after-days 30 -o json')
    expect(migrated).toEqual([
      { retentionMonths: 13 },
      { retentionDays: 90, tiering: { policy: 'tiered', volume: 'cold', afterDays: 30 } },
    ])
  })

  it.each([
    'migrate --retention-days 3 --retention-months 3',
    'migrate --cold-after-days 3',
    'migrate --retention-days 0',
    'migrate --retention-months 1.5',
  ])('refuses %s before it connects', async (words) => {
    expect((await audit(words)).exitCode).toBe(2)
    expect(migrated).toEqual([])
  })
})

describe('ledgerbus audit retention', () => {
  it('shows the months that would go, with rows, size, first and last day, and drops nothing', async () => {
    const { exitCode, stdout } = await audit('retention --keep-months 1 --dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^MONTH +ROWS +SIZE +FIRST DAY +LAST DAY$/mu)
    expect(stdout).toMatch(/^2024-12 +1,000 +250\.0 kB +2024-12-02 +2024-12-27$/mu)
    expect(stdout).toMatch(/^would drop 2 months with 3,000 rows, 750\.0 kB, all before 2026-01$/mu)
    expect(dropped).toEqual([])
  })

  it('drops them when that is confirmed, by flag or by a person', async () => {
    expect(await audit('retention --keep-months 1 --yes')).toMatchObject({ exitCode: 0, asked: [] })
    expect(dropped).toEqual(['2024-12', '2025-11'])
    const { exitCode, asked, stderr } = await audit('retention --keep-months 3', { isTerminal: true, answers: ['yes'] })
    expect([exitCode, asked]).toEqual([0, ['Drop them?']])
    expect(stderr).toContain('This drops 1 month with 1,000 rows, 250.0 kB for good.')
    expect(dropped).toEqual(['2024-12', '2025-11', '2024-12'])
  })

  it('drops nothing unless it is confirmed, and ends with 5', async () => {
    const alone = await audit('retention --keep-months 1')
    expect(alone).toMatchObject({ exitCode: 5, stdout: '' })
    expect(alone.stderr).toMatch(/CLI_NOT_CONFIRMED: dropping 2 months has to be confirmed/u)
    expect(await audit('retention --keep-months 1', { isTerminal: true, answers: ['no'] })).toMatchObject({
      exitCode: 5,
    })
    expect(dropped).toEqual([])
  })

  it('asks nothing where there is nothing to drop', async () => {
    const { exitCode, stdout } = await audit('retention --keep-months 24')
    expect([exitCode, stdout]).toEqual([0, 'no month before 2024-02 holds entries\n'])
  })

  it('has times in RFC 3339 in JSON', async () => {
    expect(JSON.parse((await audit('retention --keep-months 13 --dry-run -o json')).stdout)).toEqual({
      schemaVersion: 1,
      keepFrom: '2025-01',
      dryRun: true,
      months: [
        {
          month: '2024-12',
          rows: 1_000,
          bytes: 250_000,
          firstAt: '2024-12-02T03:00:00.000Z',
          lastAt: '2024-12-27T22:00:00.000Z',
        },
      ],
    })
  })

  it('needs to be told what to keep', async () => {
    expect((await audit('retention --dry-run')).exitCode).toBe(2)
  })
})

describe('ledgerbus audit users', () => {
  const env = {
    CLICKHOUSE_URL: 'http://memory:1',
    LEDGERBUS_PASSWORD_SINK: 'password of the sink',
    LEDGERBUS_PASSWORD_ACME_READER: 'password of the reader',
  }
  const words = 'users --writer sink --organization acme_reader=acme --also-sees-all default'

  it('prints statements and no password', async () => {
    const { exitCode, stdout } = await audit(words, { env })
    expect(exitCode).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    for (const line of lines)
      expect(line).toMatch(/^(?:CREATE USER IF NOT EXISTS|ALTER USER|CREATE ROW POLICY OR REPLACE|GRANT) .*;$/u)
    expect(stdout).not.toContain('password of')
    expect(stdout).toContain("USING organization_id = 'acme' AS RESTRICTIVE TO acme_reader;")
    expect(stdout).toContain('USING 0 AS RESTRICTIVE TO ALL EXCEPT sink, acme_reader, default;')
  })

  it('gives nobody a right before everybody is scoped', async () => {
    const { stdout } = await audit(words, { env })
    expect(stdout.lastIndexOf('CREATE ROW POLICY')).toBeLessThan(stdout.indexOf('GRANT '))
    expect(stdout.lastIndexOf('ALTER USER')).toBeLessThan(stdout.indexOf('CREATE ROW POLICY'))
  })

  it('prints a file for servers whose users come from files', async () => {
    const { stdout } = await audit(`${words} --format xml`, { env })
    expect(stdout).toMatch(/^<clickhouse>\n[^]*<acme_reader>[^]*<filter>organization_id = 'acme'<\/filter>/u)
    expect(stdout).not.toContain('password of')
  })

  it('takes passwords from files', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ledgerbus-')), 'sink')
    writeFileSync(file, 'password of the sink\n')
    const { LEDGERBUS_PASSWORD_SINK: _, ...rest } = env
    const fromFile = await audit(words, { env: { ...rest, LEDGERBUS_PASSWORD_SINK_FILE: file } })
    expect(fromFile.stdout).toBe((await audit(words, { env })).stdout)
  })

  it('names every variable that is missing', async () => {
    const { exitCode, stderr } = await audit(words, { env: { CLICKHOUSE_URL: 'http://memory:1' } })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/LEDGERBUS_PASSWORD_SINK is not set; LEDGERBUS_PASSWORD_ACME_READER is not set/u)
  })

  it.each([
    ['users', 2, /no user is named/u],
    ['users --organization acme', 2, /a user and its organization are wanted/u],
    ['users --writer sink --reader sink', 3, /each user has a name of its own/u],
  ])('refuses %s', async (wrong, exitCode, message) => {
    const ran = await audit(wrong, { env })
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stderr).toMatch(message)
  })

  it('refuses a short password, and does not repeat it', async () => {
    const { exitCode, stderr } = await audit('users --writer sink', {
      env: { ...env, LEDGERBUS_PASSWORD_SINK: 'short-one' },
    })
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/16 characters/u)
    expect(stderr).not.toContain('short-one')
  })
})
