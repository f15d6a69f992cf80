import {
  type AuditUser,
  type AuditUsersPlace,
  grantsOf,
  type LimitedSetting,
  type ReaderLimits,
  settingsOf,
} from './audit-users.ts'
import { rowTables } from '../table-names.ts'
import { organizationFilter } from './row-policy.ts'

/**
 * The statements that make the users, or bring them up to date, in an order in which nobody ever sees too much: users without rights, then what
 * they may see, then the rights. They bear repetition; names must have been checked.
 *
 * Row policies, on every table of rows: one for everybody that lets all rows pass, one that shuts out whoever is not in this list, and one per
 * organization. The second is why a user made later, and by hand, sees nothing rather than everything.
 */
export function usersSql(
  users: readonly AuditUser[],
  place: AuditUsersPlace,
  options: { readonly limits?: ReaderLimits | undefined; readonly alsoSeeAll?: readonly string[] } = {},
): readonly string[] {
  const { limits = {}, alsoSeeAll = [] } = options
  const onCluster = place.cluster?.replication === 'keeper' ? ` ON CLUSTER '${place.cluster.name}'` : ''
  return [
    ...users.flatMap((user) => userStatements(user, limits, onCluster)),
    ...policyStatements(users, alsoSeeAll, place, onCluster),
    // Replacing: rights that an earlier version gave end here.
    ...users.map(
      (user) => `GRANT${onCluster} ${grantsOf(user.role, place).join(', ')} TO ${user.name} WITH REPLACE OPTION`,
    ),
  ]
}

/** Never replaced but altered: policies know a user by its identity, and a replaced one would be somebody else. */
function userStatements(
  { name, role, passwordSha256 }: AuditUser,
  limits: ReaderLimits,
  onCluster: string,
): readonly string[] {
  const settings = settingsOf(role, limits).map(settingSql).join(', ')
  return [
    `CREATE USER IF NOT EXISTS ${name}${onCluster} IDENTIFIED WITH sha256_hash BY '${passwordSha256}'`,
    `ALTER USER ${name}${onCluster} IDENTIFIED WITH sha256_hash BY '${passwordSha256}' SETTINGS ${settings === '' ? 'NONE' : settings}`,
  ]
}

function settingSql({ name, value, min, max, isFixed }: LimitedSetting): string {
  const written = typeof value === 'number' ? String(value) : `'${value}'`
  return [
    `${name} = ${written}`,
    ...(min === undefined ? [] : [`MIN ${min}`]),
    ...(max === undefined ? [] : [`MAX ${max}`]),
    ...(isFixed === true ? ['CONST'] : []),
  ].join(' ')
}

function policyStatements(
  users: readonly AuditUser[],
  alsoSeeAll: readonly string[],
  { database, tables }: AuditUsersPlace,
  onCluster: string,
): readonly string[] {
  const known = [...users.map(({ name }) => name), ...alsoSeeAll].join(', ')
  return rowTables(tables).flatMap((table) => {
    const policy = (name: string, rest: string): string =>
      `CREATE ROW POLICY OR REPLACE ${table}_${name}${onCluster} ON ${database}.${table} FOR SELECT ${rest}`
    return [
      policy('everyone', 'USING 1 AS PERMISSIVE TO ALL'),
      policy('closed', `USING 0 AS RESTRICTIVE TO ALL EXCEPT ${known}`),
      ...users.flatMap(({ name, organization }) =>
        organization === undefined
          ? []
          : [policy(name, `USING ${organizationFilter(organization)} AS RESTRICTIVE TO ${name}`)],
      ),
    ]
  })
}
