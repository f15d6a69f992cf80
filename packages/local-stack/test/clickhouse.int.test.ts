import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalClickHouse, startClickHouse } from '../src/index.ts'

const dataDir = join(tmpdir(), `ledgerbus-test-${randomUUID()}`)
let clickhouse: LocalClickHouse

beforeAll(async () => {
  clickhouse = await startClickHouse({
    dataDir,
    serverSettings: { background_pool_size: 4 },
    mergeTreeSettings: { fsync_after_insert: true, non_replicated_deduplication_window: 100 },
    settings: { max_threads: 2 },
    users: [
      {
        name: 'reader',
        password: 'p<&>ss',
        grants: ['GRANT SELECT ON audit.*'],
        rowFilters: [{ database: 'audit', table: 'entries', filter: "org = 'a' AND n < 10" }],
        settings: { readonly: 1 },
      },
    ],
  })
  await ask('CREATE DATABASE audit')
  await ask('CREATE TABLE audit.entries (n UInt32, org String) ENGINE = MergeTree ORDER BY n')
})
afterAll(async () => {
  await clickhouse?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** What the server answers, without the newline. */
async function ask(query: string, user?: { readonly name: string; readonly password: string }): Promise<string> {
  const headers = {
    connection: 'close',
    ...(user && { 'X-ClickHouse-User': user.name, 'X-ClickHouse-Key': user.password }),
  }
  const answer = await fetch(clickhouse.url, { method: 'POST', body: query, headers })
  return (await answer.text()).trimEnd()
}

describe('a local ClickHouse', () => {
  const reader = { name: 'reader', password: 'p<&>ss' }

  it('runs with the settings it was given, in UTC', async () => {
    expect(await ask("SELECT value FROM system.server_settings WHERE name = 'background_pool_size'")).toBe('4')
    expect(await ask("SELECT value FROM system.merge_tree_settings WHERE name = 'fsync_after_insert'")).toBe('1')
    expect(await ask("SELECT getSetting('max_threads')")).toBe('2')
    expect(await ask('SELECT timezone()')).toBe('UTC')
  })

  it('removes the copy of an insert in a table with a deduplication window', async () => {
    for (let time = 0; time < 2; time += 1) {
      await ask(
        "INSERT INTO audit.entries SETTINGS insert_deduplication_token = 'one' VALUES (1, 'a'), (2, 'b'), (11, 'a')",
      )
    }
    expect(await ask('SELECT count() FROM audit.entries')).toBe('3')
  })

  it('shows a user the rows of its filter, and lets it do what was granted', async () => {
    expect(await ask('SELECT n, org FROM audit.entries', reader)).toBe('1\ta')
    expect(await ask("INSERT INTO audit.entries VALUES (3, 'a')", reader)).toMatch(/ACCESS_DENIED|READONLY/)
    expect(await ask('SELECT 1', { ...reader, password: 'wrong' })).toContain('AUTHENTICATION_FAILED')
  })

  it.each([
    ['kill -9', async () => void (await clickhouse.kill('SIGKILL'))],
    ['an orderly end', async () => undefined],
  ])('has every acknowledged row after %s and a restart', async (_, end) => {
    const before = clickhouse.pid
    await ask("INSERT INTO audit.entries VALUES (20, 'c')")
    const rows = await ask('SELECT count() FROM audit.entries')
    await end()
    await clickhouse.restart()

    expect(clickhouse.pid).not.toBe(before)
    expect(await ask('SELECT count() FROM audit.entries')).toBe(rows)
  })

  it('answers nothing while it is frozen, and goes on afterwards', async () => {
    await clickhouse.kill('SIGSTOP')
    await expect(fetch(`${clickhouse.url}/ping`, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/)
    await clickhouse.kill('SIGCONT')
    expect(await ask('SELECT 1')).toBe('1')
  })

  it('leaves a folder alone that another server uses, and says why', async () => {
    await expect(startClickHouse({ dataDir, logDir: join(dataDir, 'second') })).rejects.toMatchObject({
      code: 'STACK_SERVER_DIED',
      message: expect.stringMatching(/lock/i),
    })
    expect(await ask('SELECT 1')).toBe('1')
  })

  it('takes a port only if it is free', async () => {
    const port = Number(new URL(clickhouse.url).port)
    const second = await startClickHouse({ preferredPort: port })
    expect(second.url).not.toBe(clickhouse.url)
    await second.stop()
    expect(existsSync(second.dataDir)).toBe(false)
    expect(await readFile(second.logFile, 'utf8')).toContain('Application')
  })
})
