import type { TopicPartition } from '@ledgerbus/core'
import type { FetchedRecords } from '../fetch/record-batches.ts'
import { readerClosed } from './reader-error.ts'
import type { TopicConnection } from './topic-connection.ts'

/** One connection a topic: kafkajs fails all topics of a connection when one of them is deleted. */
export interface TopicConnections {
  /** @throws whatever kafkajs throws; the next fetch then goes out on a new connection */
  fetch(partition: TopicPartition, offset: bigint): Promise<FetchedRecords | undefined>
  close(): Promise<void>
}

export function createTopicConnections(open: (topic: string) => TopicConnection): TopicConnections {
  const connections = new Map<string, TopicConnection>()
  const ending = new Set<Promise<void>>()
  let isClosed = false

  function end(connection: TopicConnection): void {
    const ended = connection.end().finally(() => ending.delete(ended))
    ending.add(ended)
  }

  return {
    async fetch({ topic, partition }, offset) {
      if (isClosed) throw readerClosed()
      const connection = connections.get(topic) ?? open(topic)
      connections.set(topic, connection)
      try {
        return await connection.fetch(partition, offset)
      } catch (error) {
        // kafkajs keeps stale leaders and closed connections.
        if (connections.get(topic) === connection) {
          connections.delete(topic)
          end(connection)
        }
        throw error
      }
    },
    async close() {
      isClosed = true
      for (const connection of connections.values()) end(connection)
      connections.clear()
      await Promise.all(ending)
    },
  }
}
