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
 * The same users as a file for `users.d`, for servers whose users come from files. Files know no policy that shuts out everybody else: set
 * `access_control_improvements.users_without_row_policies_can_read_rows` to false in the server's configuration. Each user of this file has a
 * filter on every table of rows, so that setting takes nothing from them.
 */
export function usersXml(users: readonly AuditUser[], place: AuditUsersPlace, limits: ReaderLimits = {}): string {
  return `<clickhouse>
  <profiles>
${users.map((user) => profileXml(user, limits)).join('\n')}
  </profiles>
  <users>
${users.map((user) => userXml(user, place)).join('\n')}
  </users>
</clickhouse>
`
}

function profileXml({ name, role }: AuditUser, limits: ReaderLimits): string {
  const settings = settingsOf(role, limits)
  const values = settings.map((setting) => `<${setting.name}>${setting.value}</${setting.name}>`).join('')
  return `    <${name}>${values}<constraints>${settings.map(constraintXml).join('')}</constraints></${name}>`
}

function constraintXml({ name, min, max, isFixed }: LimitedSetting): string {
  const rules = [
    ...(min === undefined ? [] : [`<min>${min}</min>`]),
    ...(max === undefined ? [] : [`<max>${max}</max>`]),
    ...(isFixed === true ? ['<const/>'] : []),
  ]
  return `<${name}>${rules.join('')}</${name}>`
}

function userXml({ name, role, organization, passwordSha256 }: AuditUser, place: AuditUsersPlace): string {
  const filter = organization === undefined ? '1' : organizationFilter(organization)
  const filters = rowTables(place.tables)
    .map((table) => `<${table}><filter>${escapeXml(filter)}</filter></${table}>`)
    .join('')
  const grants = grantsOf(role, place).map((grant) => `<query>${escapeXml(`GRANT ${grant}`)}</query>`)
  return `    <${name}>
      <password_sha256_hex>${passwordSha256}</password_sha256_hex>
      <networks><ip>::/0</ip></networks>
      <profile>${name}</profile>
      <quota>default</quota>
      <grants>${grants.join('')}</grants>
      <databases><${place.database}>${filters}</${place.database}></databases>
    </${name}>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
