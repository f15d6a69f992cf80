import type { Broker } from '@ledgerbus/core'

/** What everything answers once the process is dead. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** The step at which a process dies: before it does something, or after it was done and before it learns of that. */
export interface Death {
  readonly step: number
  readonly moment: 'before' | 'after'
}

/**
 * A broker as seen by a process that dies at one step: from then on nothing it asks for happens, not even what it would clean up. What it left open stays
 * open.
 */
export function killableBroker(broker: Broker, death: Death): Broker {
  let steps = 0
  let isDead = false

  async function step<Result>(action: () => Promise<Result>): Promise<Result> {
    if (isDead) throw new Killed()
    steps += 1
    const isLast = steps === death.step
    if (isLast && death.moment === 'before') {
      isDead = true
      throw new Killed()
    }
    const result = await action()
    if (!isLast) return result
    isDead = true
    throw new Killed()
  }

  return {
    ...broker,
    createAdmin() {
      const admin = broker.createAdmin()
      return {
        ...admin,
        createTopics: (topics) => step(() => admin.createTopics(topics)),
        describeTopics: (names) => step(() => admin.describeTopics(names)),
        topicOffsets: (topic, options) => step(() => admin.topicOffsets(topic, options)),
      }
    },
    createReader() {
      const reader = broker.createReader()
      return {
        ...reader,
        async *read(partition, span, options) {
          for await (const slice of reader.read(partition, span, options)) yield await step(async () => slice)
        },
      }
    },
    createTransactionalProducer(options) {
      const producer = broker.createTransactionalProducer(options)
      return {
        ...producer,
        start: (wait) => step(() => producer.start(wait)),
        close: () => step(() => producer.close()),
        begin: () =>
          step(async () => {
            const transaction = await producer.begin()
            return {
              enlist: (partitions, wait) => step(() => transaction.enlist(partitions, wait)),
              append: (topic, partition, records, wait) =>
                step(() => transaction.append(topic, partition, records, wait)),
              commit: () => step(() => transaction.commit()),
              abort: () => step(() => transaction.abort()),
            }
          }),
      }
    },
  }
}
