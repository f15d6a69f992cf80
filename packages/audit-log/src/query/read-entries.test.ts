import type { ConsumerRecord } from '@ledgerbus/core'
import { aConsumerRecord, createFakeClock, createRecordingLogger, eventually } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import {
  createFakeConnection,
  type FakeConnection,
  networkError,
  serverError,
} from '../../test/support/fake-connection.ts'
import { selectedRow } from '../../test/support/selected-row.ts'
import { tableNames } from '../table-names.ts'
import { encodeCursor } from './cursor.ts'
import { readEntries } from './read-entries.ts'
import { queryEntries } from './query-entries.ts'

const at = (offset: number): ConsumerRecord => aConsumerRecord({ offset: BigInt(offset) })

/** Rows of some records, then an error if there is one. */
async function* rows(offsets: readonly number[], error?: Error): AsyncGenerator<Uint8Array, void, undefined> {
  for (const offset of offsets) yield selectedRow(at(offset))
  if (error !== undefined) throw error
}

function setUp(...answers: readonly (() => AsyncIterable<Uint8Array>)[]) {
  const connection = createFakeConnection({ answer: (_, question) => answers[question]?.() ?? rows([]) })
  const needs = { connection, tables: tableNames('audit'), clock: createFakeClock(), logger: createRecordingLogger() }
  return { connection, needs }
}

type Needs = ReturnType<typeof setUp>['needs']

/** Reads everything; time passes as often as reading waits for it. */
async function readAll(
  needs: Needs,
  options: { cursor?: string } = {},
): Promise<{ offsets: number[]; error?: unknown }> {
  const offsets: number[] = []
  let isDone = false
  const reading = (async () => {
    for await (const { record } of readEntries(needs, {}, options)) offsets.push(Number(record.offset))
  })().finally(() => {
    isDone = true
  })
  const ended = reading.then(
    () => ({ offsets }),
    (error: unknown) => ({ offsets, error }),
  )
  await eventually(async () => {
    await needs.clock.advance(10_000)
    return isDone
  })
  return ended
}

const placesAsked = (connection: FakeConnection): readonly boolean[] =>
  connection.questions.map(({ sql }) => /kafka_timestamp [<>]=/.test(sql))

describe('reading all entries', () => {
  it('gives each record once where copies stand side by side', async () => {
    const { needs } = setUp(() => rows([1, 1, 2, 3, 3, 3]))
    expect(await readAll(needs)).toEqual({ offsets: [1, 2, 3] })
  })

  it('goes on behind the last entry when the connection breaks', async () => {
    const { connection, needs } = setUp(
      () => rows([1, 2], networkError('ECONNRESET')),
      () => rows([3], serverError(999, 'KEEPER_EXCEPTION')),
      () => rows([3, 4]),
    )
    expect(await readAll(needs)).toEqual({ offsets: [1, 2, 3, 4] })
    expect(placesAsked(connection)).toEqual([false, true, true])
    expect(needs.logger.texts('warn')).toHaveLength(2)
  })

  it('goes on when the answer ended within a row', async () => {
    async function* cut(): AsyncGenerator<Uint8Array, void, undefined> {
      yield selectedRow(at(1))
      yield selectedRow(at(2)).subarray(0, 10)
    }
    const { needs } = setUp(cut, () => rows([2]))
    expect(await readAll(needs)).toEqual({ offsets: [1, 2] })
  })

  it('gives up after a few tries that bring nothing', async () => {
    const breaking = () => rows([], networkError('ECONNREFUSED'))
    const { connection, needs } = setUp(breaking, breaking, breaking, breaking, breaking)
    expect(await readAll(needs)).toMatchObject({ offsets: [], error: { code: 'AUDIT_LOG_UNREACHABLE' } })
    expect(connection.questions).toHaveLength(4)
  })

  it('gives up at once when the server refuses the question', async () => {
    const { connection, needs } = setUp(() => rows([1], serverError(497, 'ACCESS_DENIED')))
    expect(await readAll(needs)).toMatchObject({ offsets: [1], error: { code: 'AUDIT_LOG_CONFIGURATION' } })
    expect(connection.questions).toHaveLength(1)
  })

  it('never passes over a row that it cannot read', async () => {
    async function* ofLaterVersion(): AsyncGenerator<Uint8Array, void, undefined> {
      yield selectedRow(at(1))
      yield selectedRow(at(2), { status: 'sealed' })
      yield selectedRow(at(3))
    }
    const { needs } = setUp(ofLaterVersion, ofLaterVersion, ofLaterVersion, ofLaterVersion)
    expect(await readAll(needs)).toMatchObject({ offsets: [1], error: { code: 'AUDIT_ROW_UNREADABLE' } })
  })

  it('begins behind a cursor', async () => {
    const { connection, needs } = setUp(() => rows([5]))
    await readAll(needs, { cursor: encodeCursor('oldest', at(4)) })
    expect(placesAsked(connection)).toEqual([true])
  })

  it('ends with the reason of an abort', async () => {
    const controller = new AbortController()
    const { needs } = setUp(() => rows([1, 2], networkError('ECONNRESET')))
    const reading = (async () => {
      for await (const entry of readEntries(needs, {}, { signal: controller.signal })) {
        if (entry.record.offset === 2n) controller.abort('enough')
      }
    })()
    await expect(reading).rejects.toBe('enough')
  })
})

