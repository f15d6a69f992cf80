import type { AuditLogReader, Broker, Clock, Random } from '@ledgerbus/core'

/** The world as one process sees it: every answer takes its time, none comes while it stands still, and none after it was killed. */
export interface SimulatedProcess {
  readonly broker: Broker
  readonly auditLog: AuditLogReader
  readonly isDead: boolean
  kill(): void
  freeze(): void
  thaw(): void
}

const never = new Promise<never>(() => undefined)
const longestWayMs = 25

export function createSimulatedProcess(world: {
  readonly broker: Broker
  readonly auditLog: AuditLogReader
  readonly clock: Clock
  readonly random: Random
}): SimulatedProcess {
  const { broker, auditLog, clock, random } = world
  let isDead = false
  let standstill: { readonly over: Promise<void>; readonly end: () => void } | undefined

  async function onTheWay(): Promise<void> {
    await clock.sleep(Math.floor(random.next() * longestWayMs))
    while (standstill !== undefined) await standstill.over
    if (isDead) await never
  }

  /** What was asked for before a death happens all the same. */
  async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    await onTheWay()
    const answer = await question().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
    await onTheWay()
    return answer()
  }

  async function* stream<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
    await onTheWay()
    for await (const item of items) {
      // Entries come in blocks: one after the other takes no time of its own.
      while (standstill !== undefined || isDead) await onTheWay()
      yield item
    }
  }

  return {
    get isDead() {
      return isDead
    },
    kill() {
      isDead = true
      standstill?.end()
      standstill = undefined
    },
    freeze() {
      if (isDead || standstill !== undefined) return
      const { promise: over, resolve: end } = Promise.withResolvers<void>()
      standstill = { over, end }
    },
    thaw() {
      standstill?.end()
      standstill = undefined
    },
    auditLog: {
      ...auditLog,
      query: (selection, options) => ask(() => auditLog.query(selection, options)),
      summarize: (selection, options) => ask(() => auditLog.summarize(selection, options)),
      read: (selection, options) => stream(auditLog.read(selection, options)),
      readByOffset: (selection, options) => stream(auditLog.readByOffset(selection, options)),
    },
    broker: {
      ...broker,
      createAdmin() {
        const admin = broker.createAdmin()
        return {
          ...admin,
          start: (wait) => ask(() => admin.start(wait)),
          createTopics: (topics) => ask(() => admin.createTopics(topics)),
          describeTopics: (names) => ask(() => admin.describeTopics(names)),
          topicOffsets: (topic) => ask(() => admin.topicOffsets(topic)),
          describeGroup: (groupId) => ask(() => admin.describeGroup(groupId)),
          groupOffsets: (groupId) => ask(() => admin.groupOffsets(groupId)),
          close: () => ask(() => admin.close()),
        }
      },
      createReader() {
        const reader = broker.createReader()
        return {
          ...reader,
          start: (wait) => ask(() => reader.start(wait)),
          read: (partition, span, wait) => stream(reader.read(partition, span, wait)),
          close: () => ask(() => reader.close()),
        }
      },
      createTransactionalProducer(options) {
        const producer = broker.createTransactionalProducer(options)
        return {
          ...producer,
          start: (wait) => ask(() => producer.start(wait)),
          close: () => ask(() => producer.close()),
          begin: () =>
            ask(async () => {
              const transaction = await producer.begin()
              return {
                enlist: (partitions, wait) => ask(() => transaction.enlist(partitions, wait)),
                append: (topic, partition, records, wait) =>
                  ask(() => transaction.append(topic, partition, records, wait)),
                commit: () => ask(() => transaction.commit()),
                abort: () => ask(() => transaction.abort()),
              }
            }),
        }
      },
    },
  }
}
