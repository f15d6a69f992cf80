import { AuditLogError } from '../audit-log-error.ts'

/** For how long entries are kept, by Kafka's time. */
export type Retention = { readonly days: number } | { readonly months: number }

/** Where older entries lie. */
export interface TieringOptions {
  /** A storage policy of the server. For tables that exist it must hold the volumes of the policy they have, usually one named `default`. */
  readonly policy: string
  /** The volume of that policy to which parts are moved. */
  readonly volume: string
  /** After how many days, by Kafka's time: 1 to 36,500. */
  readonly afterDays: number
}

/** What is asked of the tables' storage. */
export interface StorageOptions {
  /**
   * For how many days entries are kept, 1 to 36,500. Not with `retentionMonths`. @default what the tables say; 400 for new ones
   */
  readonly retentionDays?: number
  /** How many whole months are kept beside the current one, 1 to 1,200; the oldest goes as a whole when a month ends. Not with `retentionDays`. */
  readonly retentionMonths?: number
  /** Moves older entries to another volume. @default what the tables say */
  readonly tiering?: TieringOptions
}

/** A hundred years: longer than that is for ever. */
const maxDays = 36_500
const maxMonths = 1_200
/** Both stand in statements as they are. */
const plainName = /^[A-Za-z_][\w-]*$/

/** @throws AuditLogError `AUDIT_LOG_CONFIGURATION` with everything that cannot be */
export function readStorageOptions({ retentionDays, retentionMonths, tiering }: StorageOptions): {
  readonly retention: Retention | undefined
  readonly tiering: TieringOptions | undefined
} {
  const problems = [
    rangeProblem('retentionDays', retentionDays, maxDays),
    rangeProblem('retentionMonths', retentionMonths, maxMonths),
    rangeProblem('tiering.afterDays', tiering?.afterDays, maxDays),
    retentionDays === undefined || retentionMonths === undefined
      ? undefined
      : 'retentionDays and retentionMonths exclude each other',
    nameProblem('tiering.policy', tiering?.policy),
    nameProblem('tiering.volume', tiering?.volume),
    tiering !== undefined && retentionDays !== undefined && tiering.afterDays >= retentionDays
      ? 'tiering.afterDays must be less than retentionDays: nothing would be left to move'
      : undefined,
  ].filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new AuditLogError(problems.join('; '), { code: 'AUDIT_LOG_CONFIGURATION' })
  if (retentionDays !== undefined) return { retention: { days: retentionDays }, tiering }
  return { retention: retentionMonths === undefined ? undefined : { months: retentionMonths }, tiering }
}

function rangeProblem(name: string, value: number | undefined, most: number): string | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return undefined
  return `${name} must be a whole number from 1 to ${most}, not ${value}`
}

function nameProblem(name: string, value: string | undefined): string | undefined {
  if (value === undefined || plainName.test(value)) return undefined
  return `${name} must be letters, digits, _ and -`
}
