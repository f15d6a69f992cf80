import type { Kafka, RetryOptions } from 'kafkajs'
import type { KafkaSettings } from '../check-options.ts'
import { createClientLog } from './client-log.ts'
import { letGoOfSilentBrokers } from '../patches/silent-broker.ts'
import { loadKafkaJs } from './kafkajs.ts'
import { saslMechanism } from './sasl.ts'
import { createSockets } from './sockets.ts'

/** One kafkajs client. Each part of the adapter has its own: consumers of one client share a group's offsets. */
export interface KafkaClient {
  readonly kafka: Kafka
  /** Runs kafkajs's own disconnect, then ends what is left of it; never later than `timeoutMs`. */
  end(disconnect: () => Promise<void>, options: { readonly timeoutMs: number }): Promise<void>
}

/** Metadata older than this is asked for anew: after a time-out kafkajs keeps writing to a leader that was long replaced. */
export const metadataMaxAgeMs = 5_000

/** Repetitions within kafkajs, all of them given: its defaults change under NODE_ENV=test. Those that matter are ours. */
export const fewRetries: Required<Omit<RetryOptions, 'restartOnFailure'>> = {
  initialRetryTime: 200,
  factor: 0.2,
  multiplier: 2,
  maxRetryTime: 2_000,
  retries: 3,
}

export function createKafkaClient(settings: KafkaSettings): KafkaClient {
  const { Kafka, logLevel } = loadKafkaJs()
  const { brokers, clientId, tls, sasl, logger, clock, connectionTimeoutMs, requestTimeoutMs } = settings
  const log = createClientLog(logger, clock)
  const sockets = createSockets({ clock, connectionTimeoutMs })
  letGoOfSilentBrokers(sockets.factory)
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectionTimeoutMs,
    authenticationTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    // The seed brokers are tried one after the other.
    retry: { ...fewRetries, retries: Math.max(fewRetries.retries, brokers.length) },
    ...(tls !== false && { ssl: toNodeTls(tls) }),
    ...(sasl !== undefined && { sasl: saslMechanism(sasl) }),
    socketFactory: sockets.factory,
    logLevel: logLevel.WARN,
    logCreator: log.logCreator,
  })

  return {
    kafka,
    async end(disconnect, { timeoutMs }) {
      const late = new AbortController()
      try {
        await Promise.race([disconnect(), clock.sleep(timeoutMs, { signal: late.signal })])
      } catch (error) {
        logger.debug({ clientId, error }, 'the Kafka client could not disconnect in order')
      } finally {
        late.abort()
        log.silence()
        sockets.destroy()
      }
    },
  }
}

function toNodeTls(tls: Exclude<KafkaSettings['tls'], false>): object {
  const { ca, cert, key, passphrase, serverName } = tls
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(serverName !== undefined && { servername: serverName }),
  }
}
