import { createHash } from 'node:crypto'
import { ConfigurationError } from '@ledgerbus/core'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import { clusterProblems, resolveCluster } from '../cluster/cluster-options.ts'
import { tableNames } from '../table-names.ts'
import type { AuditRole, AuditUser, AuditUsersPlace, ReaderLimits } from './audit-users.ts'
import { usersSql } from './users-sql.ts'
import { usersXml } from './users-xml.ts'

/** A user of the audit log. */
export interface AuditUserInput {
  /** Letters, digits and _. */
  readonly name: string
  readonly role: AuditRole
  /** Whose entries an `organization-reader` sees; for no other role. */
  readonly organization?: string
  /** Printed as its SHA-256 only. At least 16 characters: such a hash gives a short one away. */
  readonly password: string
}

/** Options of {@link describeAuditUsers}. */
export interface AuditUsersOptions {
  /** All of them: whoever is not in this list sees no row afterwards. Names that exist already, such as your own, are users too. */
  readonly users: readonly AuditUserInput[]
  /** Users beside these who see every row, such as a person's own; nothing else of theirs is changed. @default none */
  readonly alsoSeeAll?: readonly string[]
  /** @default 'default' */
  readonly database?: string
  /** @default 'audit' */
  readonly tablePrefix?: string
  /** @default one node */
  readonly cluster?: ClusterOptions
  readonly limits?: ReaderLimits
}

/** The users of the audit log, as ClickHouse takes them. */
export interface AuditUsersDescription {
  /** Statements for a user who may manage access. They bear repetition. */
  readonly sql: readonly string[]
  /** A file for `users.d`, for servers whose users come from files. */
  readonly xml: string
}

const identifier = /^[A-Za-z_]\w{0,62}$/
const leastPasswordLength = 16

/**
 * What makes the users of an audit log, with no more rights than each needs. Changes nothing, connects nowhere.
 *
 * @throws ConfigurationError with every problem, none of them with a password
 */
export function describeAuditUsers(options: AuditUsersOptions): AuditUsersDescription {
  const { database = 'default', tablePrefix = 'audit', cluster: clusterOptions, limits, alsoSeeAll = [] } = options
  const problems = [
    ...(clusterOptions === undefined ? [] : clusterProblems(clusterOptions)),
    ...[database, tablePrefix, ...alsoSeeAll]
      .filter((name) => !identifier.test(name))
      .map((name) => `${JSON.stringify(name)} must be letters, digits and _`),
    ...options.users.flatMap(userProblems),
    ...Object.entries(limits ?? {})
      .filter(([, value]) => !Number.isSafeInteger(value) || value < 1)
      .map(([name]) => `limits.${name} must be a whole number above 0`),
    new Set(options.users.map(({ name }) => name)).size === options.users.length || 'each user has a name of its own',
    options.users.length > 0 || 'at least one user must be named',
  ].filter((problem) => problem !== true)
  if (problems.length > 0) throw new ConfigurationError('audit users', problems)
  const cluster = clusterOptions === undefined ? undefined : resolveCluster(clusterOptions)
  const place: AuditUsersPlace = {
    database,
    tables: tableNames(tablePrefix, { isSharded: (cluster?.shards.length ?? 0) > 1 }),
    ...(cluster !== undefined && { cluster }),
  }
  const users = options.users.map(hashed)
  return { sql: usersSql(users, place, { limits, alsoSeeAll }), xml: usersXml(users, place, limits) }
}

function userProblems({ name, role, organization, password }: AuditUserInput): readonly string[] {
  return [
    identifier.test(name) || `the user ${JSON.stringify(name)} must be letters, digits and _`,
    password.length >= leastPasswordLength ||
      `the password of ${JSON.stringify(name)} must have ${leastPasswordLength} characters at the least`,
    (role === 'organization-reader') === (organization !== undefined && organization !== '') ||
      `the user ${JSON.stringify(name)}: an organization belongs to the role organization-reader, and to no other`,
  ].filter((problem) => problem !== true)
}

function hashed({ name, role, organization, password }: AuditUserInput): AuditUser {
  return {
    name,
    role,
    ...(organization !== undefined && { organization }),
    passwordSha256: createHash('sha256').update(password).digest('hex'),
  }
}
