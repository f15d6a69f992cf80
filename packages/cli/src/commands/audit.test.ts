import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEntry, NextOffset } from '@ledgerbus/core'
import { createFakeClock, createInMemoryAuditLog } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Ran, run, type World } from '../../test/fake-edge.ts'
import { aFilledWorld, type FilledWorld } from '../../test/filled-world.ts'
import { Interruption } from '../edge/interruption.ts'

let world: FilledWorld
let entries: readonly AuditEntry[]

beforeEach(async () => {
  world = await aFilledWorld(60)
  entries = world.auditLog.controls.entries()
  const admin = world.broker.createAdmin()
  await admin.start()
  await admin.setGroupOffsets(
    'ledgerbus-audit-sink',
    [0n, 60n, 0n].map((offset, partition) => ({ topic: 'orders', partition, offset: offset as NextOffset })),
  )
  await admin.close()
})

const json = ({ stdout }: Ran): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>
const forged = (entry: AuditEntry): AuditEntry => ({ ...entry, record: { ...entry.record, value: Uint8Array.of(1) } })

describe('audit verify', () => {
  it('ends with 0 and says how much it compared', async () => {
    const { exitCode, stdout, stderr } = await run('audit verify', world)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/orders\s+1\s+0-60\s+60\s+60\s+0\s+0\s+0\s+0/u)
    expect(stdout).toMatch(/complete: the log has every record, byte for byte \(60 records in 3 partitions/u)
  })

  it('ends with 1 and the place of each finding, and a json report that says the same', async () => {
    const [gone, changed] = [entries[3], entries[7]] as [AuditEntry, AuditEntry]
    world.auditLog.controls.remove([gone])
    world.auditLog.controls.tamper([forged(changed)])
    const told = await run('audit verify', world)
    expect(told.exitCode).toBe(1)
    expect(told.stdout).toMatch(
      /missing {4}orders\/1\/3 {2}2026-01-31T12:01:30\.000Z\n {2}differing {2}orders\/1\/7 .* value\n/u,
    )
    expect(told.stdout).toMatch(/the log differs: 1 missing, 1 differing/u)
    expect(told.stderr).toMatch(/CLI_LOG_DIFFERS/u)

    expect(json(await run('audit verify -o json', world))).toMatchObject({
      schemaVersion: 1,
      verdict: 'findings',
      groupId: 'ledgerbus-audit-sink',
      findings: [
        { kind: 'missing', topic: 'orders', partition: 1, offset: '3', kafkaTime: '2026-01-31T12:01:30.000Z' },
        { kind: 'differing', offset: '7', parts: ['value'] },
      ],
      partitions: [{}, { records: 60, same: 58, findings: { missing: 1, differing: 1 } }, {}],
    })
    const lines = (await run('audit verify -o jsonl', world)).stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'partition',
      'partition',
      'partition',
      'finding',
      'finding',
      'report',
    ])
  })

  it('ends with 4 where nothing is wrong and not everything could be compared', async () => {
    world.broker.controls.deleteRecords({ topic: 'orders', partition: 1 }, 10n)
    const { exitCode, stdout } = await run('audit verify', world)
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/orders\/1 {2}10 entries of records that Kafka let go, offsets 0 to 9/u)
    expect((await run('audit verify --from-offset 10', world)).exitCode).toBe(0)
  })

  it('lists as many findings as asked for, and counts all', async () => {
    world.auditLog.controls.remove(entries)
    const { stdout } = await run('audit verify --max-findings 2', world)
    expect(stdout).toMatch(/and 58 more/u)
    expect(stdout).toMatch(/60 missing/u)
  })

  it.each([
    [['--from', '2026-01-31T12:10:00Z'], 40],
    [['--from', '2026-01-31T12:00:00Z', '--to', '2026-01-31T12:05:00Z'], 10],
    [['--from-offset', '50', '--to-offset', '55'], 5],
    [['--partition', '1'], 60],
    [['--partition', '0', '--partition', '2'], 0],
    [['--topic', 'ord*', '--group', 'none'], 60],
  ])('%j compares %d records', async (flags, count) => {
    const { partitions } = json(await run(['audit', 'verify', '-o', 'json', ...flags], world))
    expect((partitions as { records: number }[]).reduce((sum, { records }) => sum + records, 0)).toBe(count)
  })

  it.each([
    ['--group nobody', /CLI_GROUP_UNKNOWN/u],
    ['--topic ordres', /CLI_TOPIC_UNKNOWN.*did you mean orders/u],
    ['--topic nothing*', /AUDIT_VERIFY_INVALID/u],
    ['--seals s --topic orders', /CLI_USAGE.*--seals/u],
    ['--anchor abc', /CLI_USAGE.*--anchor belongs to --seals/u],
    ['--partition -1', /partition/u],
    ['--from-offset x', /Use an offset/u],
    ['--from 2026-02-30', /does not exist/u],
  ])('%s ends with 2', async (flags, message) => {
    const { exitCode, stderr } = await run(`audit verify ${flags}`, world)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
  })

  it('ends with 3 when the log is away, and with 130 when it is interrupted', async () => {
    const interrupted = AbortSignal.abort(new Interruption('SIGINT'))
    expect((await run('audit verify', { ...world, interrupted })).exitCode).toBe(130)
    world.auditLog.controls.goDown()
    expect((await run('audit verify', world)).exitCode).toBe(3)
  })
})

