import type { ServerHealth } from './stack-health.ts'
import type { StackSituation, StackState } from './stack-state.ts'

/** How a command prints its result. */
export type OutputFormat = 'text' | 'json' | 'env'

/** One word for the whole stack: `degraded` when a server does not answer as it should. */
export type StackCondition = 'up' | 'degraded' | 'down' | 'stale'

export function conditionOf(situation: StackSituation, health: readonly ServerHealth[]): StackCondition {
  if (situation.kind !== 'up') return situation.kind
  return health.some(({ problem }) => problem !== undefined) ? 'degraded' : 'up'
}

/** What goes to the standard output: data only, and nothing for `env` and `text` while nothing runs. */
export function renderStatus(format: OutputFormat, situation: StackSituation, health: readonly ServerHealth[]): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(toJson(situation, health), undefined, 2)}\n`
    case 'env':
      return situation.kind === 'up' ? environmentLines(situation.state) : ''
    case 'text':
      return health.map(textLine).join('')
  }
}

function environmentLines({ kafka, clickhouse, schemaRegistry }: StackState): string {
  return [
    kafka && `KAFKA_BROKERS=${kafka.brokers.join(',')}\n`,
    clickhouse && `CLICKHOUSE_URL=${clickhouse.url}\n`,
    schemaRegistry && `SCHEMA_REGISTRY_URL=${schemaRegistry.url}\n`,
  ]
    .filter((line) => line !== undefined)
    .join('')
}

function textLine({ name, addresses, problem }: ServerHealth): string {
  return `${name.padEnd(17)}${addresses.join(',')}  ${problem === undefined ? 'healthy' : `not healthy: ${problem}`}\n`
}

function toJson(situation: StackSituation, health: readonly ServerHealth[]): object {
  const base = { schemaVersion: 1, state: conditionOf(situation, health) }
  if (situation.kind !== 'up') return base
  const { state } = situation
  return {
    ...base,
    startedAt: state.startedAt,
    kafkaBrokers: state.kafka?.brokers,
    clickhouseUrl: state.clickhouse?.url,
    schemaRegistryUrl: state.schemaRegistry?.url,
    servers: health.map((server) => ({ ...server, healthy: server.problem === undefined })),
    processes: state.processes.map(({ name, pid, logFile }) => ({ name, pid, logFile })),
  }
}
