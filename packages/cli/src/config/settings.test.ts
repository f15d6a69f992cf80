import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandError } from '../errors/command-error.ts'
import { loadSettings } from './settings.ts'

let cwd: string

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'ledgerbus-settings-'))
})

afterEach(() => {
  rmSync(cwd, { recursive: true })
})

function write(name: string, text: string): string {
  const path = join(cwd, name)
  writeFileSync(path, text)
  return path
}

async function refusal(action: () => unknown): Promise<CommandError> {
  try {
    await action()
  } catch (error) {
    return error as CommandError
  }
  throw new Error('it was accepted')
}

describe('settings', () => {
  it('take a flag before the environment, the environment before the project file', async () => {
    write(
      'ledgerbus.config.json',
      JSON.stringify({ kafka: { brokers: ['file:1'] }, clickhouse: { url: 'http://file:1' } }),
    )
    const env = { KAFKA_BROKERS: 'env:1, env:2' }

    const byFile = await loadSettings({}, { env: {}, cwd })
    const byEnvironment = await loadSettings({}, { env, cwd })
    const byFlag = await loadSettings({ brokers: ['flag:1'] }, { env, cwd })

    expect(byFile.kafka().brokers).toEqual(['file:1'])
    expect(byEnvironment.kafka().brokers).toEqual(['env:1', 'env:2'])
    expect(byEnvironment.clickHouse().url).toBe('http://file:1')
    expect(byFlag.kafka().brokers).toEqual(['flag:1'])
  })

  it('find the project file in a folder above', async () => {
    const path = write('ledgerbus.config.yaml', 'kafka:\n  brokers: [yaml:1]\n')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(cwd, 'a', 'b'), { recursive: true })
    const settings = await loadSettings({}, { env: {}, cwd: join(cwd, 'a', 'b') })
    expect(settings.projectFile).toBe(path)
    expect(settings.kafka().brokers).toEqual(['yaml:1'])
  })

  it('read a project file in TypeScript, and its definitions as they are', async () => {
    write(
      'ledgerbus.config.ts',
      `const definition = Object.freeze({ name: 'order.created', topic: {}, payload: {} })
       export default { events: [definition] as const }`,
    )
    const { project } = await loadSettings({}, { env: {}, cwd })
    expect(project.events).toHaveLength(1)
    expect(Object.isFrozen(project.events?.[0])).toBe(true)
  })

  it('say where an address can come from when none is given', async () => {
    const settings = await loadSettings({}, { env: {}, cwd })
    const error = await refusal(() => settings.kafka())
    expect(error).toMatchObject({ code: 'CLI_CONFIGURATION', exitCode: 3 })
    expect(error.remedy).toMatch(/KAFKA_BROKERS.*--brokers.*ledgerbus\.config\.ts/u)
  })

  it('name every problem of the environment at once, without the values', async () => {
    const env = { KAFKA_SSL: 'perhaps', CLICKHOUSE_URL: 'ftp://h/', LEDGERBUS_LOG_LEVEL: 'loud' }
    const error = await refusal(() => loadSettings({}, { env, cwd }))
    expect(error.message).toMatch(/KAFKA_SSL.*CLICKHOUSE_URL.*LEDGERBUS_LOG_LEVEL/u)
    expect(error.message).not.toMatch(/perhaps|ftp|loud/u)
  })

  it.each(['nonsense', 'localhost:8123', 'http://'])('name an address that is none: %s', async (address) => {
    const error = await refusal(() => loadSettings({}, { env: { CLICKHOUSE_URL: address }, cwd }))
    expect(error).toMatchObject({ code: 'CLI_CONFIGURATION', exitCode: 3 })
    expect(error.message).toBe('the environment: CLICKHOUSE_URL must be an http or https address')
  })

  it('take an empty variable for one that is not set', async () => {
    const settings = await loadSettings({}, { env: { KAFKA_BROKERS: 'a:1', KAFKA_SSL: '' }, cwd })
    expect(settings.kafka().ssl).toBeUndefined()
  })

  it('refuse a password in an address', async () => {
    const error = await refusal(() => loadSettings({}, { env: { CLICKHOUSE_URL: 'http://u:hunter2@h:1' }, cwd }))
    expect(error.message).toMatch(/CLICKHOUSE_URL/u)
    expect(error.message).not.toContain('hunter2')
  })

  it('refuse a password in the project file, which is committed', async () => {
    write('ledgerbus.config.json', JSON.stringify({ clickhouse: { url: 'http://h:1', password: 'hunter2' } }))
    const error = await refusal(() => loadSettings({}, { env: {}, cwd }))
    expect(error.message).toMatch(/password/u)
    expect(error.message).not.toContain('hunter2')
  })

  it('refuse what a project file may not say of replays: a misspelled guard rail would be none', async () => {
    write('ledgerbus.config.json', JSON.stringify({ replay: { allowedTarget: ['orders'], maxEntries: 0 } }))
    const error = await refusal(() => loadSettings({}, { env: {}, cwd }))
    expect(error).toMatchObject({ code: 'CLI_CONFIGURATION' })
    expect(error.message).toMatch(/replay\.maxEntries: .*replay: .*allowedTarget/u)
  })

  it('name a project file that cannot be read or does not exist', async () => {
    const broken = write('ledgerbus.config.ts', 'export default {')
    expect((await refusal(() => loadSettings({}, { env: {}, cwd }))).message).toContain(broken)
    expect((await refusal(() => loadSettings({ config: 'nowhere.ts' }, { env: {}, cwd }))).message).toContain(
      'nowhere.ts',
    )
  })

  it('want SASL whole or not at all', async () => {
    const settings = await loadSettings({}, { env: { KAFKA_BROKERS: 'a:1', KAFKA_SASL_USERNAME: 'u' }, cwd })
    expect((await refusal(() => settings.kafka())).message).toMatch(/belong together/u)
  })
})

describe('secrets', () => {
  const env = {
    KAFKA_BROKERS: 'a:1',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'u',
    KAFKA_SASL_PASSWORD: 'hunter2',
    CLICKHOUSE_URL: 'http://h:1',
  }

  it('can be revealed on purpose and in no other way', async () => {
    const settings = await loadSettings({}, { env, cwd })
    const { sasl } = settings.kafka()
    expect(sasl?.password.reveal()).toBe('hunter2')
    expect(inspect(sasl, { depth: 5 })).not.toContain('hunter2')
    expect(JSON.stringify(sasl)).not.toContain('hunter2')
    expect(sasl?.password.toString()).toBe('[secret]')
  })

  it('are read from the file a variable names, without its last line end', async () => {
    const CLICKHOUSE_PASSWORD_FILE = write('password', 'hunter2\n')
    const settings = await loadSettings({}, { env: { ...env, CLICKHOUSE_PASSWORD_FILE }, cwd })
    expect(settings.clickHouse().password?.reveal()).toBe('hunter2')
  })

  it('come from one place only', async () => {
    const CLICKHOUSE_PASSWORD_FILE = write('password', 'hunter2')
    const both = { ...env, CLICKHOUSE_PASSWORD: 'other', CLICKHOUSE_PASSWORD_FILE }
    expect((await refusal(() => loadSettings({}, { env: both, cwd }))).message).toMatch(/both set/u)
  })

  it('are missed when their file is not there', async () => {
    const missing = { ...env, CLICKHOUSE_PASSWORD_FILE: join(cwd, 'nowhere') }
    expect((await refusal(() => loadSettings({}, { env: missing, cwd }))).message).toMatch(
      /CLICKHOUSE_PASSWORD_FILE cannot be read \(ENOENT\)/u,
    )
  })
})
