import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawnLedgerbus } from './spawned-ledgerbus.ts'

// Processes of their own: Node itself loads the file here, as it does for a person, and not the test runner.

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledgerbus-project-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

async function configuration(name: string, text: string) {
  const path = join(folder, name)
  writeFileSync(path, text)
  const { stdout } = await spawnLedgerbus(['doctor', '-o', 'json'], { env: {}, cwd: folder }).ended
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; said: string; remedy?: string }[] }
  return { path, ...checks.find((check) => check.name === 'configuration') }
}

describe('a project file', () => {
  it.each([
    ['ledgerbus.config.ts', 'export default { sink: { topics: ["orders"] } satisfies object }'],
    ['ledgerbus.config.mjs', 'export default () => ({ sink: { topics: ["orders"] } })'],
    ['ledgerbus.config.json', '{ "sink": { "topics": ["orders"] } }'],
    ['ledgerbus.config.yaml', 'sink:\n  topics: [orders]\n'],
  ])('is read as %s', async (name, text) => {
    expect(await configuration(name, text)).toMatchObject({ status: 'ok', said: expect.stringContaining(name) })
  })

  it('that cannot be parsed is named with its line', async () => {
    const { status, remedy, path } = await configuration('ledgerbus.config.ts', 'export default {\n  events: [,\n')
    expect(status).toBe('problem')
    expect(remedy).toMatch(/^correct .*ledgerbus\.config\.ts:\d+;/u)
    expect(remedy).toContain(path)
  })

  it('that throws is named with its line', async () => {
    const { said, remedy, path } = await configuration('ledgerbus.config.ts', '\nthrow new Error("no such region")\n')
    expect(said).toContain('no such region')
    expect(remedy).toContain(`correct ${path}:2;`)
  })

  it.each([
    ['export const events = []', 'there is no default export'],
    ['export default 5', 'the default export is no object'],
    ['export default null', 'the default export is no object'],
  ])('without anything in it says so: %s', async (text, problem) => {
    const { said, remedy } = await configuration('ledgerbus.config.ts', text)
    expect(said).toContain(problem)
    expect(remedy).toContain('export default defineConfig(')
  })
})
