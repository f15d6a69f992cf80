import { createRecordingLogger } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'
import { createAuditLog } from '../src/index.ts'
import { anAuditRecord, rangeOf } from './support/a-range.ts'
import { askClickHouse, newPrefix } from './support/own-log.ts'

function setUp() {
  const { clickhouseUrl: url } = stackAddresses()
  const prefix = newPrefix()
  const logger = createRecordingLogger()
  const newLog = () => createAuditLog({ url, tablePrefix: prefix, logger })
  return { newLog, prefix, logger, ask: (sql: string) => askClickHouse(url, sql) }
}

const range = rangeOf([anAuditRecord()])

describe('migrate', () => {
  it('makes the tables once, however often and by however many it is run', async () => {
    const { newLog, prefix, ask } = setUp()
    const logs = [newLog(), newLog(), newLog()]
    await Promise.all(logs.map((log) => log.migrate()))
    expect(await newLog().migrate()).toEqual({ applied: [], present: ['0001_create_audit_log'] })
    expect(await ask(`SELECT name FROM system.tables WHERE name LIKE '${prefix}%' ORDER BY name`)).toBe(
      ['entries', 'events', 'migrations', 'quarantine'].map((name) => `${prefix}_${name}`).join('\n'),
    )
    await newLog().start()
  })

  it('leaves no column without a comment', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    expect(await ask(`SELECT count() FROM system.columns WHERE table LIKE '${prefix}%' AND comment = ''`)).toBe('0')
    expect(await ask(`SELECT count() FROM system.tables WHERE name LIKE '${prefix}%' AND comment = ''`)).toBe('0')
  })

  it('goes on after it was killed between a statement and its entry in the ledger', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    await ask(`TRUNCATE TABLE ${prefix}_migrations`)
    await expect(newLog().start()).rejects.toMatchObject({ code: 'AUDIT_LOG_NOT_MIGRATED' })
    expect(await newLog().migrate()).toEqual({ applied: ['0001_create_audit_log'], present: [] })
  })

  it('refuses a migration that was applied with another text', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    await ask(`INSERT INTO ${prefix}_migrations (name, checksum) VALUES ('0001_create_audit_log', 'other')`)
    await expect(newLog().migrate()).rejects.toMatchObject({ code: 'AUDIT_MIGRATION_CHANGED' })
    await expect(newLog().start()).rejects.toMatchObject({ code: 'AUDIT_MIGRATION_CHANGED' })
  })

  it('leaves what a newer version migrated, and start says so', async () => {
    const { newLog, prefix, ask, logger } = setUp()
    await newLog().migrate()
    await ask(`INSERT INTO ${prefix}_migrations (name, checksum) VALUES ('0099_later', 'x')`)
    await newLog().migrate()
    await newLog().start()
    expect(logger.texts('warn')).toEqual(['the audit log was migrated by a newer version'])
  })

  it('sets the retention where it is told one, and keeps it where not', async () => {
    const { newLog, prefix, ask } = setUp()
    const ttl = () =>
      ask(
        `SELECT extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') FROM system.tables WHERE name IN ('${prefix}_events', '${prefix}_quarantine')`,
      )
    await newLog().migrate()
    expect(await ttl()).toBe('400\n400')
    await newLog().migrate({ retentionDays: 7 })
    expect(await ttl()).toBe('7\n7')
    await newLog().migrate()
    expect(await ttl()).toBe('7\n7')
    await newLog().start()
    await expect(newLog().migrate({ retentionDays: 0 })).rejects.toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION' })
  })
})

describe('start', () => {
  it('says what to do where there are no tables', async () => {
    const { newLog } = setUp()
    await expect(newLog().start()).rejects.toMatchObject({
      code: 'AUDIT_LOG_NOT_MIGRATED',
      message: expect.stringContaining('--migrate') as unknown,
    })
  })

  it.each([
    ['no deduplication', 'MODIFY SETTING non_replicated_deduplication_window = 0', /deduplication_window is 0/],
    ['no fsync', 'MODIFY SETTING fsync_after_insert = 0', /fsync_after_insert is off/],
    ['a column of another type', 'MODIFY COLUMN problem LowCardinality(String)', /column problem is/],
    ['a column missing', 'DROP COLUMN decoded', /column decoded is missing/],
  ])('refuses a table with %s', async (_, change, expected) => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    if (change.startsWith('DROP')) await ask(`ALTER TABLE ${prefix}_events DROP COLUMN payload`)
    await ask(`ALTER TABLE ${prefix}_events ${change}`)
    await expect(newLog().start()).rejects.toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
      message: expect.stringMatching(expected) as unknown,
    })
  })

  it('refuses a table of another engine', async () => {
    const { newLog, prefix, ask } = setUp()
    await newLog().migrate()
    await ask(`CREATE TABLE ${prefix}_plain AS ${prefix}_events ENGINE = MergeTree ORDER BY kafka_offset`)
    await ask(`EXCHANGE TABLES ${prefix}_plain AND ${prefix}_events`)
    await expect(newLog().start()).rejects.toMatchObject({
      message: expect.stringMatching(/engine is MergeTree.*sorted by/) as unknown,
    })
  })

  it('is not needed before an insert, which then checks the tables itself', async () => {
    const { newLog, prefix, ask } = setUp()
    const log = newLog()
    expect(await log.insert(range)).toMatchObject({ kind: 'failed', error: { code: 'AUDIT_LOG_NOT_MIGRATED' } })
    await log.migrate()
    expect(await log.insert(range)).toEqual({ kind: 'ok' })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('1')
  })
})

describe('a row that the server refuses', () => {
  it('is refused as part of a range, and goes into quarantine when it is alone', async () => {
    const { newLog, prefix, ask } = setUp()
    const log = newLog()
    await log.migrate({ retentionDays: 36_500 })
    await ask(`ALTER TABLE ${prefix}_events ADD CONSTRAINT no_five CHECK kafka_offset != 5`)
    const items = [4n, 5n, 6n].map((offset) => anAuditRecord({ offset }))
    expect(await log.insert(rangeOf(items))).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_ROW_REFUSED', serverCode: 469 },
    })
    for (const item of items) expect(await log.insert(rangeOf([item]))).toEqual({ kind: 'ok' })

    const { entries } = await log.query({}, { order: 'oldest' })
    expect(entries.map(({ record }) => record)).toEqual(items.map(({ record }) => record))
    expect(await ask(`SELECT quarantine_reason FROM ${prefix}_quarantine`)).toBe('refused')
  })
})
