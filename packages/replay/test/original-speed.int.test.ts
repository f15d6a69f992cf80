import { randomBytes } from 'node:crypto'
import { createAuditLog } from '@ledgerbus/audit-log'
import { type ConsumerRecord, type NextOffset, readReplayMarks, silentLogger } from '@ledgerbus/core'
import { createKafkaBroker } from '@ledgerbus/kafka'
import { eventually } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { expect, it, onTestFinished } from 'vitest'
import { createReplay } from '../src/index.ts'
import { anOrder } from './replay-world.ts'

const gapsMs = [50, 100, 250, 5, 5, 5, 400, 900, 50, 100]
const speed = 2

/** How exactly gaps are kept, `pnpm bench pace` measures: a machine that is busy may make any copy late, and none early. */
it('publishes each entry in its order, and none before the gaps in front of it have passed', {
  timeout: 60_000,
}, async () => {
  const { kafkaBrokers, clickhouseUrl } = stackAddresses()
  const name = `replay-speed-${randomBytes(4).toString('hex')}`
  const broker = createKafkaBroker({ brokers: kafkaBrokers, clientId: name, logger: silentLogger })
  const auditLog = createAuditLog({ url: clickhouseUrl, tablePrefix: name.replaceAll('-', '_'), logger: silentLogger })
  const replay = createReplay({ broker, auditLog, logger: silentLogger })
  const admin = broker.createAdmin()
  const producer = broker.createProducer()
  onTestFinished(async () => {
    await Promise.all([replay.close(), admin.close(), producer.close()])
    await auditLog.close()
  })
  await auditLog.migrate()
  await Promise.all([auditLog.start(), admin.start(), producer.start()])
  const copies = `${name}-copies`
  await admin.createTopics([
    { name, partitions: 1 },
    { name: copies, partitions: 1 },
  ])

  const startMs = Date.now() - 3_600_000
  const timesMs = gapsMs.reduce<number[]>((times, gapMs) => [...times, (times.at(-1) ?? 0) + gapMs], [startMs])
  const originals = timesMs.map((timeMs, index) => ({ ...anOrder(`o-${index}`), timestampMs: BigInt(timeMs) }))
  expect(await producer.append(name, 0, originals)).toEqual({ kind: 'ok', baseOffset: 0n })
  const block = auditLog.createBlock({ cluster: await admin.clusterId(), topic: name, partition: 0 })
  for (const [index, record] of originals.entries()) {
    block.add({ ...record, cluster: await admin.clusterId(), topic: name, partition: 0, offset: BigInt(index) })
  }
  await auditLog.insert({ first: 0n, next: BigInt(originals.length) as NextOffset, block })

  const plan = await replay.plan({
    fromMs: startMs,
    toMs: startMs + 3_600_000,
    timeField: 'kafka',
    order: 'time',
    topics: [name],
    target: copies,
    groups: ['billing'],
    reason: 'an integration test',
    by: 'ada',
  })
  const beganMs = Date.now()
  expect(await replay.run(plan, { confirmed: true, speed })).toMatchObject({ state: 'completed', failed: 0 })

  const found: ConsumerRecord[] = []
  const consumer = broker.createConsumer({ groupId: copies, topics: [copies], startFrom: 'earliest' })
  await consumer.start({
    deliver: async ({ records }) => {
      found.push(...records)
    },
  })
  await eventually(() => found.length === originals.length, { timeoutMs: 30_000 })
  await consumer.close()

  expect(found.map(({ headers }) => readReplayMarks(headers)?.sequence)).toEqual(timesMs.map((_, index) => index))
  for (const [index, { timestampMs }] of found.entries()) {
    const passedMs = ((timesMs[index] ?? 0) - startMs) / speed
    // Entries within 2 ms go out with the first of them.
    expect(Number(timestampMs) - beganMs, `copy ${index}`).toBeGreaterThanOrEqual(passedMs - 2)
  }
})
