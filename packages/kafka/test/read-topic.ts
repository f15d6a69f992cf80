import { createKafkaBroker } from '../src/index.ts'

/** All values of a topic, as a reader of committed records sees them now, partition by partition. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<readonly (string | null)[]> {
  const broker = createKafkaBroker({ brokers, clientId: 'read-topic' })
  const admin = broker.createAdmin()
  await admin.start()
  const offsets = await admin.topicOffsets(topic)
  await admin.close()
  const consumer = broker.createConsumer({
    groupId: `read-${topic}-${performance.now()}`,
    topics: [topic],
    sessionTimeoutMs: 6_000,
  })
  const values = offsets.map((): (string | null)[] => [])
  const waiting = new Set(offsets.filter(({ low, end }) => low < end).map(({ partition }) => partition))
  try {
    await new Promise<void>((resolve, reject) => {
      if (waiting.size === 0) resolve()
      consumer
        .start({
          async deliver({ partition, records, nextOffset }) {
            values[partition]?.push(
              ...records.map(({ value }) => (value === null ? null : new TextDecoder().decode(value))),
            )
            if (nextOffset >= (offsets[partition]?.end ?? 0n)) waiting.delete(partition)
            if (waiting.size === 0) resolve()
          },
        })
        .catch(reject)
    })
  } finally {
    await consumer.close()
  }
  return values.flat()
}
