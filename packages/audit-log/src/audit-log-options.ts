import { type Clock, ConfigurationError, consoleLogger, type Logger, systemClock } from '@ledgerbus/core'
import type { ConnectionOptions } from './clickhouse/connection.ts'
import {
  type ClusterOptions,
  clusterProblems,
  type ResolvedCluster,
  resolveCluster,
} from './cluster/cluster-options.ts'

/** Where the log is and how to reach it. */
export interface AuditLogOptions {
  /** ClickHouse's HTTP interface: `http://localhost:8123`, `https://...`; with user and password, unless they are given below. */
  readonly url: string
  /** @default the url's, else 'default' */
  readonly username?: string
  /** @default the url's, else '' */
  readonly password?: string
  /** It must exist. @default 'default' */
  readonly database?: string
  /** Where ClickHouse has more than one node. @default one node */
  readonly cluster?: ClusterOptions
  /**
   * For readers of one organization: nothing is read, and `start()` refuses, unless row policies of ClickHouse let this user see entries of this
   * organization only. @default none is required
   */
  readonly organization?: string
  /** What the names of the tables begin with: `audit_events`, `audit_quarantine`, `audit_entries`, `audit_migrations`. @default 'audit' */
  readonly tablePrefix?: string
  /** After which silence of the server a request is given up, in milliseconds. An insert is then `unknown`. @default 30_000 */
  readonly requestTimeoutMs?: number
  /** Most connections at once. @default 10 */
  readonly maxConnections?: number
  /** For `https`: the authority that signed the server's certificate, and a certificate of our own where the server asks for one. PEM. */
  readonly tls?: { readonly ca: Uint8Array; readonly cert?: Uint8Array; readonly key?: Uint8Array }
  /** @default core's `systemClock` */
  readonly clock?: Clock
  /** @default core's `consoleLogger` */
  readonly logger?: Logger
}

/** Options with every default. */
export interface ResolvedAuditLogOptions {
  readonly connection: ConnectionOptions
  readonly cluster: ResolvedCluster | undefined
  readonly organization: string | undefined
  readonly tablePrefix: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Names of tables stand in statements as they are, so nothing but these passes. */
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,39}$/

/** @throws ConfigurationError with every problem at once */
export function resolveAuditLogOptions(options: AuditLogOptions): ResolvedAuditLogOptions {
  const {
    database = 'default',
    tablePrefix = 'audit',
    requestTimeoutMs = 30_000,
    maxConnections = 10,
    tls,
    cluster,
    organization,
    clock = systemClock,
    logger = consoleLogger,
  } = options
  const problems = [
    urlProblem('url', options.url, options),
    ...(cluster?.shards ?? []).map((url) => shardProblem(url, options)),
    ...(cluster === undefined ? [] : clusterProblems(cluster)),
    cluster === undefined || identifier.test(database)
      ? undefined
      : 'database must be letters, digits and _ where there is a cluster',
    organization === '' ? 'organization must not be empty' : undefined,
    database === '' ? 'database must not be empty' : undefined,
    identifier.test(tablePrefix)
      ? undefined
      : 'tablePrefix must be 1 to 40 letters, digits and _, not beginning with a digit',
    positiveProblem('requestTimeoutMs', requestTimeoutMs),
    positiveProblem('maxConnections', maxConnections),
    (tls?.cert === undefined) === (tls?.key === undefined) ? undefined : 'tls.cert and tls.key go together',
  ].filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new ConfigurationError('audit log', problems)
  return {
    connection: {
      ...addressOf(options),
      database,
      requestTimeoutMs,
      maxConnections,
      logger,
      ...(tls !== undefined && { tls }),
    },
    cluster: cluster === undefined ? undefined : resolveCluster(cluster),
    organization,
    tablePrefix,
    clock,
    logger,
  }
}

function urlProblem(name: string, url: string, { username, password }: AuditLogOptions): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    return `${name} must be an http or https address such as http://localhost:8123`
  }
  const bears = parsed.username !== '' || parsed.password !== ''
  if (bears && (username !== undefined || password !== undefined)) {
    return `${name} must not hold credentials where username or password are given`
  }
  return parsed.search === '' && parsed.pathname === '/' ? undefined : `${name} must have neither path nor query`
}

/** Shards share the user of the log, so their addresses hold none. */
function shardProblem(url: string, options: AuditLogOptions): string | undefined {
  const bears = URL.canParse(url) && (new URL(url).username !== '' || new URL(url).password !== '')
  return bears
    ? 'cluster.shards must not hold credentials; the ones of the log are used'
    : urlProblem('each of cluster.shards', url, options)
}

/** Credentials apart from the address, so that they stand in no message. */
function addressOf({
  url,
  username,
  password,
}: AuditLogOptions): Pick<ConnectionOptions, 'url' | 'username' | 'password'> {
  const parsed = new URL(url)
  return {
    url: parsed.origin,
    username: username ?? (decodeURIComponent(parsed.username) || 'default'),
    password: password ?? decodeURIComponent(parsed.password),
  }
}

function positiveProblem(name: string, value: unknown): string | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? undefined : `${name} must be a whole number above 0`
}
