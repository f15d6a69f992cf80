import { defineEvent, silentLogger } from '@ledgerbus/core'
import { createInMemoryBroker } from '@ledgerbus/testkit'
import { z } from 'zod'
import { createProducer } from '@ledgerbus/producer'
const E = defineEvent('order.created', {
  version: 1,
  description: 'x',
  requireActor: false,
  requireEntity: true,
  topic: { name: 'orders', partitions: 12 },
  payload: { after: z.object({ total: z.number(), note: z.string() }) },
})
for (const n of [20000, 40000, 80000]) {
  const broker = createInMemoryBroker({ logger: silentLogger })
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([E.topic])
  const p = createProducer({
    broker,
    source: 's',
    events: [E],
    logger: silentLogger,
    ...(process.argv[2] === 'big' ? { maxBufferedRecords: 1_000_000, maxBufferedBytes: 1e11 } : {}),
  })
  await p.start()
  const t = performance.now()
  const all: Promise<unknown>[] = []
  for (let i = 0; i < n; i++)
    all.push(p.publish(E, { entityId: `o-${i % 5000}`, payload: { after: { total: i, note: 'x'.repeat(300) } } }))
  const q = performance.now()
  await Promise.all(all)
  const d = performance.now() - t
  console.log(
    n,
    'all at once',
    Math.round((n / d) * 1000),
    '/s; calls',
    Math.round((n / (q - t)) * 1000),
    '/s',
    Math.round(process.memoryUsage().heapUsed / 1e6),
    'MB',
  )
  console.log(await p.close())
}
