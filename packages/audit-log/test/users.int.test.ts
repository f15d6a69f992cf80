import { type AuditRange, encodeEnvelope } from '@ledgerbus/core'
import type { LocalClickHouse } from '@ledgerbus/local-stack'
import { anEnvelope, createRecordingLogger } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { type AuditUserInput, type ClickHouseAuditLog, createAuditLog, describeAuditUsers } from '../src/index.ts'
import { anAuditRecord, rangeOf } from './support/a-range.ts'
import { clusterXml, reconfigure } from './support/configured-clickhouse.ts'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { askClickHouse } from './support/own-log.ts'

// The users come from the file that is made from the same description as the statements: this server takes no users by SQL. So what is
// not run here are the statements themselves, the policy that shuts everybody else out, and quotas.

const users: readonly AuditUserInput[] = [
  { name: 'sink', role: 'writer', password: 'password of the sink' },
  { name: 'replayer', role: 'reader', password: 'password of the replayer' },
  { name: 'acme', role: 'organization-reader', organization: 'acme', password: 'password of the acme reader' },
  { name: 'globex', role: 'organization-reader', organization: 'globex', password: 'password of the globex reader' },
  { name: 'migrator', role: 'migrator', password: 'password of the migrator' },
  { name: 'eraser', role: 'eraser', password: 'password of the eraser' },
]
/** Sees the tables, and nobody wrote a policy for it. */
const careless = `<clickhouse><users><careless>
  <password>careless</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
  <grants><query>GRANT SELECT, SHOW ROW POLICIES ON default.*</query><query>GRANT SELECT ON system.row_policies</query></grants>
</careless><blind>
  <password>blind</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
  <grants><query>GRANT SELECT ON default.*</query></grants>
</blind></users></clickhouse>
`

let own: readonly OwnClickHouse[] = []
beforeAll(async () => {
  own = [await startOwnClickHouse(), await startOwnClickHouse()]
  const servers = own.flatMap((one) => ('server' in one ? [one.server] : []))
  const [first] = servers
  if (first === undefined) return
  const shards = servers.map(({ url }) => url)
  const cluster = { name: 'pair', replication: 'none' as const, shards }
  const { xml } = describeAuditUsers({ users, limits: { maxRowsToRead: 1_000_000 }, cluster })
  for (const server of servers) {
    await reconfigure(server, {
      'config.d/cluster.xml': clusterXml('pair', servers),
      'users.d/audit.xml': xml,
      'users.d/careless.xml': careless,
    })
  }
  await logOf(servers, 'migrator').migrate({ retentionDays: 36_500 })
  const sink = logOf(servers, 'sink')
  await sink.start()
  for (const [index, organizationId] of ['acme', 'globex', 'acme', undefined].entries()) {
    const value = encodeEnvelope(anEnvelope(organizationId === undefined ? {} : { organizationId }))
    for (const partition of [0, 1, 2, 3]) {
      const item = anAuditRecord({ partition, offset: BigInt(index), value })
      await store(sink, rangeOf([item]))
    }
  }
  // One too old for the events, so that the quarantine holds one of each organization as well.
  for (const [index, organizationId] of ['acme', 'globex'].entries()) {
    const value = encodeEnvelope(anEnvelope({ organizationId }))
    await store(sink, rangeOf([anAuditRecord({ offset: BigInt(90 + index), timestampMs: 0n, value })]))
  }
  await sink.close()
})
afterAll(async () => {
  for (const one of own) if ('server' in one) await one.server.stop()
})

/** Every test stands on these rows. */
async function store(log: ClickHouseAuditLog, range: AuditRange): Promise<void> {
  const outcome = await log.insert(range)
  if (outcome.kind !== 'ok') throw outcome.error
}

function passwordOf(name: string): string {
  return users.find((user) => user.name === name)?.password ?? name
}

function logOf(servers: readonly LocalClickHouse[], name: string, organization?: string): ClickHouseAuditLog {
  return createAuditLog({
    url: (servers[0] as LocalClickHouse).url,
    username: name,
    password: passwordOf(name),
    cluster: { name: 'pair', replication: 'none', shards: servers.map(({ url }) => url) },
    ...(organization !== undefined && { organization }),
    logger: createRecordingLogger(),
  })
}

function setUp(context: TestContext) {
  const servers = own.map((one) => serverOf(one, context))
  const as = (name: string, organization?: string) => logOf(servers, name, organization)
  /** What the server answers a user, past the log. */
  const ask = async (name: string, sql: string): Promise<string> => {
    const url = new URL((servers[0] as LocalClickHouse).url)
    url.username = name
    url.password = passwordOf(name)
    return await askClickHouse(url.href, sql)
  }
  return { servers, as, ask }
}

const entries = 'audit_entries_all'

