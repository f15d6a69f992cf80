import { createFakeClock, createRecordingLogger } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { createFakeConnection, serverError } from '../../test/support/fake-connection.ts'
import { createRowBinaryWriter } from '../row/row-binary-writer.ts'
import { tableNames } from '../table-names.ts'
import { countStats } from './count-stats.ts'

/** What the server answers where nothing tells groups apart: one, and the sources with as many offsets as entries or fewer. */
function counted({ entries, offsets = entries }: { readonly entries: number; readonly offsets?: number }): Uint8Array {
  const writer = createRowBinaryWriter()
  for (const isGroup of [0, 1]) {
    writer.uint8(isGroup)
    writer.int64Of(0)
    writer.uint64(BigInt(entries))
    writer.uint64(0n)
    writer.uint64(BigInt(offsets))
  }
  return Uint8Array.from(writer.written())
}

function setUp(...answers: readonly (Uint8Array | Error)[]) {
  const connection = createFakeConnection({
    async *answer(_, question) {
      const answer = answers[question]
      if (answer instanceof Error) throw answer
      if (answer !== undefined) yield answer
    },
  })
  const needs = { connection, tables: tableNames('audit'), clock: createFakeClock(), logger: createRecordingLogger() }
  /** Of each question whether it was asked with `FINAL`, and of how many rows at most. */
  const asked = () =>
    connection.questions.map(({ sql, settings }) => ({
      final: /FROM audit_entries FINAL/.test(sql),
      most: settings['max_rows_to_read'],
    }))
  return { needs, asked }
}

const tooMany = serverError(158, 'TOO_MANY_ROWS')
const few = { final: true, most: '250000' }
const many = { final: false, most: undefined }

describe('counting', () => {
  it('asks once where there is little to read, and with FINAL', async () => {
    const { needs, asked } = setUp(counted({ entries: 3 }))
    expect(await countStats(needs, {}, {})).toMatchObject({ entries: 3 })
    expect(asked()).toEqual([few])
  })

  it.each([
    { why: 'there is much to read', refusal: tooMany },
    { why: 'the user may not set so high a limit', refusal: serverError(452, 'SETTING_CONSTRAINT_VIOLATION') },
  ])('looks for copies first where $why', async ({ refusal }) => {
    const { needs, asked } = setUp(refusal, counted({ entries: 3 }))
    expect(await countStats(needs, {}, {})).toMatchObject({ entries: 3 })
    expect(asked()).toEqual([few, many])
  })

  it('counts with FINAL, whatever there is to read, where it found copies', async () => {
    const { needs, asked } = setUp(tooMany, counted({ entries: 4, offsets: 3 }), counted({ entries: 3 }))
    expect(await countStats(needs, {}, {})).toMatchObject({ entries: 3 })
    expect(asked()).toEqual([few, many, { final: true, most: undefined }])
  })

  it('throws any other refusal', async () => {
    const { needs, asked } = setUp(serverError(497, 'ACCESS_DENIED'))
    await expect(countStats(needs, {}, {})).rejects.toMatchObject({ code: 'AUDIT_LOG_CONFIGURATION' })
    expect(asked()).toEqual([few])
  })
})
