import { join } from 'node:path'
import { createAuditLog } from '@ledgerbus/audit-log'
import { type LocalClickHouse, startClickHouse } from '@ledgerbus/local-stack'
import { type FaultProxy, startFaultProxy } from '@ledgerbus/testkit/proxy'

/** A ClickHouse of its own with the tables of a log, behind a proxy. */
export interface LogServer {
  readonly server: LocalClickHouse
  readonly proxy: FaultProxy
  /** Through the proxy. */
  readonly url: string
  stop(): Promise<void>
}

export interface LogServerOptions {
  /** Where the server's log goes. */
  readonly folder: string
  readonly tablePrefix: string
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

/** Rows of any Kafka time stay: what a run wrote must not age away under it. */
const retentionDays = 36_500

export async function startLogServer({ folder, tablePrefix, progress, signal }: LogServerOptions): Promise<LogServer> {
  const server = await startClickHouse({ logDir: join(folder, 'logs'), logLevel: 'warning', progress, signal })
  try {
    const auditLog = createAuditLog({ url: server.url, tablePrefix })
    try {
      await auditLog.migrate({ retentionDays, signal })
    } finally {
      await auditLog.close()
    }
    const proxy = await startFaultProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) })
    return {
      server,
      proxy,
      url: `http://${proxy.host}:${proxy.port}`,
      async stop() {
        await proxy.close()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}
