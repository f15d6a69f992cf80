import { type AppendOutcome, BrokerError, type BrokerProducer, type ProducerRecord } from '@ledgerbus/core'

/** Most records of one append. */
const mostAtOnce = 500

interface Waiting {
  readonly record: ProducerRecord
  readonly settle: (outcome: AppendOutcome) => void
}

/**
 * A producer whose appends of single records, while one to the same partition is under way, wait and go out together as the next. Each lane notes its own ends, one by one;
 * ten thousand of them would otherwise be ten thousand round trips.
 */
export function gatherAppends(producer: BrokerProducer): BrokerProducer {
  const waitingByPartition = new Map<string, Waiting[]>()

  async function drain(topic: string, partition: number, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, mostAtOnce)
      const records = batch.map(({ record }) => record)
      const outcome = await producer.append(topic, partition, records)
      for (const [index, { settle }] of batch.entries()) {
        settle(outcome.kind === 'ok' ? { kind: 'ok', baseOffset: outcome.baseOffset + BigInt(index) } : outcome)
      }
    }
    waitingByPartition.delete(`${partition}/${topic}`)
  }

  return {
    ...producer,
    append(topic, partition, records, { signal } = {}) {
      const [record] = records
      if (record === undefined || records.length > 1) return producer.append(topic, partition, records)
      return new Promise((resolve) => {
        const entry = { record, settle: resolve }
        const name = `${partition}/${topic}`
        const waiting = waitingByPartition.get(name)
        if (waiting === undefined) {
          const first = [entry]
          waitingByPartition.set(name, first)
          void drain(topic, partition, first)
        } else {
          waiting.push(entry)
        }
        // It may be stored all the same.
        const giveUp = (): void => resolve({ kind: 'unknown', error: aborted(topic, partition) })
        if (signal?.aborted === true) giveUp()
        else signal?.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}

function aborted(topic: string, partition: number): BrokerError {
  return new BrokerError(`${topic}/${partition}: the wait for the answer was ended`, {
    code: 'BROKER_ABORTED',
    outcome: 'unknown',
    retriable: true,
    topic,
    partition,
  })
}
