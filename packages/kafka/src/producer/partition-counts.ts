import { type Clock, isLedgerbusError, type Random, type WaitOptions } from '@ledgerbus/core'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import type { Questions } from '../client/questions.ts'
import { settle } from '../client/settle.ts'

/** How many partitions topics have, as a producer asks for each batch. */
export interface PartitionCounts {
  /** @throws BrokerError `BROKER_TOPIC_UNKNOWN`, `BROKER_UNREACHABLE`; the signal's reason */
  count(topic: string, options?: WaitOptions): Promise<number>
  /** From the broker, now; `undefined`: the topic does not exist. */
  countNow(topic: string): Promise<number | undefined>
}

/** A count is asked for again after this time; topics grow seldom. */
const maxAgeMs = 5_000
/** A topic just created is not known to every broker at once. */
const graceMs = 500
const backoff: Backoff = { firstMs: 100, mostMs: 2_000 }

interface Known {
  readonly count: number
  readonly askedAtMs: number
}

export interface PartitionCountOptions {
  readonly clock: Clock
  readonly random: Random
  /** How long a broker that does not answer is asked again. */
  readonly patienceMs: number
}

export function createPartitionCounts(questions: Questions, options: PartitionCountOptions): PartitionCounts {
  const { clock, random, patienceMs } = options
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<number>>()

  async function countNow(topic: string): Promise<number | undefined> {
    try {
      const { length } = await questions.partitions(topic)
      known.set(topic, { count: length, askedAtMs: clock.monotonicMs() })
      return length
    } catch (error) {
      if (!isLedgerbusError(error) || error.code !== 'BROKER_TOPIC_UNKNOWN') throw error
      known.delete(topic)
      return undefined
    }
  }

  /** Asks until there is an answer that lasts. */
  async function ask(topic: string): Promise<number> {
    const startedAtMs = clock.monotonicMs()
    for (let failures = 1; ; failures += 1) {
      const passedMs = () => clock.monotonicMs() - startedAtMs
      try {
        const { length } = await questions.partitions(topic)
        known.set(topic, { count: length, askedAtMs: clock.monotonicMs() })
        return length
      } catch (error) {
        const code = isLedgerbusError(error) ? error.code : undefined
        if (code === 'BROKER_TOPIC_UNKNOWN') known.delete(topic)
        const mayPass =
          code === 'BROKER_TOPIC_UNKNOWN'
            ? passedMs() < graceMs
            : isLedgerbusError(error) && error.retriable && passedMs() < patienceMs
        if (!mayPass) throw error
      }
      await clock.sleep(backoffMs(backoff, failures, random))
    }
  }

  /** One question a topic at a time, whoever waits for it. */
  function askOnce(topic: string): Promise<number> {
    const running = asking.get(topic)
    if (running !== undefined) return running
    const asked = ask(topic).finally(() => asking.delete(topic))
    asking.set(topic, asked)
    return asked
  }

  return {
    countNow,
    async count(topic, { signal } = {}) {
      signal?.throwIfAborted()
      const last = known.get(topic)
      if (last !== undefined) {
        // Old, but better than to wait for a broker that may be away: the append finds out.
        if (clock.monotonicMs() - last.askedAtMs >= maxAgeMs) askOnce(topic).catch(() => undefined)
        return last.count
      }
      const answer = await settle(askOnce(topic), { clock, withinMs: Number.POSITIVE_INFINITY, signal })
      if (answer.kind === 'value') return answer.value
      throw answer.kind === 'error' ? answer.error : signal?.reason
    },
  }
}
