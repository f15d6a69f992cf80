import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { decodeEnvelope, partitionOf } from '@ledgerbus/core'
import { createInMemoryBroker, eventually, type InMemoryBroker } from '@ledgerbus/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { projectFolder, run } from '../../test/fake-edge.ts'
import { Interruption } from '../edge/interruption.ts'

let broker: InMemoryBroker

beforeEach(async () => {
  broker = createInMemoryBroker()
  const admin = broker.createAdmin()
  await admin.start()
  await admin.createTopics([{ name: 'orders', partitions: 3 }])
  await admin.close()
})

function created(id: string, total: unknown = 100): string {
  const event = {
    name: 'order.created',
    entityId: id,
    actor: { type: 'user', id: 'u-1' },
    payload: { after: { total } },
  }
  return JSON.stringify(event)
}

function published(): string[] {
  return broker.controls
    .records('orders')
    .map(({ value }) => decodeEnvelope(value as Uint8Array))
    .map(({ name, entity, source }) => `${name} ${entity?.id} by ${source}`)
    .toSorted()
}

describe('publish', () => {
  it('publishes each line of stdin as the event it names', async () => {
    const stdin = `${created('o-1')}\n${JSON.stringify({ name: 'order.cancelled', entityId: 'o-2' })}\n`
    const { exitCode, stdout, stderr } = await run('publish --source import', { broker, cwd: projectFolder, stdin })
    expect(exitCode).toBe(0)
    expect(stdout).toBe('published 2\n')
    expect(stderr).toBe('')
    expect(published()).toEqual(['order.cancelled o-2 by import', 'order.created o-1 by import'])
  })

  it('reads a file, relative to where it is called', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ledgerbus-publish-'))
    const file = join(folder, 'events.ndjson')
    writeFileSync(file, created('o-1'))
    const { exitCode } = await run(['publish', file], { broker, cwd: projectFolder })
    rmSync(folder, { recursive: true })
    expect(exitCode).toBe(0)
    expect(published()).toEqual(['order.created o-1 by ledgerbus'])
  })

  it('reports wrong lines with their numbers, publishes the others, and ends with 4', async () => {
    const stdin = [
      created('o-1'),
      created('o-2', 'a hundred'),
      '',
      '{"name":"order.created"',
      '[]',
      '{"entityId":"o-3"}',
      '{"name":"order.craeted"}',
      created('o-4'),
    ].join('\n')
    const { exitCode, stdout, stderr } = await run('publish', { broker, cwd: projectFolder, stdin })

    expect(exitCode).toBe(4)
    expect(stdout).toBe('published 2, 5 invalid\n')
    expect(published()).toHaveLength(2)
    expect(stderr).toMatch(/^line 2: EVENT_INVALID: order\.created: payload\.after\.total/mu)
    expect(stderr).toMatch(/^line 4: CLI_LINE_INVALID: it is no JSON object/mu)
    expect(stderr).toMatch(/^line 5: CLI_LINE_INVALID/mu)
    expect(stderr).toMatch(/^line 6: CLI_LINE_INVALID: name/mu)
    expect(stderr).toMatch(/^line 7: CLI_EVENT_UNKNOWN: .*did you mean order\.created\?/mu)
    expect(stderr).not.toContain('a hundred')
  })

  it('ends with 2 when no line is an event', async () => {
    const { exitCode, stderr } = await run('publish', { broker, cwd: projectFolder, stdin: 'a,b,c\n1,2,3\n' })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_INPUT_INVALID: none of 2 lines/u)
    expect(published()).toEqual([])
  })

  it('takes a folder for no input', async () => {
    const { exitCode, stderr } = await run(['publish', tmpdir()], { broker, cwd: projectFolder })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/CLI_USAGE: .* cannot be read: it is a folder/u)
  })

  it('names as JSON in its report a hundred wrong lines, and the others on stderr', async () => {
    const stdin = '[]\n'.repeat(102)
    const { stdout, stderr } = await run('publish -o json', { broker, cwd: projectFolder, stdin })
    expect((JSON.parse(stdout) as { problems: unknown[] }).problems).toHaveLength(100)
    expect(stderr.match(/^line \d+/gmu)).toEqual(['line 101', 'line 102'])
  })

  it('is done with an empty input', async () => {
    const { exitCode, stdout } = await run('publish', { broker, cwd: projectFolder, stdin: '' })
    expect(exitCode).toBe(0)
    expect(stdout).toBe('published 0\n')
  })

  it('counts what Kafka refused, names the first cause, and ends with 4 when the rest is published', async () => {
    const refused = partitionOf(new TextEncoder().encode('o-1'), 3)
    broker.controls.inject({ at: 'append', partition: refused, outcome: 'unknown' })
    const elsewhere = ['o-2', 'o-3', 'o-4', 'o-5'].find(
      (id) => partitionOf(new TextEncoder().encode(id), 3) !== refused,
    )
    const stdin = `${created('o-1')}\n${created(elsewhere ?? '')}\n`
    const { exitCode, stdout, stderr } = await run('publish -o json', { broker, cwd: projectFolder, stdin })
    expect(exitCode).toBe(4)
    expect(JSON.parse(stdout)).toMatchObject({ published: 1, unknown: 1 })
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ line: 1, code: 'PUBLISH_UNKNOWN' }] })
    expect(stderr).toMatch(/CLI_PARTLY_DONE.*published 1, 1 unknown/u)
  })

  it('stops reading when it is interrupted, and says how many are published', async () => {
    const interrupted = AbortSignal.abort(new Interruption('SIGINT'))
    const { exitCode } = await run('publish', { broker, cwd: projectFolder, stdin: created('o-1'), interrupted })
    expect(exitCode).toBe(130)
    expect(published()).toEqual([])
  })

  it('does not wait for a silent pipe once it is interrupted, and reports what it published', async () => {
    const stdin = new PassThrough()
    const interrupt = new AbortController()
    stdin.write(`${created('o-1')}\n`)
    const running = run('publish -o json', { broker, cwd: projectFolder, stdin, interrupted: interrupt.signal })
    await eventually(() => published().length === 1)
    interrupt.abort(new Interruption('SIGINT'))
    const { exitCode, stdout } = await running
    expect(exitCode).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ published: 1 })
  })

  it('keeps its exit code when nobody reads its report', async () => {
    const { exitCode } = await run('publish', {
      broker,
      cwd: projectFolder,
      stdin: `${created('o-1')}\n[]`,
      isClosed: true,
    })
    expect(exitCode).toBe(4)
  })

  it('wants a file or a pipe, not a terminal', async () => {
    const { exitCode, stderr } = await run('publish', { broker, cwd: projectFolder, isTerminal: true })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/pipe NDJSON in/u)
  })

  it('names a file that cannot be read', async () => {
    const { exitCode, stderr } = await run('publish nowhere.ndjson', { broker, cwd: projectFolder })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/nowhere\.ndjson cannot be read/u)
  })

  it('ends with 2 when a topic of the definitions does not exist', async () => {
    const { exitCode, stderr } = await run('publish', { cwd: projectFolder, stdin: created('o-1') })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/TOPICS_MISSING/u)
    expect(stderr).toMatch(/ledgerbus topic apply/u)
  })
})
