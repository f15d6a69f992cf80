import { createHash } from 'node:crypto'
import { LocalStackError } from '../local-stack-error.ts'

/** ClickHouse's own setting names. */
export type ClickHouseSettings = Readonly<Record<string, string | number | boolean>>

/** A user besides `default`, who may do everything and has no password. */
export interface ClickHouseUser {
  readonly name: string
  readonly password: string
  /** Statements such as `GRANT SELECT ON audit.*`, without the `TO`. A user without any may do nothing. */
  readonly grants: readonly string[]
  /** Rows this user sees, by table; all rows of any other table. */
  readonly rowFilters?: readonly ClickHouseRowFilter[]
  /** Settings of this user alone, such as `readonly: 1`. */
  readonly settings?: ClickHouseSettings
}

/** A condition that rows must meet to be seen. */
export interface ClickHouseRowFilter {
  readonly database: string
  readonly table: string
  /** An expression over the table's columns: `organization_id = 'o-1'`. */
  readonly filter: string
}

/** What the configuration files are made from. */
export interface ClickHouseConfig {
  readonly serverSettings: ClickHouseSettings
  readonly mergeTreeSettings: ClickHouseSettings
  readonly settings: ClickHouseSettings
  readonly users: readonly ClickHouseUser[]
}

/** The server's `config.xml`. Everything it logs goes to its standard output. */
export function configXml(config: ClickHouseConfig, usersFile: string): string {
  return `<clickhouse>
  <logger><console>1</console></logger>
  <users_config>${escapeXml(usersFile)}</users_config>
  <merge_tree>${settingsXml(config.mergeTreeSettings)}</merge_tree>
  ${settingsXml(config.serverSettings)}
</clickhouse>
`
}

/** The server's `users.xml`. */
export function usersXml(config: ClickHouseConfig): string {
  return `<clickhouse>
  <profiles>
    <default>${settingsXml(config.settings)}</default>
    ${config.users.map((user, index) => `<user_${index}><profile>default</profile>${settingsXml(user.settings ?? {})}</user_${index}>`).join('\n    ')}
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <access_management>1</access_management>
    </default>
    ${config.users.map(userXml).join('\n    ')}
  </users>
</clickhouse>
`
}

/** @throws LocalStackError `STACK_OPTIONS_INVALID` naming every user, table and setting whose name cannot be an XML element */
export function checkConfig(config: ClickHouseConfig): void {
  const names = [
    ...Object.keys(config.serverSettings),
    ...Object.keys(config.mergeTreeSettings),
    ...Object.keys(config.settings),
    ...config.users.flatMap((user) => [
      user.name,
      ...Object.keys(user.settings ?? {}),
      ...(user.rowFilters ?? []).flatMap(({ database, table }) => [database, table]),
    ]),
  ]
  const wrong = names.filter((name) => !/^[A-Za-z_]\w*$/.test(name))
  const problems = wrong.map((name) => `${JSON.stringify(name)} is not a name of letters, digits and _`)
  if (config.users.some(({ name }) => name === 'default')) problems.push('the user `default` is there already')
  if (problems.length === 0) return
  throw new LocalStackError(`startClickHouse: ${problems.join('; ')}`, {
    code: 'STACK_OPTIONS_INVALID',
    remedy: 'correct the options',
  })
}

function userXml(user: ClickHouseUser, index: number): string {
  const grants = user.grants.map((grant) => `<query>${escapeXml(grant)}</query>`).join('')
  return `<${user.name}>
      <password_sha256_hex>${createHash('sha256').update(user.password).digest('hex')}</password_sha256_hex>
      <networks><ip>::/0</ip></networks>
      <profile>user_${index}</profile>
      <quota>default</quota>
      <grants>${grants}</grants>
      <databases>${(user.rowFilters ?? []).map(filterXml).join('')}</databases>
    </${user.name}>`
}

function filterXml({ database, table, filter }: ClickHouseRowFilter): string {
  return `<${database}><${table}><filter>${escapeXml(filter)}</filter></${table}></${database}>`
}

function settingsXml(settings: ClickHouseSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `<${name}>${escapeXml(settingText(value))}</${name}>`)
    .join('')
}

function settingText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
