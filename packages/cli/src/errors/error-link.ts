const pages = 'https://github.com/ledgerbus/ledgerbus/blob/main/docs/errors'

/** The page of `docs/errors/` that explains the codes of a family. */
const pageOfFamily: Readonly<Record<string, string>> = {
  AUDIT: 'audit-log',
  BROKER: 'kafka',
  CLI: 'cli',
  CONFIGURATION: 'core',
  CONSUMER: 'consumer',
  DEAD: 'consumer',
  EVENT: 'core',
  FILTER: 'filter',
  HANDLERS: 'consumer',
  PRODUCER: 'producer',
  PUBLISH: 'producer',
  REDRIVE: 'consumer',
  REPLAY: 'replay',
  SCHEMA: 'kafka',
  SINK: 'audit-sink',
  TOPICS: 'core',
}

/** Where a code is explained: meaning, cause, remedy. */
export function errorLink(code: string): string {
  const page = pageOfFamily[code.split('_')[0] ?? '']
  return page === undefined ? `${pages}.md` : `${pages}/${page}.md#${code.toLowerCase()}`
}
