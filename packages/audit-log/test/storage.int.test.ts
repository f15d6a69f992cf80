import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { createAuditLog } from '../src/index.ts'
import { anUndecodable, rangeOf } from './support/a-range.ts'
import { reconfigure } from './support/configured-clickhouse.ts'
import { type OwnClickHouse, serverOf, startOwnClickHouse } from './support/own-clickhouse.ts'
import { askClickHouse, newPrefix } from './support/own-log.ts'

// Two folders as two volumes: that parts move and stay readable is run here, object storage is not.

let own: OwnClickHouse | undefined
beforeAll(async () => {
  own = await startOwnClickHouse()
  if (!('server' in own)) return
  const folder = join(own.server.dataDir, 'cold')
  await mkdir(folder)
  await reconfigure(own.server, {
    'config.d/storage.xml': `<clickhouse><storage_configuration>
  <disks><cold><type>local</type><path>${folder}/</path></cold></disks>
  <policies>
    <tiered><volumes><default><disk>default</disk></default><cold><disk>cold</disk></cold></volumes></tiered>
    <renamed><volumes><hot><disk>default</disk></hot><cold><disk>cold</disk></cold></volumes></renamed>
  </policies>
</storage_configuration></clickhouse>
`,
  })
})
afterAll(async () => {
  if (own !== undefined && 'server' in own) await own.server.stop()
})

function setUp(context: TestContext) {
  const { url } = serverOf(own, context)
  const prefix = newPrefix()
  const log = createAuditLog({ url, tablePrefix: prefix, logger: createRecordingLogger() })
  const ask = (sql: string) => askClickHouse(url, sql)
  const disks = () =>
    ask(
      `SELECT partition, disk_name, sum(rows) FROM system.parts WHERE table = '${prefix}_events' AND active GROUP BY ALL ORDER BY ALL FORMAT CSV`,
    )
  return { log, prefix, ask, disks }
}

const tiering = { policy: 'tiered', volume: 'cold', afterDays: 30 }
const day = 86_400_000
const old = new Date(Date.now() - 70 * day)
const oldMonth = old.toISOString().slice(0, 7).replace('-', '')
const newMonth = new Date().toISOString().slice(0, 7).replace('-', '')
const range = rangeOf(
  [old.getTime(), Date.now()].map((ms, index) =>
    anUndecodable({ offset: BigInt(index), timestampMs: BigInt(ms), value: `${index}` }),
  ),
)
const apart = `"${oldMonth}","cold",1\n"${newMonth}","default",1`

describe('older entries on another volume', () => {
  it('go there by themselves in tables made so, and are read as before', async (context) => {
    const { log, disks } = setUp(context)
    await log.migrate({ retentionDays: 36_500, tiering })
    await log.start()
    expect(await log.insert(range)).toEqual({ kind: 'ok' })
    await eventually(async () => expect(await disks()).toBe(apart), { timeoutMs: 20_000 })
    expect((await log.query({}, { order: 'oldest' })).entries.map(({ record }) => record.offset)).toEqual([0n, 1n])
  })

  it('go there from tables that stood before, without a row lost, and a repeated insert is still known', async (context) => {
    const { log, disks, prefix, ask } = setUp(context)
    await log.migrate({ retentionDays: 36_500 })
    await log.insert(range)
    await log.migrate({ tiering })
    await eventually(async () => expect(await disks()).toBe(apart), { timeoutMs: 20_000 })
    expect(await log.insert(range)).toEqual({ kind: 'ok' })
    expect(await ask(`SELECT count() FROM ${prefix}_events`)).toBe('2')
    await log.start()
  })

  it('stay where they are told when the retention changes afterwards, and the other way round', async (context) => {
    const { log, prefix, ask } = setUp(context)
    const life = () =>
      ask(
        `SELECT extract(engine_full, ' TTL (.*?) SETTINGS') FROM system.tables WHERE name = '${prefix}_events' FORMAT TSVRaw`,
      )
    await log.migrate({ retentionMonths: 13, tiering })
    expect(await life()).toBe(
      "kafka_timestamp + toIntervalDay(30) TO VOLUME 'cold', toStartOfMonth(kafka_timestamp) + toIntervalMonth(14)",
    )
    await log.migrate({ retentionMonths: 24 })
    expect(await life()).toContain("TO VOLUME 'cold', toStartOfMonth(kafka_timestamp) + toIntervalMonth(25)")
    await log.migrate({ tiering: { ...tiering, afterDays: 60 } })
    expect(await life()).toBe(
      "kafka_timestamp + toIntervalDay(60) TO VOLUME 'cold', toStartOfMonth(kafka_timestamp) + toIntervalMonth(25)",
    )
    const changed = await ask(`SELECT max(metadata_modification_time) FROM system.tables WHERE name LIKE '${prefix}_%'`)
    await log.migrate({ retentionMonths: 24, tiering: { ...tiering, afterDays: 60 } })
    expect(await ask(`SELECT max(metadata_modification_time) FROM system.tables WHERE name LIKE '${prefix}_%'`)).toBe(
      changed,
    )
  })

  it('need a policy with the volumes that tables have already', async (context) => {
    const { log } = setUp(context)
    await log.migrate()
    await expect(log.migrate({ tiering: { ...tiering, policy: 'renamed' } })).rejects.toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
      message: expect.stringMatching(/no volume default in its storage policy renamed/) as unknown,
    })
    await log.start()
  })
})
