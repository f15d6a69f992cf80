import type { AuditRange } from '@ledgerbus/core'
import { createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { createAuditLog } from '../src/index.ts'
import { anAuditRecord, anUndecodable, rangeOf } from './support/a-range.ts'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { askClickHouse, createOwnLog, newPrefix } from './support/own-log.ts'

let own: OwnClickHouse | undefined
beforeAll(async () => {
  own = await startOwnClickHouse({
    users: [
      { name: 'sink', password: 'sink-password', grants: ['GRANT INSERT, SELECT ON default.*'] },
      { name: 'reader', password: 'reader-password', grants: ['GRANT SELECT ON default.*'], settings: { readonly: 2 } },
    ],
  })
})
afterAll(async () => {
  if (own !== undefined && 'server' in own) await own.server.stop()
})

const large = rangeOf(
  Array.from({ length: 5_000 }, (_, index) =>
    anUndecodable({ offset: BigInt(index), value: `${'x'.repeat(3_000)}${index}` }),
  ),
)

/** Of a range, in their order. */
function offsetsOf({ block }: AuditRange): readonly number[] {
  return Array.from({ length: block.records }, (_, index) => Number(block.offsetAt(index)))
}

async function setUp(context: TestContext) {
  const server = serverOf(own, context)
  if (server.pid === undefined) await server.restart()
  const logger = createRecordingLogger()
  return { server, logger, ...(await createOwnLog({ url: server.url, logger })) }
}

describe('ClickHouse away', () => {
  it('fails an insert that may be repeated, and it is stored once when the server is back', async (context) => {
    const { server, log, ask, prefix } = await setUp(context)
    const range = rangeOf([0n, 1n].map((offset) => anAuditRecord({ offset })))
    await server.kill('SIGKILL')
    expect(await log.insert(range)).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_LOG_UNREACHABLE', retriable: true },
    })
    await expect(log.query({})).rejects.toMatchObject({ code: 'AUDIT_LOG_UNREACHABLE', retriable: true })
    await expect(log.summarize({})).rejects.toMatchObject({ code: 'AUDIT_LOG_UNREACHABLE', retriable: true })
    await server.restart()
    await eventually(async () => expect(await log.insert(range)).toEqual({ kind: 'ok' }), { timeoutMs: 20_000 })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('2')
  })

  it('killed during inserts loses nothing that was acknowledged, and repeating what is unknown doubles nothing', async (context) => {
    const { server, log } = await setUp(context)
    const ranges = Array.from({ length: 40 }, (_, batch) =>
      rangeOf(
        Array.from({ length: 500 }, (__, index) =>
          anUndecodable({ offset: BigInt(batch * 500 + index), value: `${batch}/${index}` }),
        ),
      ),
    )
    let killed: Promise<unknown> | undefined
    for (const [batch, range] of ranges.entries()) {
      if (batch === 15) killed = server.kill('SIGKILL').then(() => server.restart())
      await eventually(async () => expect(await log.insert(range)).toEqual({ kind: 'ok' }), { timeoutMs: 30_000 })
    }
    await killed
    const summary = await log.summarize({})
    expect(summary.entries).toBe(20_000)
    let next = 0n
    for await (const { record } of log.read({}, { order: 'partition' })) {
      expect(record.offset).toBe(next)
      next += 1n
    }
    expect(next).toBe(20_000n)
  })

  it('killed under a slow reader costs it nothing: it goes on where it was', async (context) => {
    const { server, log, logger } = await setUp(context)
    expect(await log.insert(large)).toEqual({ kind: 'ok' })
    const offsets: number[] = []
    for await (const { record } of log.read({})) {
      offsets.push(Number(record.offset))
      if (offsets.length === 100) {
        await server.kill('SIGKILL')
        await server.restart()
      }
    }
    expect(offsets).toEqual(offsetsOf(large))
    expect(logger.texts('warn')).toContain('reading broke off, going on behind the last entry')
  })

  it('slower to be read than the time-out of the connection costs a reader nothing', async (context) => {
    const { server, prefix } = await setUp(context)
    const logger = createRecordingLogger()
    const log = createAuditLog({ url: server.url, tablePrefix: prefix, requestTimeoutMs: 300, logger })
    await log.insert(large)
    const offsets: number[] = []
    for await (const { record } of log.read({})) {
      offsets.push(Number(record.offset))
      // A slow reader is what is tested here, so this one waits.
      if (offsets.length % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 700))
    }
    expect(offsets).toEqual(offsetsOf(large))
    expect(logger.texts('warn')).toContain('reading broke off, going on behind the last entry')
    await log.close()
  })

  it('frozen ends an insert as unknown, and the same range again leaves one copy', async (context) => {
    const { server, prefix, ask } = await setUp(context)
    const log = createAuditLog({
      url: server.url,
      tablePrefix: prefix,
      requestTimeoutMs: 500,
      logger: createRecordingLogger(),
    })
    await log.start()
    const range = rangeOf([0n, 1n].map((offset) => anAuditRecord({ offset })))
    await server.kill('SIGSTOP')
    expect(await log.insert(range)).toMatchObject({
      kind: 'unknown',
      error: { code: 'AUDIT_LOG_NO_ANSWER', retriable: true },
    })
    await server.kill('SIGCONT')
    await eventually(async () => expect(await log.insert(range)).toEqual({ kind: 'ok' }), { timeoutMs: 20_000 })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('2')
    await log.close()
  })
})

