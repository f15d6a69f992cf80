/** Where the servers of a stack can be reached. */
export interface StackAddresses {
  /** `host:port` of each broker. */
  readonly kafkaBrokers: readonly string[]
  /** ClickHouse over HTTP, with user and password where it needs them. */
  readonly clickhouseUrl: string
  /** The registry's Confluent API. */
  readonly schemaRegistryUrl: string
}

/** For people and logs: a password in an address is for neither. */
export function describeAddresses({ kafkaBrokers, clickhouseUrl, schemaRegistryUrl }: StackAddresses): string {
  return `Kafka ${kafkaBrokers.join(',')}, ClickHouse ${withoutCredentials(clickhouseUrl)}, schema registry ${withoutCredentials(schemaRegistryUrl)}`
}

function withoutCredentials(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href.replace(/\/$/, '')
}
