import { checkLocalStack, startLocalStack } from '@ledgerbus/local-stack'
import type { StackProvider } from './stack-provider.ts'

/** Kafka, ClickHouse and the registry as processes of this machine. */
export function createLocalProcesses(): StackProvider {
  return {
    kind: 'local',
    title: 'local processes',
    async obstacle() {
      const { problems } = await checkLocalStack()
      return problems.length === 0 ? undefined : problems.map(({ message }) => message).join('; ')
    },
    async start({ progress, signal }) {
      const stack = await startLocalStack({
        kafka: {},
        clickhouse: {},
        schemaRegistry: {},
        progress,
        ...(signal !== undefined && { signal }),
      })
      const { kafka, clickhouse, schemaRegistry } = stack
      return {
        addresses: {
          kafkaBrokers: kafka?.addresses ?? [],
          clickhouseUrl: clickhouse?.url ?? '',
          schemaRegistryUrl: schemaRegistry?.url ?? '',
        },
        stop: () => stack.stop(),
      }
    },
  }
}
