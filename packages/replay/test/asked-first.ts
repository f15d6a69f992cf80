import { BrokerError } from '@ledgerbus/core'
import type { InMemoryBroker } from '@ledgerbus/testkit'

/** A broker whose admin asks `ask` before it answers what topics are, or how far they go: what that throws is the answer. */
export function askedFirst(broker: InMemoryBroker, ask: (topics: readonly string[]) => void): InMemoryBroker {
  return {
    ...broker,
    createAdmin() {
      const admin = broker.createAdmin()
      return {
        ...admin,
        async describeTopics(topics) {
          ask(topics)
          return await admin.describeTopics(topics)
        },
        async topicOffsets(topic, options) {
          ask([topic])
          return await admin.topicOffsets(topic, options)
        },
      }
    },
  }
}

/** What a broker answers that has no leader just now. */
export function noLeader(): BrokerError {
  return new BrokerError('no leader right now', { code: 'BROKER_UNREACHABLE', retriable: true })
}
