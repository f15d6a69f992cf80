import { chooseStack, type StackChoice } from './choose-stack.ts'
import { createDockerStack } from './docker/docker-stack.ts'
import { createGivenStack } from './given-addresses.ts'
import { createLocalProcesses } from './local-processes.ts'
import { describeAddresses, type StackAddresses } from './stack-addresses.ts'
import type { RunningServers, StackEnvironment, StackKind, StackProvider } from './stack-provider.ts'

/** Options of {@link startStack}. */
export interface StartStackOptions {
  /** Where `LEDGERBUS_STACK` and the addresses are read. @default this process's environment */
  readonly environment?: StackEnvironment
  /** Gets each line for people: what was chosen, what takes its time. @default stderr */
  readonly print?: (line: string) => void
  /** Gives the start up; what was started is stopped again. */
  readonly signal?: AbortSignal
}

/** A stack that answers. */
export interface Stack {
  readonly kind: StackKind
  readonly addresses: StackAddresses
  /** Stops what was started; idempotent. Addresses that were given are left alone. */
  stop(): Promise<void>
}

function printToStderr(line: string): void {
  process.stderr.write(`${line}\n`)
}

function because({ isForced, obstacles }: StackChoice): string {
  if (isForced) return ', as LEDGERBUS_STACK says'
  // That no addresses are given is the usual case and explains nothing.
  const reasons = obstacles.filter(({ kind }) => kind !== 'external').map(({ text }) => text)
  return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`
}

function toStack(kind: StackKind, running: RunningServers): Stack {
  let stopping: Promise<void> | undefined
  return {
    kind,
    addresses: running.addresses,
    stop() {
      stopping ??= running.stop()
      return stopping
    },
  }
}

/** The ways to get a stack, best first. */
function defaultProviders(environment: StackEnvironment): readonly StackProvider[] {
  return [createGivenStack(environment), createDockerStack(), createLocalProcesses()]
}

/** As {@link startStack}, with the ways to choose from. */
export async function startChosenStack(
  providers: readonly StackProvider[],
  { environment = process.env, print = printToStderr, signal }: StartStackOptions = {},
): Promise<Stack> {
  signal?.throwIfAborted()
  const choice = await chooseStack(environment, providers)
  let reason = because(choice)
  for (const [index, provider] of choice.candidates.entries()) {
    print(`stack: ${provider.title}${reason}`)
    try {
      const running = await provider.start({ progress: (line) => print(`stack: ${line}`), signal })
      print(`stack: ${describeAddresses(running.addresses)}`)
      return toStack(provider.kind, running)
    } catch (error) {
      const isLast = index === choice.candidates.length - 1
      if (isLast || signal?.aborted === true) throw error
      reason = ` (${provider.title} did not start: ${error instanceof Error ? error.message : String(error)})`
    }
  }
  throw new Error('unreachable: a choice has at least one candidate')
}

/**
 * Starts Kafka, ClickHouse and a schema registry for tests, or finds them: the addresses in `KAFKA_BROKERS`, `CLICKHOUSE_URL` and
 * `SCHEMA_REGISTRY_URL`, else Docker if an engine answers and `testcontainers` is installed, else local processes. It prints what it
 * chose and why. `LEDGERBUS_STACK=docker|local|external` forces a choice, and then nothing else is tried.
 *
 * @throws TestkitError `TESTKIT_STACK_UNAVAILABLE` when there is no way, with every reason
 * @throws ConfigurationError when the environment names half a stack or an unknown choice
 */
export function startStack(options: StartStackOptions = {}): Promise<Stack> {
  return startChosenStack(defaultProviders(options.environment ?? process.env), options)
}
