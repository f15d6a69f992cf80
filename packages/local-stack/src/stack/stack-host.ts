/**
 * The process behind `pnpm stack up`: it starts the servers, lives on when the command has ended, and stops them when it is
 * told to by SIGTERM. Killed by force it takes the servers with it, as every parent of them does.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isEnvironmentProblem, LocalStackError } from '../local-stack-error.ts'
import { identifyProcess } from '../process/process-identity.ts'
import { type LocalStack, startLocalStack } from '../start-local-stack.ts'
import type { FromHost, HostPlan } from './host-protocol.ts'
import { readState, type StackProcess, type StackState, stateFile, writeState } from './stack-state.ts'

const watchMs = 2_000
const stopped = new AbortController()
let ready = false

process.on('message', (plan: HostPlan) => void keepStack(plan))
// Before it is ready, the command's end is the end of the start: somebody pressed Ctrl-C.
process.on('disconnect', () => {
  if (!ready) stopped.abort(new Error('the command that asked for the stack has ended'))
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => stopped.abort(new Error(`stopped by ${signal}`)))
}
// Nobody ever asked for anything.
if (!process.connected) process.exit(1)

async function keepStack(plan: HostPlan): Promise<void> {
  try {
    const stack = await startServers(plan)
    const state = await describe(stack)
    await writeState(plan.folder, state)
    ready = true
    tell({ kind: 'ready' })
    log('ready', state)
    await untilStopped(plan.folder, state)
    await stack.stop()
    if (await isMine(plan.folder, state)) {
      await writeState(plan.folder, { ...state, stoppedAt: new Date().toISOString() })
    }
    log('stopped', { reason: String(stopped.signal.reason) })
    process.exit(0)
  } catch (error) {
    log('failed', { error: String(error) })
    const known = error instanceof LocalStackError ? error : undefined
    const failure: FromHost = {
      kind: 'failed',
      code: known?.code,
      message: error instanceof Error ? error.message : String(error),
      environment: known !== undefined && isEnvironmentProblem(known),
    }
    // Servers that are still there end with this process.
    tell(failure, () => process.exit(1))
  }
}

async function startServers({ folder, brokers, servers, preferred }: HostPlan): Promise<LocalStack> {
  const dataDir = (name: string): string => join(folder, name)
  return await startLocalStack({
    signal: stopped.signal,
    progress: (line) => tell({ kind: 'progress', line }),
    logger: { info: (facts, text) => log(text, facts), warn: (facts, text) => log(text, facts) },
    ...(servers.includes('kafka') && {
      // A cluster's size is for its life: each size has a folder of its own.
      kafka: { brokers, dataDir: dataDir(`kafka-${brokers}`), preferredPorts: preferred.kafka },
    }),
    ...(servers.includes('clickhouse') && {
      clickhouse: {
        dataDir: dataDir('clickhouse'),
        ...(preferred.clickhouse !== undefined && { preferredPort: preferred.clickhouse }),
      },
    }),
    ...(servers.includes('schemaRegistry') && {
      schemaRegistry: {
        dataDir: dataDir('schema-registry'),
        ...(preferred.schemaRegistry !== undefined && { preferredPort: preferred.schemaRegistry }),
      },
    }),
  })
}

async function describe({ kafka, clickhouse, schemaRegistry }: LocalStack): Promise<StackState> {
  const host = await identifyProcess(process.pid)
  if (host === undefined) throw new Error('this process cannot find itself')
  const brokers = (kafka?.brokers ?? []).map((broker) => toProcess(`kafka broker ${broker.nodeId}`, broker))
  const others = [
    clickhouse && toProcess('clickhouse', clickhouse),
    schemaRegistry && toProcess('schema registry', schemaRegistry),
  ]
  return {
    schemaVersion: 1,
    host,
    startedAt: new Date().toISOString(),
    ...(kafka && { kafka: { brokers: kafka.addresses } }),
    ...(clickhouse && { clickhouse: { url: clickhouse.url } }),
    ...(schemaRegistry && { schemaRegistry: { url: schemaRegistry.url } }),
    processes: (await Promise.all([...brokers, ...others])).filter((found) => found !== undefined),
  }
}

async function toProcess(
  name: string,
  server: { readonly pid: number | undefined; readonly logFile: string },
): Promise<StackProcess | undefined> {
  const identity = server.pid === undefined ? undefined : await identifyProcess(server.pid)
  return identity && { name, ...identity, logFile: server.logFile }
}

/** Lives until a signal comes, or until the workspace is gone or another host has taken its place. */
async function untilStopped(folder: string, state: StackState): Promise<void> {
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      void isMine(folder, state).then((mine) => {
        if (!mine) stopped.abort(new Error(`${stateFile(folder)} is gone or names another process`))
      })
    }, watchMs)
    const end = (): void => {
      clearInterval(watch)
      resolve()
    }
    if (stopped.signal.aborted) end()
    else stopped.signal.addEventListener('abort', end)
  })
}

async function isMine(folder: string, state: StackState): Promise<boolean> {
  if (!existsSync(stateFile(folder))) return false
  const found = await readState(folder).catch(() => undefined)
  return found?.host.pid === state.host.pid && found.host.startedAt === state.host.startedAt
}

function tell(message: FromHost, then: () => void = () => undefined): void {
  // The command may have ended in this moment; then there is nobody to tell.
  if (process.connected) process.send?.(message, () => then())
  else then()
}

/** Standard output is the host's log file. */
function log(text: string, facts: object): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), text, ...facts }))
}
