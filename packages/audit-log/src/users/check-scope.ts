import type { WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import type { Connection } from '../clickhouse/connection.ts'
import { readFailure } from '../clickhouse/error-table.ts'
import { rowTables, type TableNames } from '../table-names.ts'
import { isScoped, organizationFilter, type RowPolicy } from './row-policy.ts'

/** ClickHouse's code for a right that is missing. */
const accessDenied = 497

/**
 * Whether this user can see entries of one organization only, whatever is asked. The tables with the rows must say so: a filter of ours in each
 * question would be as safe as the last question that somebody forgot it in.
 *
 * @throws AuditLogError `AUDIT_LOG_NOT_SCOPED` when a table has no such policy for this user, or the user may not see it
 */
export async function checkScope(
  connection: Connection,
  tables: TableNames,
  organization: string,
  wait: WaitOptions,
): Promise<void> {
  const names = rowTables(tables)
  const { user, who, policies } = await readPolicies(connection, names, wait)
  const open = names.filter(
    (name) =>
      !isScoped(
        policies.filter(({ table }) => table === name),
        who,
        organization,
      ),
  )
  if (open.length === 0) return
  throw new AuditLogError(
    `the user ${user} at ${connection.address} could see entries of other organizations than ${organization}: no row policy ${organizationFilter(organization)} on ${open.join(', ')}; "ledgerbus audit users" prints the statements`,
    { code: 'AUDIT_LOG_NOT_SCOPED' },
  )
}

async function readPolicies(
  connection: Connection,
  names: readonly string[],
  wait: WaitOptions,
): Promise<{ readonly user: string; readonly who: readonly string[]; readonly policies: readonly RowPolicy[] }> {
  try {
    const [self] = await connection.rows<{ readonly user: string; readonly roles: readonly string[] }>(
      'SELECT currentUser() AS user, enabledRoles() AS roles',
      {},
      wait,
    )
    const rows = await connection.rows<{
      readonly table: string
      readonly select_filter: string | null
      readonly is_restrictive: number
      readonly apply_to_all: number
      readonly apply_to_list: readonly string[]
      readonly apply_to_except: readonly string[]
    }>(
      'SELECT table, select_filter, is_restrictive, apply_to_all, apply_to_list, apply_to_except FROM system.row_policies WHERE database = currentDatabase() AND table IN {names:Array(String)}',
      { names },
      wait,
    )
    const user = self?.user ?? ''
    return {
      user,
      who: [user, ...(self?.roles ?? [])],
      policies: rows.map((row) => ({
        table: row.table,
        filter: row.select_filter ?? '',
        isRestrictive: row.is_restrictive === 1,
        applyToAll: row.apply_to_all === 1,
        applyTo: row.apply_to_list,
        except: row.apply_to_except,
      })),
    }
  } catch (cause) {
    if (readFailure(cause).server?.code !== accessDenied) throw cause
    throw new AuditLogError(
      `this user at ${connection.address} may not see its own row policies, so nobody knows whether it is scoped; GRANT SHOW ROW POLICIES on ${names.join(', ')} and SELECT on system.row_policies`,
      { code: 'AUDIT_LOG_NOT_SCOPED', cause },
    )
  }
}