describe('a query that fails after its first rows', () => {
  it('ends the reading with an error and never decodes the text of the exception', async (context) => {
    const { log, prefix, ask } = await setUp(context)
    await log.insert(large)
    // In place of the table that is read, one with a column that throws at one offset.
    await ask(`DROP TABLE ${prefix}_entries`)
    await ask(
      `CREATE VIEW ${prefix}_entries AS SELECT * REPLACE (concat(problem, toString(throwIf(kafka_offset = 4500, 'boom'))) AS problem) FROM ${prefix}_events`,
    )
    const offsets: number[] = []
    const reading = (async () => {
      for await (const { record } of log.read({})) offsets.push(Number(record.offset))
    })()
    await expect(reading).rejects.toMatchObject({ code: 'AUDIT_QUERY_FAILED', serverCode: 395 })
    expect(offsets.length).toBeGreaterThan(0)
    expect(offsets).toEqual(offsetsOf(large).slice(0, offsets.length))
  })
})

describe('users', () => {
  it('write with INSERT and SELECT, read with SELECT, and do no more', async (context) => {
    const { server, prefix } = await setUp(context)
    const as = (username: string, password: string) =>
      createAuditLog({ url: server.url, tablePrefix: prefix, username, password, logger: createRecordingLogger() })
    const sink = as('sink', 'sink-password')
    await sink.start()
    expect(await sink.insert(rangeOf([anAuditRecord()]))).toEqual({ kind: 'ok' })
    const reader = as('reader', 'reader-password')
    await reader.start()
    expect((await reader.query({})).entries).toHaveLength(1)
    expect((await reader.summarize({})).entries).toBe(1)
    expect(await reader.insert(rangeOf([anAuditRecord()]))).toMatchObject({
      kind: 'failed',
      error: { code: 'AUDIT_LOG_CONFIGURATION' },
    })
    await expect(sink.migrate({ retentionDays: 1 })).rejects.toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
      serverCode: 497,
    })
  })

  it('with a wrong password are told so, without the password', async (context) => {
    const { server } = await setUp(context)
    const log = createAuditLog({
      url: server.url,
      username: 'sink',
      password: 'wrong-secret',
      logger: createRecordingLogger(),
    })
    const error = await log.start().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION', serverCode: 516 })
    expect(String(error)).not.toContain('wrong-secret')
  })

  it('of a database that does not exist are told so', async (context) => {
    const { server } = await setUp(context)
    const log = createAuditLog({
      url: server.url,
      database: 'nowhere',
      tablePrefix: newPrefix(),
      logger: createRecordingLogger(),
    })
    await expect(log.start()).rejects.toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION', serverCode: 81 })
    expect(await askClickHouse(server.url, 'SELECT 1')).toBe('1')
  })
})
