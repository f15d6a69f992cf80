import { randomBytes } from 'node:crypto'
import { type Broker, type ConsumerRecord, headerText, silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { beforeAll, describe, expect, it } from 'vitest'
import { deadLettersOf, type DeadLettersOf } from './dead-letters.ts'
import { type Ended, spawnLedgerbus, type SpawnedLedgerbus } from './spawned-ledgerbus.ts'

const run = randomBytes(4).toString('hex')
/** Two and a half minutes of redriving at the rate below: time enough to interrupt it on a busy machine. */
const letters = 3_000

let broker: Broker
let brokers: string
let of: DeadLettersOf

beforeAll(async () => {
  const { kafkaBrokers } = stackAddresses()
  brokers = kafkaBrokers.join(',')
  broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: 'cli-dlq-it', logger: silentLogger })
  of = deadLettersOf(`cli-dlq-it-${run}`, `billing-${run}`)
  await of.setAside(
    broker,
    Array.from({ length: letters }, () => ({})),
  )
})

function ledgerbus(...argv: readonly string[]): SpawnedLedgerbus {
  return spawnLedgerbus(['dlq', ...argv], { env: { KAFKA_BROKERS: brokers } })
}

/** The committed records of the redrive topic. */
async function redriven(): Promise<ConsumerRecord[]> {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  await Promise.all([admin.start(), reader.start()])
  const records: ConsumerRecord[] = []
  for (const { partition, low, end } of await admin.topicOffsets(of.lane)) {
    const read = reader.read({ topic: of.lane, partition }, { from: low, to: end })
    for await (const slice of read) records.push(...slice.records)
  }
  await Promise.all([admin.close(), reader.close()])
  return records
}

describe('ledgerbus dlq on a real Kafka', () => {
  it('shows what waits', async () => {
    const { exitCode, stdout } = await ledgerbus('list', '--topic', of.deadLetterTopic, '-o', 'jsonl').ended
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ topic: of.deadLetterTopic, byStatus: { pending: letters } })
  })

  it('redrives through an interruption and a kill, the same command each time, each letter once and in order', async () => {
    const command = ['redrive', of.deadLetterTopic, '--rate', '20', '--yes']
    const interrupted = ledgerbus(...command)
    await untilRedriven(40, interrupted)
    interrupted.kill('SIGINT')
    const first = await interrupted.ended
    expect(first.stderr).toMatch(/CLI_INTERRUPTED/u)
    expect(first.exitCode).toBe(130)

    const killed = ledgerbus(...command)
    await untilRedriven((await redriven()).length + 40, killed)
    killed.kill('SIGKILL')
    await killed.ended

    const { exitCode, stdout } = await ledgerbus('redrive', of.deadLetterTopic, '--yes').ended
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^completed: planned /mu) as unknown,
    })
    expect((await redriven()).map(({ headers }) => Number(headerText(headers, 'lb-origin-offset')))).toEqual(
      Array.from({ length: letters }, (_, offset) => offset),
    )
  }, 180_000)
})

async function untilRedriven(count: number, by: SpawnedLedgerbus): Promise<void> {
  let ended: Ended | undefined
  void by.ended.then((how) => {
    ended = how
  })
  await eventually(
    async () => {
      const { length } = await redriven()
      if (length < count && ended !== undefined) throw new Error(`it ended too early: ${JSON.stringify(ended)}`)
      return length >= count
    },
    { timeoutMs: 60_000, intervalMs: 100 },
  )
}
