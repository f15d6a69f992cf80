import { LedgerbusError } from '@ledgerbus/core'
import { type ExitCode, exitCodes } from '../exit-codes.ts'

export type CommandErrorCode =
  | 'CLI_USAGE'
  | 'CLI_TIME_INVALID'
  | 'CLI_EVENT_UNKNOWN'
  | 'CLI_TOPIC_UNKNOWN'
  | 'CLI_GROUP_UNKNOWN'
  | 'CLI_REPLAY_UNKNOWN'
  | 'CLI_INPUT_INVALID'
  | 'CLI_CONFIGURATION'
  | 'CLI_UNREACHABLE'
  | 'CLI_UNHEALTHY'
  | 'CLI_OUTPUT_FAILED'
  | 'CLI_NOT_DRAINED'
  | 'CLI_TOPICS_DIFFER'
  | 'CLI_PARTLY_DONE'
  | 'CLI_LOG_DIFFERS'
  | 'CLI_NOT_CONFIRMED'
  | 'CLI_INTERRUPTED'

const exitCodeByCode: Readonly<Record<CommandErrorCode, ExitCode>> = {
  CLI_USAGE: exitCodes.usage,
  CLI_TIME_INVALID: exitCodes.usage,
  CLI_EVENT_UNKNOWN: exitCodes.usage,
  CLI_TOPIC_UNKNOWN: exitCodes.usage,
  CLI_GROUP_UNKNOWN: exitCodes.usage,
  CLI_REPLAY_UNKNOWN: exitCodes.usage,
  CLI_INPUT_INVALID: exitCodes.usage,
  CLI_CONFIGURATION: exitCodes.unreachable,
  CLI_UNREACHABLE: exitCodes.unreachable,
  CLI_UNHEALTHY: exitCodes.unreachable,
  CLI_OUTPUT_FAILED: exitCodes.failed,
  CLI_NOT_DRAINED: exitCodes.failed,
  CLI_TOPICS_DIFFER: exitCodes.failed,
  CLI_LOG_DIFFERS: exitCodes.failed,
  CLI_PARTLY_DONE: exitCodes.partly,
  CLI_NOT_CONFIRMED: exitCodes.refused,
  CLI_INTERRUPTED: exitCodes.interrupted,
}

/** The command line's own errors: what was typed, what is configured, what a person decided. */
export class CommandError extends LedgerbusError {
  readonly exitCode: ExitCode
  /** What to do; the table of remedies speaks where it is absent. */
  readonly remedy: string | undefined

  constructor(
    message: string,
    facts: { readonly code: CommandErrorCode; readonly remedy?: string; readonly cause?: unknown },
  ) {
    super(message, { code: facts.code, cause: facts.cause })
    this.exitCode = exitCodeByCode[facts.code]
    this.remedy = facts.remedy
  }
}
