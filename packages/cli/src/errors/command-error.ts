import { LedgerbusError } from '@ledgerbus/core'
import { type ExitCode, exitCodes } from '../exit-codes.ts'

const exitCodeByCode = {
  CLI_USAGE: exitCodes.usage,
  CLI_TIME_INVALID: exitCodes.usage,
  CLI_EVENT_UNKNOWN: exitCodes.usage,
  CLI_TOPIC_UNKNOWN: exitCodes.usage,
  CLI_GROUP_UNKNOWN: exitCodes.usage,
  CLI_INPUT_INVALID: exitCodes.usage,
  CLI_CONFIGURATION: exitCodes.unreachable,
  CLI_UNREACHABLE: exitCodes.unreachable,
  CLI_UNHEALTHY: exitCodes.unreachable,
  CLI_NOT_DRAINED: exitCodes.failed,
  CLI_TOPICS_DIFFER: exitCodes.failed,
  CLI_PARTLY_DONE: exitCodes.partly,
  CLI_NOT_CONFIRMED: exitCodes.refused,
  CLI_INTERRUPTED: exitCodes.interrupted,
} as const satisfies Record<string, ExitCode>

export type CommandErrorCode = keyof typeof exitCodeByCode

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