describe('the reader of an organization', () => {
  it('starts where row policies scope it, and sees its entries only, whatever it asks through the log', async (context) => {
    const { as } = setUp(context)
    for (const name of ['acme', 'globex']) {
      const log = as(name, name)
      await log.start()
      const expected = name === 'acme' ? 9 : 5
      expect((await log.query({})).entries).toHaveLength(expected)
      expect((await log.summarize({})).entries).toBe(expected)
      expect((await log.stats({})).entries).toBe(expected)
      const organizations = new Set<string | undefined>()
      for await (const { reading } of log.read({})) {
        if (reading.status === 'ok') organizations.add(reading.envelope.organizationId)
      }
      expect([...organizations]).toEqual([name])
      expect((await log.query({ organizationId: name === 'acme' ? 'globex' : 'acme' })).entries).toEqual([])
      await log.close()
    }
  })

  it.for([
    'SELECT count() FROM audit_events WHERE organization_id != {}',
    'SELECT count() FROM audit_events FINAL WHERE organization_id != {}',
    'SELECT count() FROM audit_quarantine WHERE organization_id != {}',
    'SELECT count() FROM audit_entries WHERE organization_id != {}',
    'SELECT count() FROM audit_entries FINAL WHERE organization_id != {}',
    `SELECT count() FROM ${entries} WHERE organization_id != {}`,
    `SELECT count() FROM ${entries} FINAL WHERE organization_id != {}`,
    `SELECT uniqExact(organization_id) - 1 FROM ${entries}`,
    `SELECT countIf(position(raw, 'globex') > 0) FROM ${entries}`,
    `SELECT count() FROM audit_events PREWHERE organization_id != {}`,
    `SELECT countIf(organization_id != {}) FROM (SELECT * FROM ${entries} UNION ALL SELECT * FROM ${entries})`,
    `SELECT count() FROM ${entries} AS l JOIN ${entries} AS r USING (kafka_partition) WHERE r.organization_id != {} SETTINGS distributed_product_mode = 'local'`,
    `SELECT countIf(organization_id != {}) FROM merge(currentDatabase(), '^audit_(events|quarantine)$')`,
  ])('finds no row of another one: %s', async (sql, context) => {
    const { ask } = setUp(context)
    expect(await ask('acme', sql.replaceAll('{}', "'acme'"))).toBe('0')
  })

  it.for([
    ['system.query_log', 'SELECT count() FROM system.query_log'],
    ['system.parts', "SELECT count() FROM system.parts WHERE table = 'audit_events'"],
    ['system.processes', 'SELECT count() FROM system.processes'],
    ['system.users', 'SELECT count() FROM system.users'],
  ])('sees nothing of others in %s', async ([, sql], context) => {
    const { ask } = setUp(context)
    await expect(ask('acme', sql as string)).rejects.toThrow(/ACCESS_DENIED|UNKNOWN_TABLE/)
  })

  it('counts its own rows only where the count comes from metadata', async (context) => {
    const { ask } = setUp(context)
    expect(await ask('acme', `SELECT count() FROM ${entries}`)).toBe('9')
    expect(await ask('globex', `SELECT count() FROM ${entries}`)).toBe('5')
    expect(await ask('acme', "SELECT sum(ifNull(total_rows, 0)) FROM system.tables WHERE name LIKE 'audit_%'")).toMatch(
      /^\d+$/,
    )
  })

  it.for([
    'max_execution_time = 0',
    'max_execution_time = 61',
    'max_memory_usage = 0',
    'max_rows_to_read = 0',
    'max_rows_to_read = 100000000',
    "read_overflow_mode = 'break'",
    "timeout_overflow_mode = 'break'",
    'readonly = 0',
    'max_concurrent_queries_for_user = 0',
  ])('cannot lift its limits: %s', async (setting, context) => {
    const { ask } = setUp(context)
    await expect(ask('acme', `SELECT 1 SETTINGS ${setting}`)).rejects.toThrow(/SETTING_CONSTRAINT_VIOLATION|READONLY/)
  })

  it('is stopped in a question that reads too much', async (context) => {
    const { ask } = setUp(context)
    await expect(ask('acme', 'SELECT count() FROM numbers(2000000) WHERE number % 2')).rejects.toThrow(/TOO_MANY_ROWS/)
  })
})

