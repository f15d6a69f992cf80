/** What a member is started with, as JSON on its command line. */
export interface MemberOptions {
  readonly name: string
  readonly brokers: readonly string[]
  readonly seed: number
  /** Its ledger. */
  readonly file: string
  /** Absent: the defaults of production. */
  readonly sessionTimeoutMs?: number
  readonly requestTimeoutMs?: number
}