describe('audit seal', () => {
  let sealed: World
  beforeEach(() => {
    const clock = createFakeClock({ startMs: Date.UTC(2026, 1, 1, 1) })
    sealed = { ...world, clock, sealsIn: mkdtempSync(join(tmpdir(), 'ledgerbus-seal-test-')) }
  })

  it('seals yesterday, once, and verify then finds what was changed afterwards', async () => {
    const first = await run('audit seal --seals s -o json', sealed)
    expect(first).toMatchObject({ exitCode: 0, stderr: '' })
    expect(json(first)).toMatchObject({ state: 'sealed', day: '2026-01-31', number: 1, entries: 60, isSigned: false })
    expect(json(await run('audit seal --seals s -o json', sealed))).toMatchObject({ state: 'present', number: 1 })

    const intact = await run('audit verify --seals s', sealed)
    expect(intact).toMatchObject({ exitCode: 0, stderr: '' })
    expect(intact.stdout).toMatch(/intact: every sealed entry is as it was \(60 sealed entries/u)

    world.auditLog.controls.tamper([forged(entries[7] as AuditEntry)])
    const changed = await run('audit verify --seals s', sealed)
    expect(changed.exitCode).toBe(1)
    expect(changed.stdout).toMatch(/differing {2}orders\/1\/7 /u)
    expect(json(await run('audit verify --seals s -o json', sealed))).toMatchObject({
      verdict: 'findings',
      seals: 1,
      findings: [{ kind: 'differing', offset: '7' }],
    })
  })

  it('says what keeps a day from being sealed', async () => {
    const { exitCode, stderr } = await run('audit seal --seals s --day 2026-02-01', sealed)
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/AUDIT_SEAL_NOT_DUE: nothing was sealed: 2026-02-01 is not over yet/u)
  })

  it('needs a folder', async () => {
    expect(await run('audit seal', sealed)).toMatchObject({ exitCode: 2 })
  })

  it('signs with the key of the environment, and verify insists on it; the key is shown nowhere', async () => {
    const pair = () =>
      generateKeyPairSync('ed25519', {
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      })
    const [ours, theirs] = [pair(), pair()]
    const base = { KAFKA_BROKERS: 'memory:1', CLICKHOUSE_URL: 'http://memory:1' }
    const file = join(sealed.sealsIn ?? '', 'key.pem')
    await writeFile(file, ours.privateKey)
    const signed = await run('audit seal --seals s', { ...sealed, env: { ...base, LEDGERBUS_SEAL_KEY_FILE: file } })
    expect(signed.stdout).toMatch(/signed\n/u)
    const verify = (publicKey: string) =>
      run('audit verify --seals s', { ...sealed, env: { ...base, LEDGERBUS_SEAL_PUBLIC_KEY: publicKey } })
    expect((await verify(ours.publicKey)).exitCode).toBe(0)
    const other = await verify(theirs.publicKey)
    expect(other.exitCode).toBe(1)
    expect(other.stdout).toMatch(/seal 1: is not signed with this key/u)
    const broken = await run('audit seal --seals t', {
      ...sealed,
      env: { ...base, LEDGERBUS_SEAL_KEY: 'canary-secret' },
    })
    expect(broken.exitCode).toBe(3)
    expect(broken.stdout + broken.stderr + signed.stdout).not.toMatch(/canary-secret|PRIVATE KEY/u)
  })

  it('lets forged proofs fail: a seal that was changed, removed, or never there', async () => {
    await run('audit seal --seals s', sealed)
    const folder = join(sealed.sealsIn ?? '', 's')
    const hash = String(
      json(await run('audit verify --seals s -o json', sealed))['head'] &&
        (json(await run('audit verify --seals s -o json', sealed))['head'] as { hash: string }).hash,
    )
    const file = join(folder, (await readdir(folder)).find((name) => name.endsWith('.seal.json')) ?? '')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('"entries": 60', '"entries": 59'))
    const edited = await run('audit verify --seals s', sealed)
    expect(edited).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/seal 1: was changed/u) as unknown })
    await writeFile(file, text)
    expect((await run(`audit verify --seals s --anchor ${hash}`, sealed)).exitCode).toBe(0)
    expect((await run(`audit verify --seals s --anchor ${'0'.repeat(64)}`, sealed)).exitCode).toBe(1)
    await rm(file)
    const none = await run('audit verify --seals s', sealed)
    expect(none).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/there is no seal at all/u) as unknown })
  })
})

