import { randomBytes } from 'node:crypto'
import type { Logger } from '@ledgerbus/core'
import { createRecordingLogger } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { type ClickHouseAuditLog, createAuditLog } from '../../src/index.ts'

/** A log whose tables nobody else uses. */
export interface OwnLog {
  readonly log: ClickHouseAuditLog
  readonly prefix: string
  /** Asks ClickHouse past the log. */
  ask(sql: string): Promise<string>
}

export function newPrefix(): string {
  return `t_${randomBytes(6).toString('hex')}`
}

/** Migrated, and keeping entries for a hundred years: tests have times of their own. */
export async function createOwnLog(options: { readonly url?: string; readonly logger?: Logger } = {}): Promise<OwnLog> {
  const { url = stackAddresses().clickhouseUrl, logger = createRecordingLogger() } = options
  const prefix = newPrefix()
  const log = createAuditLog({ url, tablePrefix: prefix, logger })
  await log.migrate({ retentionDays: 36_500 })
  await log.start()
  return { log, prefix, ask: (sql) => askClickHouse(url, sql) }
}

/** Runs a statement as it stands. */
export async function askClickHouse(url: string, sql: string): Promise<string> {
  const address = new URL(url)
  const user = `${decodeURIComponent(address.username) || 'default'}:${decodeURIComponent(address.password)}`
  const answer = await fetch(address.origin, {
    method: 'POST',
    body: sql,
    headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text.trim()
}
