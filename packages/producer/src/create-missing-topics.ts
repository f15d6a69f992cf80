import { applyTopics, type Broker, type EventRegistry, type WaitOptions } from '@ledgerbus/core'

/** Makes the topics of the definitions that are not there yet; those that are stay as they are. */
export async function createMissingTopics(broker: Broker, registry: EventRegistry, wait: WaitOptions): Promise<void> {
  const admin = broker.createAdmin()
  try {
    await admin.start(wait)
    await applyTopics(admin, registry.topics(), { mode: 'create' })
  } finally {
    await admin.close()
  }
}