describe('a page', () => {
  it('names the next one only where there is one, and asks no more to know it', async () => {
    const { connection, needs } = setUp(
      () => rows([3, 2, 1]),
      () => rows([1]),
    )
    const first = await queryEntries(needs, {}, { limit: 2 })
    expect(first.entries.map(({ record }) => record.offset)).toEqual([3n, 2n])
    expect(first.nextCursor).toBe(encodeCursor('newest', at(2)))
    const second = await queryEntries(
      needs,
      {},
      { limit: 2, ...(first.nextCursor !== undefined && { cursor: first.nextCursor }) },
    )
    expect(second.entries.map(({ record }) => record.offset)).toEqual([1n])
    expect(second).not.toHaveProperty('nextCursor')
    expect(connection.questions).toHaveLength(2)
  })

  it('is one question where each record stands twice', async () => {
    const { connection, needs } = setUp(() => rows([3, 3, 2, 2, 1, 1]))
    const page = await queryEntries(needs, {}, { limit: 2 })
    expect(page.entries.map(({ record }) => record.offset)).toEqual([3n, 2n])
    expect(page).toHaveProperty('nextCursor')
    expect(connection.questions.map(({ sql }) => /LIMIT \d+/.exec(sql)?.[0])).toEqual(['LIMIT 6'])
  })

  it('asks again, behind the last record, where copies used up the spare rows, too', async () => {
    const { connection, needs } = setUp(
      () => rows([3, 3, 3, 3, 3, 3]),
      () => rows([2, 2, 2, 2]),
      () => rows([1]),
    )
    const page = await queryEntries(needs, {}, { limit: 2 })
    expect(page.entries.map(({ record }) => record.offset)).toEqual([3n, 2n])
    expect(page).toHaveProperty('nextCursor')
    expect(connection.questions.map(({ sql }) => /LIMIT \d+/.exec(sql)?.[0])).toEqual(['LIMIT 6', 'LIMIT 4', 'LIMIT 2'])
    expect(placesAsked(connection)).toEqual([false, true, true])
  })

  it('asks for a thousand spare rows at most', async () => {
    const { connection, needs } = setUp()
    await queryEntries(needs, {}, { limit: 10_000 })
    expect(connection.questions[0]?.sql).toContain('LIMIT 11001')
  })

  it('ends early when its entries are large, and the rest is on the next one', async () => {
    async function* large(): AsyncGenerator<Uint8Array, void, undefined> {
      for (const offset of [1, 2, 3, 4]) {
        yield selectedRow(aConsumerRecord({ offset: BigInt(offset), value: new Uint8Array(12 * 1024 * 1024) }))
      }
    }
    const { needs } = setUp(large)
    const page = await queryEntries(needs, {}, { order: 'oldest' })
    expect(page.entries).toHaveLength(3)
    expect(page.nextCursor).toBe(encodeCursor('oldest', at(3)))
  })

  it.each([0, -1, 1.5, 10_001, Number.NaN])('of %d entries is refused', async (limit) => {
    await expect(queryEntries(setUp().needs, {}, { limit })).rejects.toMatchObject({ code: 'AUDIT_SELECTION_INVALID' })
  })
})
