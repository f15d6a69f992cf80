import { isLedgerbusError } from '@ledgerbus/core'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { CommandError } from './command-error.ts'
import { errorLink } from './error-link.ts'
import { remedyFor } from './remedies.ts'

/** An error as the command line tells it. */
export interface ErrorExplanation {
  readonly code: string
  readonly message: string
  /** What lay beneath it, outermost first; empty when the message says it all. */
  readonly causes: readonly string[]
  readonly remedy?: string
  readonly link: string
  readonly exitCode: ExitCode
}

/** Codes that mean: what we depend on cannot be used as configured. */
const unreachable =
  /^(BROKER_(UNREACHABLE|NO_ANSWER|AUTHENTICATION|AUTHORIZATION|TLS|UNSUPPORTED|NOT_CAPABLE)|AUDIT_LOG_(UNREACHABLE|CONFIGURATION|NEWER|NOT_MIGRATED|NOT_SCOPED|NO_ANSWER)|CONFIGURATION_INVALID)$/u
/** Codes that mean: what was asked for makes no sense. */
const usage =
  /^(AUDIT_(CURSOR|SELECTION|ERASURE|VERIFY)_INVALID|FILTER_INVALID|BROKER_TOPIC_UNKNOWN|TOPICS_MISSING|REDRIVE_(REQUEST_INVALID|TOPIC_UNKNOWN|ORIGIN_NOT_ALLOWED)|REPLAY_(BOUNDS_REQUIRED|BOUNDS_REVERSED|REQUEST_INVALID|PLAN_INCOMPLETE|PLAN_TOO_LARGE|TARGET_UNKNOWN|UNKNOWN))$/u
/** Codes that mean: it could be done, and must not be. */
const refused =
  /^REPLAY_(NOT_CONFIRMED|TARGET_NOT_ALLOWED|TOO_LARGE|PREMISES_CHANGED|PLAN_ALTERED|ENDED|NOT_RUNNING|NOT_PAUSED)$/u

export function explainError(error: unknown): ErrorExplanation {
  if (!isLedgerbusError(error)) return explainBug(error)
  const remedy = (error instanceof CommandError ? error.remedy : undefined) ?? remedyFor(error.code)
  return {
    code: error.code,
    message: error.message,
    causes: causesOf(error),
    ...(remedy !== undefined && { remedy }),
    link: errorLink(error.code),
    exitCode: exitCodeOf(error),
  }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (!isLedgerbusError(error)) return exitCodes.failed
  if (unreachable.test(error.code)) return exitCodes.unreachable
  if (usage.test(error.code)) return exitCodes.usage
  if (refused.test(error.code)) return exitCodes.refused
  return exitCodes.failed
}

/** Anything that was not thrown on purpose is a fault of ours; its text may hold anything, so only `--debug` shows more of it. */
function explainBug(error: unknown): ErrorExplanation {
  return {
    code: 'CLI_UNEXPECTED',
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    causes: causesOf(error),
    remedy: 'run it again with --debug and report what it prints',
    link: errorLink('CLI_UNEXPECTED'),
    exitCode: exitCodes.failed,
  }
}

function textOf(cause: Error): string {
  if (isLedgerbusError(cause)) return `${cause.code}: ${cause.message}`
  // Some errors of Node have a code and no message.
  return cause.message || ('code' in cause ? String(cause.code) : cause.name)
}

/** Clients wrap deeply, and some in circles. */
const deepestCause = 10

function causesOf(error: unknown): string[] {
  const causes: string[] = []
  let said = error instanceof Error ? error.message : ''
  let cause = error instanceof Error ? error.cause : undefined
  for (let depth = 0; depth < deepestCause && cause instanceof Error; depth += 1) {
    if (!said.includes(cause.message) || cause.message === '') causes.push(textOf(cause))
    said += cause.message
    cause = cause.cause
  }
  return causes
}