describe('audit erase', () => {
  const word = ['--reason', 'request 42', '--by', 'dpo@example.org']

  it('prints a plan and erases nothing with --dry-run', async () => {
    const { exitCode, stdout, stderr } = await run('audit erase --entity order/o-7 --dry-run', world)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^1 entry with /u)
    expect(stdout).toMatch(/they are:\n.*order\.created {2}order\/o-7/u)
    expect(stdout).toMatch(/dry run: nothing was erased/u)
    expect(world.auditLog.controls.entries()).toEqual(entries)
  })

  it('erases what is confirmed, and the log then says so wherever it is asked', async () => {
    const { exitCode, stdout } = await run(['audit', 'erase', '--entity', 'order/o-7', ...word, '--yes'], world)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/erased 1 entry and removed 1 row/u)
    const shown = await run('logs show --status erased', world)
    expect(shown.stdout).toMatch(
      /erased {2}orders\/1\/7 {2}order\.created {2}\S+ {2}by=dpo@example\.org {2}request 42/u,
    )
    const [view] = (
      json(await run('logs show --status erased -o json', world)) as { entries: Record<string, unknown>[] }
    ).entries
    expect(view).toMatchObject({
      status: 'erased',
      offset: '7',
      key: null,
      headers: [],
      erasure: { was: 'ok', reason: 'request 42', by: 'dpo@example.org', event: { name: 'order.created' } },
    })
    expect((await run('logs show --entity order/o-7', world)).stderr).toMatch(/no entries match/u)
    expect((await run('audit verify', world)).exitCode).toBe(0)
  })

  it('is left out of replays, and counted', async () => {
    await run(['audit', 'erase', '--entity', 'order/o-7', ...word, '--yes'], world)
    const { stdout } = await run('replay --from 2026-01-31 --to 2026-02-01 --dry-run', world)
    expect(stdout).toMatch(/entries +59 with/u)
    expect(stdout).toMatch(/warning: erased: 1; left out, as their bytes are gone/u)
  })

  it('may be repeated', async () => {
    const argv = ['audit', 'erase', '--entity', 'order/o-7', ...word, '--yes', '-o', 'json']
    expect(json(await run(argv, world))).toMatchObject({ plan: { entries: 1 }, report: { erased: 1 } })
    expect(json(await run(argv, world))).toMatchObject({ plan: { entries: 0 }, report: { erased: 0 } })
  })

  it('asks a person, and erases nothing without a yes', async () => {
    const argv = ['audit', 'erase', '--actor', 'user/u-1', ...word]
    expect(await run(argv, world)).toMatchObject({ exitCode: 5 })
    const no = await run(argv, { ...world, isTerminal: true, answers: ['no'] })
    expect(no).toMatchObject({ exitCode: 5, asked: ['Erase them?'] })
    expect(world.auditLog.controls.entries()).toEqual(entries)
    expect(await run(argv, { ...world, isTerminal: true, answers: ['yes'] })).toMatchObject({ exitCode: 0 })
    expect(world.auditLog.controls.entries().every(({ reading }) => reading.status === 'erased')).toBe(true)
  })

  it.each([
    [['--entity', 'order/o-7', '--reason', 'r'], /--by/u],
    [['--entity', 'order/o-7', '--by', 'b'], /--reason/u],
    [['--entity', 'order', ...word], /AUDIT_ERASURE_INVALID/u],
    [['--from', '2026-01-31', ...word, '--yes'], /AUDIT_ERASURE_INVALID.*name what to erase/u],
    [['--topic', 'orders', ...word, '--yes'], /AUDIT_ERASURE_INVALID/u],
    [['--organization', '', ...word, '--yes'], /AUDIT_/u],
  ])('%j ends with 2 and erases nothing', async (flags, message) => {
    const { exitCode, stderr } = await run(['audit', 'erase', ...flags], world)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
    expect(world.auditLog.controls.entries()).toEqual(entries)
  })

  it('ends with 3 when the log is away', async () => {
    const auditLog = createInMemoryAuditLog()
    auditLog.controls.goDown()
    expect((await run('audit erase --entity order/o-7 --dry-run', { auditLog })).exitCode).toBe(3)
  })
})
