import { parseArgs } from 'node:util'
import type { LocalServerName } from '../check-local-stack.ts'
import { LocalStackError } from '../local-stack-error.ts'
import type { OutputFormat } from './stack-output.ts'

/** A command line that was understood. */
export type StackCommand =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'up'
      readonly output: OutputFormat
      /** Absent unless asked for: a stack that is up with another number is no contradiction then. */
      readonly brokers: 1 | 3 | undefined
      readonly servers: readonly LocalServerName[]
    }
  | { readonly kind: 'down'; readonly deleteData: boolean }
  | { readonly kind: 'status'; readonly output: OutputFormat }

export const usage = `Starts and stops Kafka, ClickHouse and a schema registry on this machine, without Docker.

Usage: pnpm stack <up|down|status> [options]

  pnpm stack up                     start what is not running yet, print the addresses
  pnpm stack status -o env          print them as variables

up
  --brokers <1|3>                   Kafka brokers (default 1)
  --only <names>                    some of kafka,clickhouse,schema-registry, separated by commas
  -o, --output <text|json|env>      (default text)
down
  --delete-data                     remove the stored records, tables and schemas as well
status
  -o, --output <text|json|env>      (default text)

Exit codes: 0 done, 1 failed or not running, 2 wrong usage, 3 something is missing on this machine.
`

const serverNames: Readonly<Record<string, LocalServerName>> = {
  kafka: 'kafka',
  clickhouse: 'clickhouse',
  'schema-registry': 'schemaRegistry',
}

/** @throws LocalStackError `STACK_OPTIONS_INVALID` when the command line is not understood */
export function parseCommand(args: readonly string[]): StackCommand {
  // Package managers pass their own `--` on.
  const [verb, ...rest] = args[0] === '--' ? args.slice(1) : args
  if (verb === undefined || args.includes('--help') || args.includes('-h')) return { kind: 'help' }
  switch (verb) {
    case 'up': {
      const options = parseOptions(rest, { output: outputOption, brokers: textOption, only: textOption })
      return {
        kind: 'up',
        output: toFormat(options['output']),
        brokers: toBrokers(options['brokers']),
        servers: toServers(options['only']),
      }
    }
    case 'down': {
      const options = parseOptions(rest, { 'delete-data': { type: 'boolean' } })
      return { kind: 'down', deleteData: options['delete-data'] === true }
    }
    case 'status':
      return { kind: 'status', output: toFormat(parseOptions(rest, { output: outputOption })['output']) }
    default:
      throw usageError(`there is no command ${JSON.stringify(verb)}`)
  }
}

type Option = { readonly type: 'string' | 'boolean'; readonly short?: string }
const textOption: Option = { type: 'string' }
const outputOption: Option = { type: 'string', short: 'o' }

function parseOptions(
  args: readonly string[],
  options: Readonly<Record<string, Option>>,
): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error))
  }
}

function toFormat(value: unknown = 'text'): OutputFormat {
  if (value === 'text' || value === 'json' || value === 'env') return value
  throw usageError(`--output is ${JSON.stringify(value)}, but can be text, json or env`)
}

function toBrokers(value: unknown): 1 | 3 | undefined {
  if (value === undefined) return undefined
  if (value === '1') return 1
  if (value === '3') return 3
  throw usageError(`--brokers is ${JSON.stringify(value)}, but can be 1 or 3`)
}

function toServers(value: unknown): readonly LocalServerName[] {
  if (value === undefined) return Object.values(serverNames)
  if (typeof value !== 'string') throw usageError('--only needs names')
  return value.split(',').map((name) => {
    const server = serverNames[name.trim()]
    if (server === undefined) throw usageError(`--only names ${JSON.stringify(name)}`)
    return server
  })
}

function usageError(problem: string): LocalStackError {
  return new LocalStackError(problem, { code: 'STACK_OPTIONS_INVALID', remedy: 'see pnpm stack --help' })
}
