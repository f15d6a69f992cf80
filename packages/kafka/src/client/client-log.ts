import type { Clock, Logger } from '@ledgerbus/core'
import type { LogEntry, logCreator } from 'kafkajs'

/** Where the lines of kafkajs go. */
export interface ClientLog {
  readonly logCreator: logCreator
  /** From now on every line is dropped: the client is being ended, and what breaks then was to be expected. */
  silence(): void
}

/** A line that comes again within this time is not worth a second warning. */
const repeatMs = 10_000

/** kafkajs has many facts; these are safe to keep, and useful. Payloads and secrets are none of them. */
const safeFacts = [
  'broker',
  'clientId',
  'groupId',
  'memberId',
  'topic',
  'partition',
  'nodeId',
  'error',
  'retryCount',
] as const

/** What these parts of kafkajs report comes back to the caller as an outcome or an error, with more to go by. */
const reportedElsewhere = /^(Connection|Broker|BrokerPool|Cluster|RequestQueue|SaslAuthenticator-.*|Producer|Admin)$/

/** Ordinary events in the life of a group, which kafkajs calls errors or warnings. */
const ordinary = [
  /coordinator is (loading|not available)/i,
  /not the correct coordinator/i,
  /rebalanc/i,
  /not aware of this member/i,
  /generation id is not valid/i,
  /^Crash: /,
  /Offset out of range/i,
  /Topic has been updated, resync group/,
  /not aware of all assigned partitions/,
]

/** The log of one kafkajs client. It repeats what it cannot do, so its errors are warnings here, and the same warning again a detail. */
export function createClientLog(logger: Logger, clock: Clock): ClientLog {
  const warned = new Map<string, number>()
  let isSilent = false

  function isNew(text: string): boolean {
    const now = clock.monotonicMs()
    const last = warned.get(text)
    if (last !== undefined && now - last < repeatMs) return false
    for (const [seen, at] of warned) if (now - at >= repeatMs) warned.delete(seen)
    warned.set(text, now)
    return true
  }

  function write({ namespace, label, log }: LogEntry): void {
    if (isSilent) return
    const facts: Record<string, unknown> = { client: 'kafkajs', part: namespace, says: textOf(log.message) }
    for (const name of safeFacts) if (log[name] !== undefined) facts[name] = textOf(log[name])
    const words = `${textOf(log.message)} ${textOf(log['error'])}`
    const isKnown = reportedElsewhere.test(namespace) || ordinary.some((pattern) => pattern.test(words))
    if (isKnown || !isNew(words)) logger.debug(facts, 'the Kafka client says')
    else logger.warn(facts, label === 'ERROR' ? 'the Kafka client reports trouble' : 'the Kafka client warns')
  }

  return {
    logCreator: () => write,
    silence() {
      isSilent = true
    },
  }
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  return value instanceof Error ? value.message : JSON.stringify(value)
}