describe('a scope that is not kept', () => {
  it.for([
    ['another organization than its own', 'acme', 'globex'],
    ['every organization', 'replayer', 'acme'],
    ['every row, because nobody wrote it a policy', 'careless', 'acme'],
    ['nobody knows what, because it may not see its policies', 'blind', 'acme'],
  ])('keeps a user from reading who sees %s', async ([, name, organization], context) => {
    const { as } = setUp(context)
    const log = as(name as string, organization)
    const refused = { code: 'AUDIT_LOG_NOT_SCOPED' }
    // Also without start(): one unchecked question may show too much.
    await expect(log.query({})).rejects.toMatchObject(refused)
    await expect(log.summarize({})).rejects.toMatchObject(refused)
    await expect(log.read({})[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused)
    expect(await log.insert(rangeOf([anAuditRecord()]))).toMatchObject({ kind: 'failed' })
    await log.close()
  })

  it('is what a user without a policy shows: every row', async (context) => {
    const { ask } = setUp(context)
    expect(await ask('careless', `SELECT uniqExact(organization_id) FROM ${entries}`)).toBe('3')
  })
})

describe('the writer', () => {
  it('stores, sees coordinates, and not what a row says', async (context) => {
    const { ask } = setUp(context)
    expect(await ask('sink', `SELECT count(), max(kafka_offset), max(kafka_timestamp) > 0 FROM ${entries}`)).toMatch(
      /^\d+\t\d+\t1$/,
    )
    for (const column of ['raw', 'kafka_key', 'entity_id', 'payload', 'organization_id', '*']) {
      await expect(ask('sink', `SELECT ${column} FROM audit_events`)).rejects.toThrow(/ACCESS_DENIED/)
    }
  })
})

describe('nobody but who may', () => {
  const statements: readonly (readonly [string, string, readonly string[]])[] = [
    ['changes a table', 'ALTER TABLE audit_events ADD COLUMN IF NOT EXISTS y UInt8', ['migrator']],
    ['deletes rows', "ALTER TABLE audit_events DELETE WHERE kafka_topic = 'none'", ['migrator', 'eraser']],
    ['deletes rows lightly', "DELETE FROM audit_events WHERE kafka_topic = 'none'", ['migrator', 'eraser']],
    ['overwrites rows', "ALTER TABLE audit_events UPDATE raw = '' WHERE kafka_topic = 'none'", ['migrator', 'eraser']],
    ['drops a month', 'ALTER TABLE audit_events DROP PARTITION 190001', ['migrator', 'eraser']],
    ['empties a table', 'TRUNCATE TABLE audit_scrap', ['migrator']],
    ['drops a table', 'DROP TABLE audit_scrap', ['migrator']],
    [
      'makes a table',
      'CREATE TABLE IF NOT EXISTS audit_more (x UInt8) ENGINE = ReplacingMergeTree ORDER BY x',
      ['migrator'],
    ],
    [
      'makes a table elsewhere',
      'CREATE TABLE IF NOT EXISTS other (x UInt8) ENGINE = ReplacingMergeTree ORDER BY x',
      [],
    ],
    ['makes a table of another engine', 'CREATE TABLE IF NOT EXISTS audit_f (x UInt8) ENGINE = File(CSV)', []],
    ['asks an address', "SELECT * FROM url('http://127.0.0.1:1/', CSV, 'x String')", []],
    ['reads a file', "SELECT * FROM file('users.xml', LineAsString)", []],
    // Who makes a table over shards needs the right to ask others. No service makes tables.
    ['asks another server', "SELECT * FROM remote('{own}', system.one)", ['migrator']],
    ['asks a store', "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', CSV, 'x String')", []],
    ['writes a file', "INSERT INTO FUNCTION file('out.csv', CSV, 'x String') VALUES ('a')", []],
    ['stops merges', 'SYSTEM STOP MERGES audit_events', []],
    ['makes a user', "CREATE USER mallory IDENTIFIED BY 'x'", []],
    ['grants', 'GRANT SELECT ON *.* TO sink', []],
    ['ends a query', "KILL QUERY WHERE query_id = 'none'", []],
  ]
  it.for(statements)('%s', async ([, sql, allowed], context) => {
    const { ask, servers } = setUp(context)
    const { url, tcpPort } = servers[0] as LocalClickHouse
    for (const { name } of users) {
      await askClickHouse(url, 'CREATE TABLE IF NOT EXISTS audit_scrap (x UInt8) ENGINE = MergeTree ORDER BY x')
      const answer = await ask(name, sql.replace('{own}', `127.0.0.1:${tcpPort}`)).then(
        () => 'done',
        (error: unknown) => String(error),
      )
      if (allowed.includes(name)) expect([name, answer]).toEqual([name, 'done'])
      else expect([name, answer]).toEqual([name, expect.stringMatching(/ACCESS_DENIED|READONLY|QUERY_IS_PROHIBITED/)])
    }
  })

  it('puts rows into the log', async (context) => {
    const { as } = setUp(context)
    for (const { name } of users) {
      const log = as(name)
      const { kind } = await log.insert(rangeOf([anAuditRecord({ partition: 0, offset: 0n })]))
      expect([name, kind]).toEqual([name, ['sink', 'migrator'].includes(name) ? 'ok' : 'failed'])
      await log.close()
    }
  })
})
