import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalClickHouse } from '@ledgerbus/local-stack'

/**
 * Gives a running server a file of configuration, as people do, and starts it again with it: its ports stay, so that files may name them.
 *
 * @param files by their place beside `config.xml`: `config.d/cluster.xml`, `users.d/audit.xml`
 */
export async function reconfigure(server: LocalClickHouse, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(server.dataDir, path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, text)
  }
  await server.restart()
}

/** `remote_servers` with one shard for each of these servers. */
export function clusterXml(name: string, servers: readonly LocalClickHouse[]): string {
  const shards = servers.map(
    ({ tcpPort }) => `<shard><replica><host>127.0.0.1</host><port>${tcpPort}</port></replica></shard>`,
  )
  return `<clickhouse><remote_servers><${name}>${shards.join('')}</${name}></remote_servers></clickhouse>\n`
}
