import { CommanderError } from '@commander-js/extra-typings'
import type { Edge } from './edge/edge.ts'
import { Interruption, OutputClosed } from './edge/interruption.ts'
import { CommandError } from './errors/command-error.ts'
import { explainError } from './errors/explain-error.ts'
import { reportError } from './errors/report-error.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { withoutLeadingSeparator } from './input/leading-separator.ts'
import type { OutputFormat } from './output/printer.ts'
import { createProgram } from './program.ts'

/**
 * Runs one command and says how it ended. Touches nothing but the edge it is given, and never throws.
 *
 * @param argv what was typed behind `ledgerbus`
 */
export async function runLedgerbus(argv: readonly string[], edge: Edge): Promise<ExitCode> {
  const args = withoutLeadingSeparator(argv)
  try {
    const program = await createProgram(args, edge)
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return await endWith(error, args, edge)
  }
}

async function endWith(thrown: unknown, args: readonly string[], edge: Edge): Promise<ExitCode> {
  const error = ours(thrown)
  if (error === undefined || error instanceof OutputClosed) return exitCodes.done
  const explanation = explainError(error)
  const stack = args.includes('--debug') ? stacksOf(error) : undefined
  try {
    await reportError(explanation, edge, { format: formatAskedFor(args), stack })
  } catch (unheard) {
    // Nobody reads stderr any more; the exit code still tells how it ended.
    if (!(unheard instanceof OutputClosed)) throw unheard
  }
  return explanation.exitCode
}

/** Clients wrap deeply, and some in circles. */
const deepestStack = 10

/** The stack of an error and of everything beneath it: a project file that failed stands in the innermost. */
function stacksOf(error: unknown): string | undefined {
  const stacks: string[] = []
  for (let at = error; at instanceof Error && stacks.length < deepestStack; at = at.cause) {
    stacks.push(at.stack ?? at.message)
  }
  return stacks.length === 0 ? undefined : stacks.join('\ncaused by: ')
}

/** Turns what commander and an abort throw into our words; `undefined`: help was asked for and shown. */
function ours(error: unknown): unknown {
  if (error instanceof Interruption) return new CommandError(error.message, { code: 'CLI_INTERRUPTED' })
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0) return undefined
  // No command was named: commander showed the help on stderr and says "(outputHelp)".
  if (error.code === 'commander.help') return new CommandError('name a command', { code: 'CLI_USAGE' })
  return new CommandError(error.message.replace(/^error: /u, '').replace(/\n\((.+)\)$/u, '; $1'), { code: 'CLI_USAGE' })
}

/** Also an error of the flags themselves is told in the format they ask for. */
function formatAskedFor(args: readonly string[]): OutputFormat {
  if (args.includes('--json')) return 'json'
  const at = args.findIndex((arg) => arg === '-o' || arg === '--output')
  const named = at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith('--output='))?.slice('--output='.length)
  return named === 'json' || named === 'jsonl' ? named : 'text'
}
