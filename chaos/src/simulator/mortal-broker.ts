import type { Broker, BrokerConsumer, BrokerConsumerListener, BrokerProducer } from '@ledgerbus/core'
import type { Ledger } from '../ledger/create-ledger.ts'

/** The world as one process sees it, until it is killed: then nothing it asks for is done, nothing it is told arrives, and nothing it sees is written. */
export interface Mortal {
  readonly broker: Broker
  readonly ledger: Ledger
  readonly isDead: boolean
  /** Asks something else that this process sees of the world. */
  whileAlive<Answer>(ask: () => Promise<Answer>): Promise<Answer>
  /** `kill -9`. Its memberships stay in the group until `bury`, as sessions do. */
  kill(): void
  /** The group notices. */
  bury(): Promise<void>
}

const never = new Promise<never>(() => undefined)

export function createMortal(real: Broker, ledger: Ledger): Mortal {
  const memberships: BrokerConsumer[] = []
  let isDead = false

  /** An answer that arrives after the death arrives nowhere. */
  async function whileAlive<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (isDead) return never
    const answer = await ask()
    return isDead ? never : answer
  }

  function listening(listener: BrokerConsumerListener): BrokerConsumerListener {
    return {
      assigned: (partitions) => (isDead ? never : listener.assigned?.(partitions)),
      kept(partitions) {
        if (!isDead) listener.kept?.(partitions)
      },
      // The group does not wait for the dead.
      revoking: (partitions) => (isDead ? undefined : listener.revoking?.(partitions)),
      lost(partitions) {
        if (!isDead) listener.lost?.(partitions)
      },
      deliver: (batch) => (isDead ? never : listener.deliver(batch)),
      problem(error) {
        if (!isDead) listener.problem?.(error)
      },
    }
  }

  function mortalConsumer(consumer: BrokerConsumer): BrokerConsumer {
    memberships.push(consumer)
    return {
      ...consumer,
      start: (listener, options) => whileAlive(() => consumer.start(listening(listener), options)),
      commit: (positions) => whileAlive(() => consumer.commit(positions)),
      committed: (partition) => whileAlive(() => consumer.committed(partition)),
      seek: (partition, offset) => !isDead && consumer.seek(partition, offset),
      assignment: () => consumer.assignment(),
      close: (options) => whileAlive(() => consumer.close(options)),
    }
  }

  function mortalProducer(producer: BrokerProducer): BrokerProducer {
    return {
      ...producer,
      append: (topic, partition, records, options) =>
        whileAlive(() => producer.append(topic, partition, records, options)),
      close: () => whileAlive(() => producer.close()),
    }
  }

  return {
    broker: {
      ...real,
      createConsumer: (options) => mortalConsumer(real.createConsumer(options)),
      createProducer: (options) => mortalProducer(real.createProducer(options)),
    },
    ledger: {
      add(fact) {
        if (!isDead) ledger.add(fact)
      },
      close: () => undefined,
    },
    whileAlive,
    get isDead() {
      return isDead
    },
    kill() {
      isDead = true
    },
    async bury() {
      await Promise.all(memberships.map((consumer) => consumer.close({ timeoutMs: 0 })))
    },
  }
}
