import { join } from 'node:path'
import { type LocalKafka, startKafka } from '@ledgerbus/local-stack'
import { type FaultProxy, startFaultProxy } from '@ledgerbus/testkit/proxy'

/** Three brokers, each behind a proxy that clients are told to dial. Brokers talk to each other past the proxies. */
export interface Cluster {
  readonly kafka: LocalKafka
  readonly addresses: readonly string[]
  /** In the order of the brokers. */
  readonly proxies: readonly FaultProxy[]
  stop(): Promise<void>
}

export interface ClusterOptions {
  /** Where the brokers' logs go. */
  readonly folder: string
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

export async function startCluster({ folder, progress, signal }: ClusterOptions): Promise<Cluster> {
  const proxies = new Map<number, FaultProxy>()
  async function closeProxies(): Promise<void> {
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()))
  }
  try {
    const kafka = await startKafka({
      brokers: 3,
      logDir: join(folder, 'logs'),
      progress,
      signal,
      settings: {
        // Brokers that are gone are missed soon, as a run has many of them.
        'broker.session.timeout.ms': 3_000,
        'broker.heartbeat.interval.ms': 500,
        'replica.lag.time.max.ms': 5_000,
      },
      async advertise(listener) {
        // Asked again when a port was taken at the start.
        await proxies.get(listener.nodeId)?.close()
        const proxy = await startFaultProxy(listener)
        proxies.set(listener.nodeId, proxy)
        return proxy
      },
    })
    return {
      kafka,
      addresses: kafka.addresses,
      proxies: kafka.brokers.map(({ nodeId }) => {
        const proxy = proxies.get(nodeId)
        if (proxy === undefined) throw new Error(`unreachable: broker ${nodeId} has no proxy`)
        return proxy
      }),
      async stop() {
        await closeProxies()
        await kafka.stop()
      },
    }
  } catch (error) {
    await closeProxies()
    throw error
  }
}
