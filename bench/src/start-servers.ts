import { startLocalStack } from '@ledgerbus/local-stack'
import { startStack } from '@ledgerbus/testkit/stack'

/** What a benchmark needs of a stack. */
export interface Servers {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouseUrl: string
  stop(): Promise<void>
}

/** Servers whose addresses are given, or local ones set up for speed: Java compiles fully and has a larger heap. */
export async function startServers(progress: (text: string) => void): Promise<Servers> {
  if (process.env['KAFKA_BROKERS'] !== undefined) {
    const { addresses, stop } = await startStack({ print: progress })
    return { ...addresses, stop }
  }
  const { kafka, clickhouse, stop } = await startLocalStack({ kafka: { benchmark: true }, clickhouse: {}, progress })
  if (kafka === undefined || clickhouse === undefined) throw new Error('unreachable: both were asked for')
  return { kafkaBrokers: kafka.addresses, clickhouseUrl: clickhouse.url, stop }
}
