import { createKafkaBroker } from '../src/index.ts'

/** Everything a program does on a good day, with the logger that is the default. It ends by itself when nothing is left open. */
const [, , address = '', topic = ''] = process.argv
const broker = createKafkaBroker({ brokers: [address], clientId: 'quiet-program' })
const record = { key: null, value: new TextEncoder().encode('x'), headers: [], timestampMs: BigInt(Date.now()) }

const admin = broker.createAdmin()
await admin.start()
await admin.createTopics([{ name: topic, partitions: 3 }])

const producer = broker.createProducer()
await producer.start()
for (const partition of [0, 1, 2]) await producer.append(topic, partition, [record])

const transactional = broker.createTransactionalProducer({ transactionalId: topic })
await transactional.start()
const transaction = await transactional.begin()
await transaction.append(topic, 0, [record])
await transaction.commit()

let records = 0
const members = [1, 2].map(() => broker.createConsumer({ groupId: topic, topics: [topic], sessionTimeoutMs: 6_000 }))
for (const member of members) {
  await member.start({
    async deliver(batch) {
      records += batch.records.length
      const { partition, epoch, nextOffset } = batch
      await member.commit([{ topic, partition, epoch, offset: nextOffset }])
    },
  })
}
while (records < 4) await new Promise((resolve) => setTimeout(resolve, 50))
// Long enough for the timers of an idle client to come round.
await new Promise((resolve) => setTimeout(resolve, 2_000))

for (const member of members) await member.close()
await Promise.all([producer.close(), transactional.close(), admin.close()])
process.stdout.write('done')
