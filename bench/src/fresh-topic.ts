import type { Broker } from '@ledgerbus/core'

let made = 0

/** A topic no run has used before, so that no run reads or extends another's. */
export async function freshTopic(broker: Broker, name: string, partitions = 6): Promise<string> {
  made += 1
  const topic = `bench-${name}-${process.pid}-${made}`
  const admin = broker.createAdmin()
  await admin.start()
  try {
    await admin.createTopics([{ name: topic, partitions }])
  } finally {
    await admin.close()
  }
  return topic
}
