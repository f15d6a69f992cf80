import { ConfigurationError } from '@ledgerbus/core'
import type { StackAddresses } from './stack-addresses.ts'
import type { StackEnvironment, StackProvider } from './stack-provider.ts'

const names = ['KAFKA_BROKERS', 'CLICKHOUSE_URL', 'SCHEMA_REGISTRY_URL'] as const

function urlProblem(name: string, text: string): readonly string[] {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  return isUrl ? [] : [`${name} must be an http address`]
}

function brokerProblems(brokers: readonly string[]): readonly string[] {
  return brokers.every((broker) => /^[^\s:/]+:\d+$/.test(broker))
    ? []
    : ['KAFKA_BROKERS must list host:port, separated by commas']
}

/** The addresses in the environment. @throws ConfigurationError when only some are given, or one cannot be an address */
export function givenAddresses(environment: StackEnvironment): StackAddresses | undefined {
  const [kafka, clickhouseUrl, schemaRegistryUrl] = names.map((name) => environment[name] || undefined)
  const missing = names.filter((name) => !environment[name])
  if (missing.length === names.length) return undefined
  const kafkaBrokers = (kafka ?? '').split(',').map((broker) => broker.trim())
  const problems = [
    // Half a stack of one's own and half of another would be tested against each other in silence.
    ...missing.map((name) => `${name} is missing: give all of ${names.join(', ')}, or none`),
    ...(kafka === undefined ? [] : brokerProblems(kafkaBrokers)),
    ...(clickhouseUrl === undefined ? [] : urlProblem('CLICKHOUSE_URL', clickhouseUrl)),
    ...(schemaRegistryUrl === undefined ? [] : urlProblem('SCHEMA_REGISTRY_URL', schemaRegistryUrl)),
  ]
  if (problems.length > 0 || clickhouseUrl === undefined || schemaRegistryUrl === undefined) {
    throw new ConfigurationError('stack addresses', problems)
  }
  return { kafkaBrokers, clickhouseUrl, schemaRegistryUrl }
}

/** Servers that run already, wherever they are. */
export function createGivenStack(environment: StackEnvironment): StackProvider {
  return {
    kind: 'external',
    title: 'the addresses given',
    async obstacle() {
      return givenAddresses(environment) === undefined ? `${names.join(', ')} are not set` : undefined
    },
    async start() {
      const addresses = givenAddresses(environment)
      if (addresses === undefined) throw new ConfigurationError('stack addresses', [`${names.join(', ')} are not set`])
      return { addresses, stop: async () => undefined }
    },
  }
}
