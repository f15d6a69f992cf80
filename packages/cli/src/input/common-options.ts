import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import { outputFormats } from '../output/printer.ts'
import type { CommonFlags } from '../edge/session.ts'
import { httpUrl, list } from './values.ts'

// Each returns the command it was given: commander builds in place. The casts say what the flags added here mean for the
// type; commander's typings cannot follow through a function.

/** A command with any arguments and the flags known so far. */
export type Typed<Args extends unknown[], Flags extends OptionValues> = Command<Args, Flags>

/** `-o`, `--json`, `--debug`, `--config`: every command has them. */
export function withCommon<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & CommonFlags> {
  command.optionsGroup('Output:')
  command.addOption(
    new Option('-o, --output <format>', 'what stdout carries').choices(outputFormats).default('text' as const),
  )
  command.option('--json', 'the same as -o json')
  command.option('--debug', 'log what happens on stderr, and show the stack of an error')
  command.optionsGroup('Connection:')
  command.option('--config <file>', 'the project file, instead of the nearest ledgerbus.config.*')
  return command as never
}

/** `--brokers`. */
export function withKafka<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & { brokers?: string[] }> {
  command.optionsGroup('Connection:')
  command.option('--brokers <list>', 'Kafka, host:port with commas between (KAFKA_BROKERS)', list)
  return command
}

/** `--clickhouse-url`. */
export function withClickHouse<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
): Typed<Args, Flags & { clickhouseUrl?: string }> {
  command.optionsGroup('Connection:')
  command.option('--clickhouse-url <url>', 'the audit log (CLICKHOUSE_URL)', httpUrl)
  return command
}
