import { clickHouseMissing } from '../clickhouse/clickhouse-readiness.ts'
import { askBroker } from '../kafka/ask-broker.ts'
import { metadata } from '../kafka/kafka-wire.ts'
import { schemaRegistryMissing } from '../registry/registry-readiness.ts'
import { messageOf } from '../wait-until.ts'
import type { StackState } from './stack-state.ts'

/** One server of the stack as it answers now. */
export interface ServerHealth {
  readonly name: 'kafka' | 'clickhouse' | 'schema registry'
  readonly addresses: readonly string[]
  /** What is wrong with it; absent when it is healthy. */
  readonly problem?: string
}

/** Asks every server of the stack. */
export async function checkHealth(state: StackState, signal: AbortSignal): Promise<readonly ServerHealth[]> {
  const { kafka, clickhouse, schemaRegistry } = state
  const looks: Promise<ServerHealth>[] = []
  if (kafka) looks.push(look('kafka', kafka.brokers, () => kafkaMissing(kafka.brokers, signal)))
  if (clickhouse) looks.push(look('clickhouse', [clickhouse.url], () => clickHouseMissing(clickhouse.url, signal)))
  if (schemaRegistry) {
    const { url } = schemaRegistry
    looks.push(look('schema registry', [url], () => schemaRegistryMissing(url, signal)))
  }
  return await Promise.all(looks)
}

async function look(
  name: ServerHealth['name'],
  addresses: readonly string[],
  missing: () => Promise<string | undefined>,
): Promise<ServerHealth> {
  const problem = await missing().catch(messageOf)
  return problem === undefined ? { name, addresses } : { name, addresses, problem }
}

async function kafkaMissing(brokers: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  for (const address of brokers) {
    const [host = '', port] = address.split(':')
    const [cluster] = await askBroker({ host, port: Number(port) }, [metadata([])], signal)
    if (cluster === undefined || cluster.controllerId < 0) return `${address} knows no controller`
    if (cluster.nodeIds.length < brokers.length) {
      return `${address} sees ${cluster.nodeIds.length} of ${brokers.length} brokers`
    }
  }
  return undefined
}
