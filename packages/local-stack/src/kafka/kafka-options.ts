import type { ServerHandle } from '../process/server-handle.ts'
import type { ServerOptions } from '../server-options.ts'
import type { KafkaSettings, ListenerAddress } from './broker-settings.ts'

/** A broker's listener for clients, before it is advertised. */
export interface KafkaListener extends ListenerAddress {
  readonly nodeId: number
}

/** Options of `startKafka`. */
export interface KafkaOptions extends ServerOptions {
  /** One broker, or three of which each is broker and controller, with replication 3. @default 1 */
  readonly brokers?: 1 | 3
  /** Largest heap of a broker in MiB. @default 512, or 1024 with `benchmark` */
  readonly heapMb?: number
  /** Lets Java compile fully: slower to start, faster to run. @default false */
  readonly benchmark?: boolean
  /** Further lines of `server.properties`, for all brokers; they win over the defaults of this package. @default none */
  readonly settings?: KafkaSettings
  /**
   * Tells what clients are to dial for a broker: the address of a fault proxy in front of its listener, for instance. Brokers
   * talk to each other on listeners of their own. Called again with other ports when one was taken at the start.
   * @default the listener itself
   */
  readonly advertise?: (listener: KafkaListener) => ListenerAddress | Promise<ListenerAddress>
  /** Ports for clients, one a broker, used if all are free. @default free ones */
  readonly preferredPorts?: readonly number[]
}

/** One broker of a running Kafka. */
export interface KafkaBrokerHandle extends ServerHandle {
  readonly nodeId: number
  /** What clients are told to dial, `host:port`. */
  readonly address: string
  /** Its own listeners on 127.0.0.1. */
  readonly ports: { readonly client: number; readonly internal: number; readonly controller: number }
}

/** A running Kafka. */
export interface LocalKafka {
  /** What clients dial, `host:port`, one a broker. */
  readonly addresses: readonly string[]
  readonly brokers: readonly KafkaBrokerHandle[]
  readonly clusterId: string
  readonly dataDir: string
  /**
   * Resolves when all brokers are in the cluster, all coordinators are loaded and their topics have all replicas: after
   * faults, when the cluster is whole again.
   *
   * @throws LocalStackError `STACK_NOT_READY` when `timeoutMs` (60,000 unless given) is over
   */
  untilReady(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<void>
  /** Ends all brokers, orderly, then by force; removes temporary data. Calling it again waits for the same end. */
  stop(): Promise<void>
}
