/** A row policy as `system.row_policies` describes it. */
export interface RowPolicy {
  readonly table: string
  /** The condition; empty: every row. */
  readonly filter: string
  readonly isRestrictive: boolean
  readonly applyToAll: boolean
  /** Users and roles. */
  readonly applyTo: readonly string[]
  readonly except: readonly string[]
}

/** The condition that lets entries of one organization pass, as ClickHouse prints it. */
export function organizationFilter(organization: string): string {
  return `organization_id = '${organization.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/**
 * Whether these policies let somebody see rows of this organization only.
 *
 * Of a table without a policy ClickHouse shows every row, also where others have one: the absence of a policy must not be taken for its presence.
 * Restrictive policies hold together; of permissive ones a single wider one is enough to see more.
 *
 * @param who the user's name and its roles
 */
export function isScoped(policies: readonly RowPolicy[], who: readonly string[], organization: string): boolean {
  const applying = policies.filter((policy) =>
    policy.applyToAll
      ? !policy.except.some((name) => who.includes(name))
      : policy.applyTo.some((name) => who.includes(name)),
  )
  const filter = organizationFilter(organization)
  if (applying.some((policy) => policy.isRestrictive && policy.filter === filter)) return true
  const permissive = applying.filter((policy) => !policy.isRestrictive)
  return permissive.length > 0 && permissive.every((policy) => policy.filter === filter)
}
