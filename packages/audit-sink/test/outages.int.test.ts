import { encodeEnvelope, type ProducerRecord } from '@ledgerbus/core'
import { anEnvelope, aRecord, eventually } from '@ledgerbus/testkit'
import { afterEach, describe, expect, it, type TestContext } from 'vitest'
import type { AuditSink } from '../src/index.ts'
import { setUpSink, type SinkSetUp, startOwnClickHouse } from './support/servers.ts'

const soon = { timeoutMs: 60_000, intervalMs: 100 }

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Outage extends SinkSetUp {
  readonly sink: AuditSink
  ask(sql: string): Promise<string>
  /** Its one state and, where it has one, its trouble. */
  state(): string
  /** Everything is stored once and committed, and the group is as it was. */
  allIsWell(count: number): Promise<void>
}

/** A sink at work on a ClickHouse of its own, which it has stored something in. */
async function setUp(context: TestContext, options: Parameters<SinkSetUp['newSink']>[0] = {}): Promise<Outage> {
  const server = await startOwnClickHouse(context)
  ends.push(() => server.stop())
  const made = await setUpSink({ clickhouseUrl: server.url })
  ends.push(() => made.close())
  const sink = made.newSink({ maxAgeMs: 100, idleAgeMs: 100, ...options })
  await sink.start()
  await made.publish(events(10))
  await eventually(async () => expect(await made.committed()).toBe(10n), soon)
  const members = async (): Promise<unknown> => (await made.admin.describeGroup(made.groupId))?.members
  const membersBefore = await members()

  return {
    ...made,
    sink,
    async ask(sql) {
      const answer = await fetch(server.url, { method: 'POST', body: sql })
      const text = await answer.text()
      if (!answer.ok) throw new Error(text)
      return text.trim()
    },
    state() {
      const [partition] = sink.partitions()
      return [partition?.state, partition?.trouble?.code].join(' ').trim()
    },
    async allIsWell(count) {
      await eventually(async () => expect(await made.committed()).toBe(BigInt(count)), soon)
      const offsets = (await made.entries()).map(({ offset }) => Number(offset))
      expect(offsets).toEqual(Array.from({ length: count }, (_, offset) => offset))
      expect(await made.rows()).toBe(count)
      expect(await members()).toEqual(membersBefore)
      expect(sink.partitions()).toMatchObject([{ state: 'reading', lag: 0n }])
    },
  }
}

function events(count: number, from = 0): ProducerRecord[] {
  return Array.from({ length: count }, (_, index) =>
    aRecord({
      key: 'o-1',
      value: encodeEnvelope(anEnvelope({ payload: { after: { number: from + index } } })),
      timestampMs: BigInt(Date.now()),
    }),
  )
}

describe('a sink whose ClickHouse takes nothing for a while', () => {
  it('waits where there are too many parts, and says so', async (context) => {
    const { publish, state, ask, allIsWell } = await setUp(context)
    const { events: table } = tablesOf(await ask('SHOW TABLES'))
    await ask(`SYSTEM STOP MERGES ${table}`)
    await ask(`ALTER TABLE ${table} MODIFY SETTING parts_to_delay_insert = 1, parts_to_throw_insert = 1`)
    await publish(events(20, 10))
    await eventually(() => expect(state()).toBe('held AUDIT_LOG_NO_ANSWER'), soon)

    await ask(`ALTER TABLE ${table} RESET SETTING parts_to_delay_insert, parts_to_throw_insert`)
    await ask(`SYSTEM START MERGES ${table}`)
    await allIsWell(30)
  }, 180_000)

  it('waits where no disk is left, and says so', async (context) => {
    const { publish, state, ask, allIsWell } = await setUp(context)
    const { events: table } = tablesOf(await ask('SHOW TABLES'))
    await ask(`ALTER TABLE ${table} MODIFY SETTING min_free_disk_bytes_to_perform_insert = 1000000000000000`)
    await publish(events(20, 10))
    await eventually(() => expect(state()).toBe('held AUDIT_LOG_BUSY'), soon)

    await ask(`ALTER TABLE ${table} RESET SETTING min_free_disk_bytes_to_perform_insert`)
    await allIsWell(30)
  }, 180_000)

  it('holds no more than it may while much comes, stays in its group, and catches up', async (context) => {
    const server = await startOwnClickHouse(context)
    ends.push(() => server.stop())
    const made = await setUpSink({ clickhouseUrl: server.url })
    ends.push(() => made.close())
    const maxBufferedBytes = 1_000_000
    const sink = made.newSink({ maxAgeMs: 100, idleAgeMs: 100, maxRows: 1_000, maxBufferedBytes })
    await sink.start()
    await made.publish(events(10))
    await eventually(async () => expect(await made.committed()).toBe(10n), soon)
    const membersBefore = (await made.admin.describeGroup(made.groupId))?.members

    await server.kill('SIGKILL')
    await made.publish(events(20_000, 10))
    await eventually(() => expect(sink.partitions()).toMatchObject([{ state: 'held' }]), soon)
    // Longer than the session of the group, 10 s: no heartbeat waits for the log.
    const until = Date.now() + 15_000
    while (Date.now() < until) {
      const [partition] = sink.partitions()
      // One batch of Kafka may come on top.
      expect(partition?.pendingBytes).toBeLessThan(maxBufferedBytes + 2_000_000)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    expect((await made.admin.describeGroup(made.groupId))?.members).toEqual(membersBefore)

    await server.restart()
    await eventually(async () => expect(await made.committed()).toBe(20_010n), soon)
    const offsets = (await made.entries()).map(({ offset }) => Number(offset))
    expect(offsets).toEqual(Array.from({ length: 20_010 }, (_, offset) => offset))
    expect(await made.rows()).toBe(20_010)
  }, 180_000)
})

describe('a sink that meets rows which ClickHouse refuses', () => {
  it('sets exactly these aside, with their bytes and the reason, and stores all others', async (context) => {
    const { publish, ask, sink, entries, committed } = await setUp(context)
    const { events: table, quarantine } = tablesOf(await ask('SHOW TABLES'))
    await ask(`ALTER TABLE ${table} ADD CONSTRAINT no_refunds CHECK position(raw, 'refuse me') = 0`)
    const bad = [3, 500, 501, 1_999]
    const records = events(2_000, 10)
    for (const index of bad) {
      records[index] = { ...(records[index] as ProducerRecord), value: new TextEncoder().encode(`refuse me ${index}`) }
    }
    await publish(records)
    await eventually(async () => expect(await committed()).toBe(2_010n), soon)

    const asked = await ask(
      `SELECT kafka_offset, raw, quarantine_reason FROM ${quarantine} WHERE record_status != 'none' ORDER BY kafka_offset FORMAT TSV`,
    )
    expect(asked.split('\n')).toEqual(bad.map((index) => `${index + 10}\trefuse me ${index}\trefused`))
    expect(await ask(`SELECT count() FROM ${table}`)).toBe(String(2_010 - bad.length))
    expect((await entries()).map(({ offset }) => Number(offset))).toEqual(
      Array.from({ length: 2_010 }, (_, offset) => offset),
    )
    expect(sink.partitions()).toMatchObject([{ state: 'reading', lag: 0n }])
  }, 180_000)
})

/** The tables of the sink, which has one log in a server of its own. */
function tablesOf(shown: string): { readonly events: string; readonly quarantine: string } {
  const names = shown.split('\n')
  const find = (end: string): string => {
    const name = names.find((one) => one.endsWith(end))
    if (name === undefined) throw new Error(`no table ends with ${end}`)
    return name
  }
  return { events: find('_events'), quarantine: find('_quarantine') }
}
