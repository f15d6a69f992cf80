import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isEnvironmentProblem, LocalStackError } from '../local-stack-error.ts'
import { withLock } from '../lock-file.ts'
import type { HostPlan } from './host-protocol.ts'
import { parseCommand, type StackCommand, usage } from './parse-command.ts'
import { checkHealth, type ServerHealth } from './stack-health.ts'
import { conditionOf, type OutputFormat, renderStatus } from './stack-output.ts'
import { readSituation, type StackSituation, type StackState } from './stack-state.ts'
import { startHost } from './start-host.ts'
import { removeRemains, stopStack } from './stop-stack.ts'

/** What a command needs of the world around it. */
export interface StackCommandContext {
  /** The `.stack` folder of the workspace: one workspace, one stack. */
  readonly folder: string
  /** Gets data. */
  readonly stdout: (text: string) => void
  /** Gets whole lines for people. */
  readonly stderr: (line: string) => void
}

/** 0 done, 1 failed or not running, 2 wrong usage, 3 something is missing on this machine. */
export type StackExitCode = 0 | 1 | 2 | 3

const lockMs = 5 * 60_000
const healthMs = 10_000

/** Runs `up`, `down` or `status`; every failure is a line on `stderr` and an exit code. */
export async function runStackCommand(args: readonly string[], context: StackCommandContext): Promise<StackExitCode> {
  let command: StackCommand
  try {
    command = parseCommand(args)
  } catch (error) {
    return failure(error, context, 2)
  }
  try {
    switch (command.kind) {
      case 'help':
        context.stdout(usage)
        return 0
      case 'up':
        return await alone(context, () => up(command, context))
      case 'down':
        return await alone(context, () => down(command.deleteData, context))
      case 'status':
        return await status(command.output, context)
    }
  } catch (error) {
    const environment = error instanceof LocalStackError && isEnvironmentProblem(error)
    return failure(error, context, environment ? 3 : 1)
  }
}

async function up(
  command: Extract<StackCommand, { kind: 'up' }>,
  context: StackCommandContext,
): Promise<StackExitCode> {
  const situation = await readSituation(context.folder)
  switch (situation.kind) {
    case 'up': {
      const health = await look(situation)
      if (conditionOf(situation, health) === 'up') return keep(command, situation.state, situation, health, context)
      context.stderr('the stack does not answer as it should; stopping it and starting anew')
      await stopStack(situation.state)
      return await start(command, situation.state, context)
    }
    case 'stale':
      context.stderr('the last stack ended without being stopped; starting anew on its data')
      await removeRemains(situation.last)
      return await start(command, situation.last, context)
    case 'down':
      return await start(command, situation.last, context)
  }
}

/** The stack is up: prints it, unless it is another one than asked for. */
function keep(
  command: Extract<StackCommand, { kind: 'up' }>,
  state: StackState,
  situation: StackSituation,
  health: readonly ServerHealth[],
  context: StackCommandContext,
): StackExitCode {
  const brokers = state.kafka?.brokers.length
  const absent = command.servers.filter((server) => state[server] === undefined)
  const otherSize = command.brokers !== undefined && brokers !== undefined && brokers !== command.brokers
  if (otherSize || absent.length > 0) {
    const difference = otherSize ? `with ${brokers} Kafka broker(s)` : `without ${absent.join(', ')}`
    context.stderr(`a stack is up already, but ${difference}; run \`pnpm stack down\` first`)
    return 1
  }
  context.stderr('the stack is up already')
  context.stdout(renderStatus(command.output, situation, health))
  return 0
}

async function start(
  command: Extract<StackCommand, { kind: 'up' }>,
  last: StackState | undefined,
  context: StackCommandContext,
): Promise<StackExitCode> {
  const brokers = command.brokers ?? 1
  const plan: HostPlan = {
    folder: context.folder,
    brokers,
    servers: command.servers,
    preferred: {
      kafka: last?.kafka?.brokers.length === brokers ? last.kafka.brokers.map(portOf) : [],
      clickhouse: last?.clickhouse && portOf(last.clickhouse.url),
      schemaRegistry: last?.schemaRegistry && portOf(last.schemaRegistry.url),
    },
  }
  context.stderr('starting the stack')
  const result = await startHost(plan, context.stderr)
  if (result.kind === 'failed') {
    context.stderr(result.message)
    return result.environment ? 3 : 1
  }
  const situation = await readSituation(context.folder)
  const health = await look(situation)
  context.stderr('the stack is up; `pnpm stack down` stops it')
  context.stdout(renderStatus(command.output, situation, health))
  return conditionOf(situation, health) === 'up' ? 0 : 1
}

async function down(deleteData: boolean, context: StackCommandContext): Promise<StackExitCode> {
  const situation = await readSituation(context.folder)
  switch (situation.kind) {
    case 'up':
      context.stderr('stopping the stack')
      await stopStack(situation.state)
      context.stderr('the stack is stopped')
      break
    case 'stale':
      await removeRemains(situation.last)
      context.stderr('the stack had ended without being stopped; nothing of it runs any more')
      break
    case 'down':
      context.stderr('the stack is not running')
  }
  if (deleteData) await removeData(context)
  return 0
}

async function status(format: OutputFormat, context: StackCommandContext): Promise<StackExitCode> {
  const situation = await readSituation(context.folder)
  const health = await look(situation)
  const condition = conditionOf(situation, health)
  if (condition === 'down') context.stderr('the stack is not running; `pnpm stack up` starts it')
  if (condition === 'stale') context.stderr('the stack ended without being stopped; `pnpm stack up` starts it again')
  context.stdout(renderStatus(format, situation, health))
  return condition === 'up' ? 0 : 1
}

async function look(situation: StackSituation): Promise<readonly ServerHealth[]> {
  return situation.kind === 'up' ? await checkHealth(situation.state, AbortSignal.timeout(healthMs)) : []
}

/** Two commands that change the stack of one workspace run one after the other. */
async function alone(context: StackCommandContext, action: () => Promise<StackExitCode>): Promise<StackExitCode> {
  const onWait = (pid: number): void => context.stderr(`waiting for another stack command (pid ${pid})`)
  return await withLock(join(context.folder, 'lock'), { timeoutMs: lockMs, onWait }, action)
}

/** Everything but the lock, which this command holds. */
async function removeData(context: StackCommandContext): Promise<void> {
  const names = (await readdir(context.folder)).filter((name) => name !== 'lock')
  await Promise.all(names.map((name) => rm(join(context.folder, name), { recursive: true, force: true })))
  context.stderr('the data is removed')
}

function failure(error: unknown, context: StackCommandContext, exitCode: StackExitCode): StackExitCode {
  if (error instanceof LocalStackError) context.stderr(`${error.code}: ${error.message}`)
  else context.stderr(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exitCode
}

function portOf(address: string): number {
  return Number(/:(\d+)/.exec(address.replace(/^https?:\/\//, ''))?.[1])
}
