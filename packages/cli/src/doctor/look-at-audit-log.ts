import { withAuditLog } from '../edge/connect.ts'
import type { Session } from '../edge/session.ts'
import { type Check, look } from './check.ts'
import { fetchText } from './fetch-text.ts'

/** Whether ClickHouse answers, in which version, and whether the table can keep the log's promises. */
export async function lookAtAuditLog(session: Session): Promise<readonly Check[]> {
  const server = await look('clickhouse', async () => {
    const { url, user, password } = session.settings.clickHouse()
    const version = await fetchText(session.edge, {
      what: 'ClickHouse',
      url: new URL(`?query=${encodeURIComponent('SELECT version()')}`, url).href,
      headers: {
        ...(user !== undefined && { 'X-ClickHouse-User': user }),
        ...(password !== undefined && { 'X-ClickHouse-Key': password.reveal() }),
      },
    })
    return { status: 'ok', said: `${url}: version ${version.trim()}` }
  })
  if (server.status !== 'ok') return [server]
  const table = await look('audit log', () =>
    withAuditLog(session, async () => ({ status: 'ok', said: 'the table is there and can keep the promises' })),
  )
  return [server, table]
}
