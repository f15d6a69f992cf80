import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Environment, processEnvironment, withoutNodeOptions } from '../environment.ts'
import { requireFreeDisk } from '../free-disk.ts'
import { choosePorts, retryTakenPorts } from '../free-ports.ts'
import { scriptCommand } from '../process/script.ts'
import { createServerHandle } from '../process/server-handle.ts'
import { createServerProcess } from '../process/server-process.ts'
import { defaultStartTimeoutMs, defaultStopTimeoutMs } from '../server-options.ts'
import { createWorkFolder, type WorkFolder } from '../work-folder.ts'
import { findChdbLibrary } from './chdb-library.ts'
import { checkConfig, configXml, usersXml } from './clickhouse-config.ts'
import type { ClickHouseOptions, LocalClickHouse } from './clickhouse-options.ts'
import { clickHouseMissing, runQuery } from './clickhouse-readiness.ts'

const leastDiskBytes = 512 * 1024 * 1024

/** Opens the listeners and then runs for ever; the call into the library lasts as long. */
const endlessQuery = 'SELECT sleepEachRow(1) FROM system.numbers SETTINGS max_block_size=1 FORMAT Null'
/** Ends that query and with it the server, which closes its tables. */
const endingQuery = "KILL QUERY WHERE query LIKE 'SELECT sleepEachRow(1) FROM system.numbers %' ASYNC"

/** What all tries of one start share. */
interface Launch {
  readonly options: ClickHouseOptions
  readonly environment: Environment
  readonly library: string
  readonly work: WorkFolder
}

/**
 * Starts ClickHouse as a local process, on free ports of 127.0.0.1; resolves when it answers a query.
 *
 * It is the server inside the library of the npm package `chdb`. Against an installed server it lacks the queue of
 * asynchronous inserts, replicated tables (they stay read-only), and users, roles and policies made by SQL. Acknowledged
 * inserts survive `SIGKILL`. Whatever happens to this process, the server ends with it.
 *
 * @throws LocalStackError `STACK_PLATFORM_UNSUPPORTED`, `STACK_CHDB_MISSING`, `STACK_DISK_LOW`, `STACK_OPTIONS_INVALID`,
 *   `STACK_PORT_TAKEN`, `STACK_SERVER_DIED`, `STACK_NOT_READY`
 */
export async function startClickHouse(options: ClickHouseOptions = {}): Promise<LocalClickHouse> {
  const environment = options.environment ?? processEnvironment()
  const config = {
    serverSettings: options.serverSettings ?? {},
    mergeTreeSettings: options.mergeTreeSettings ?? {},
    settings: options.settings ?? {},
    users: options.users ?? [],
  }
  checkConfig(config)
  const library = findChdbLibrary()
  await requireFreeDisk(options.dataDir ?? tmpdir(), leastDiskBytes, 'ClickHouse')
  const work = await createWorkFolder('clickhouse', options)
  try {
    await mkdir(join(work.path, 'data'), { recursive: true })
    await writeFile(join(work.path, 'users.xml'), usersXml(config))
    await writeFile(join(work.path, 'config.xml'), configXml(config, join(work.path, 'users.xml')))
    const launch = { options, environment, library, work }
    const { preferredPort } = options
    return await retryTakenPorts((attempt) => launchServer(launch, attempt === 1 ? preferredPort : undefined))
  } catch (error) {
    await work.remove()
    throw error
  }
}

async function launchServer(launch: Launch, preferredPort: number | undefined): Promise<LocalClickHouse> {
  const { options, work } = launch
  const [httpPort, tcpPort] = (await choosePorts(2, preferredPort === undefined ? [] : [preferredPort])) as [
    number,
    number,
  ]
  const url = `http://127.0.0.1:${httpPort}`
  const script = scriptCommand('./clickhouse-server', import.meta.url)
  const server = createServerProcess({
    name: 'clickhouse',
    command: script.command,
    args: [...script.args, launch.library, ...serverArguments(launch, httpPort, tcpPort)],
    // A server in a container has UTC too; the machine's zone must not change what a query answers.
    env: { ...withoutNodeOptions(launch.environment), TZ: 'UTC' },
    folder: work.path,
    logFile: await work.logFile('clickhouse'),
    removeWhenAbandoned: work.removeWhenAbandoned,
    startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
    stopTimeoutMs: options.stopTimeoutMs ?? defaultStopTimeoutMs,
    missing: (signal) => clickHouseMissing(url, signal),
    async askToStop(signal) {
      await runQuery(url, endingQuery, signal)
    },
    logger: options.logger,
  })
  await server.start(options.signal)
  options.logger?.info({ url, pid: server.pid }, 'clickhouse is ready')
  const handle = createServerHandle(server, work.howToStop, () => work.remove())
  return Object.assign(handle, { url, tcpPort, dataDir: work.path })
}

function serverArguments(launch: Launch, httpPort: number, tcpPort: number): readonly string[] {
  const { work, options } = launch
  return [
    `--config-file=${join(work.path, 'config.xml')}`,
    `--path=${join(work.path, 'data')}`,
    `--log-level=${options.logLevel ?? 'information'}`,
    '--listen_host=127.0.0.1',
    `--http_port=${httpPort}`,
    `--tcp_port=${tcpPort}`,
    `--query=SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; ${endlessQuery}`,
  ]
}
