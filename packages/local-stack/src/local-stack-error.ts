/** Shared with `@ledgerbus/core`, which this package does not import: `isLedgerbusError` is true for these errors too. */
const mark: unique symbol = Symbol.for('ledgerbus.error')

/** Every code of this package; each is explained in `docs/errors.md`. */
export type LocalStackErrorCode =
  | 'STACK_BUSY'
  | 'STACK_CHDB_MISSING'
  | 'STACK_DISK_LOW'
  | 'STACK_DOWNLOAD_FAILED'
  | 'STACK_JAVA_MISSING'
  | 'STACK_JAVA_TOO_OLD'
  | 'STACK_MAVEN_MISSING'
  | 'STACK_NOT_READY'
  | 'STACK_OPTIONS_INVALID'
  | 'STACK_PLATFORM_UNSUPPORTED'
  | 'STACK_PORT_TAKEN'
  | 'STACK_SERVER_DIED'
  | 'STACK_STOPPED'
  | 'STACK_STOP_FAILED'

/** What a `LocalStackError` carries besides the sentence that says what went wrong. */
export interface LocalStackErrorFacts {
  readonly code: LocalStackErrorCode
  /** What the reader can do about it; one sentence, appended to the message. */
  readonly remedy: string
  /** Lines that follow the message: the end of a log, the output of a command. */
  readonly details?: string
  /** Whether the same call may succeed later with nothing changed. @default false */
  readonly retriable?: boolean
  readonly cause?: unknown
}

/** A server could not be prepared, started or stopped. The message says what failed, where, and what to do. */
export class LocalStackError extends Error {
  readonly code: LocalStackErrorCode
  /** What the reader can do about it. */
  readonly remedy: string
  /** Always `failed`: what was started is stopped again before this is thrown. */
  readonly outcome: 'failed' = 'failed' as const
  readonly retriable: boolean

  constructor(problem: string, facts: LocalStackErrorFacts) {
    const details = facts.details ? `\n${facts.details}` : ''
    super(`${problem}; ${facts.remedy}${details}`, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'LocalStackError'
    this.code = facts.code
    this.remedy = facts.remedy
    this.retriable = facts.retriable ?? false
    Object.defineProperty(this, mark, { value: true })
  }
}

const environmentCodes: ReadonlySet<LocalStackErrorCode> = new Set<LocalStackErrorCode>([
  'STACK_CHDB_MISSING',
  'STACK_DISK_LOW',
  'STACK_JAVA_MISSING',
  'STACK_JAVA_TOO_OLD',
  'STACK_MAVEN_MISSING',
  'STACK_PLATFORM_UNSUPPORTED',
])

/** Whether the machine lacks something that its user has to bring (exit code 3 of the commands). */
export function isEnvironmentProblem(error: LocalStackError): boolean {
  return environmentCodes.has(error.code)
}
