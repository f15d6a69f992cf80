import { randomUUID } from 'node:crypto'
import { builderTimeMs, eventually } from '@ledgerbus/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAuditRecord, rangeOf } from './support/a-range.ts'
import { createOwnLog, type OwnLog } from './support/own-log.ts'

let own: OwnLog
beforeAll(async () => {
  own = await createOwnLog()
})
afterAll(() => own.log.close())

const rowsAnInsert = 25

/** An insert of one partition, at times that have nothing to do with the order of inserts. */
async function insert(topic: string, partition: number, number: number): Promise<void> {
  const records = Array.from({ length: rowsAnInsert }, (_, index) => {
    const offset = BigInt(number * rowsAnInsert + index)
    const spread = BigInt(((number * 7_919 + partition * 104_729) % 1_000) * 86_400)
    return anAuditRecord({ topic, partition, offset, timestampMs: builderTimeMs - spread * 1_000n })
  })
  expect(await own.log.insert(rangeOf(records))).toEqual({ kind: 'ok' })
}

describe('a tail beside sinks and merges', () => {
  it('gives every record once, in the order of offsets within its partition', { timeout: 120_000 }, async () => {
    const topic = `orders-${randomUUID()}`
    const [partitions, inserts] = [4, 15]
    const next = new Map<number, bigint>()
    let seen = 0
    let hasBegun = false
    const following = (async () => {
      for await (const { record } of own.log.tail({ topics: [topic] }, { pollMs: 5 })) {
        if (record.partition === 99) {
          hasBegun = true
          continue
        }
        expect(record.offset).toBe(next.get(record.partition) ?? 0n)
        next.set(record.partition, record.offset + 1n)
        seen += 1
        if (seen === partitions * inserts * rowsAnInsert) return
      }
    })()
    let marker = 0
    await eventually(async () => {
      await insert(topic, 99, marker)
      marker += 1
      return hasBegun
    })
    let isOver = false
    const merging = (async () => {
      while (!isOver) await own.ask(`OPTIMIZE TABLE ${own.prefix}_events FINAL`)
    })()
    await Promise.all(
      Array.from({ length: partitions }, async (_, partition) => {
        for (let number = 0; number < inserts; number += 1) await insert(topic, partition, number)
      }),
    )
    await following
    isOver = true
    await merging
    expect(seen).toBe(partitions * inserts * rowsAnInsert)
  })

  it('sees what stands in quarantine, and no copy of what it gave out', async () => {
    const topic = `orders-${randomUUID()}`
    const at = (offset: bigint, timestampMs = builderTimeMs): ReturnType<typeof anAuditRecord> =>
      anAuditRecord({ topic, offset, timestampMs })
    const seen: bigint[] = []
    const following = (async () => {
      for await (const { record } of own.log.tail({ topics: [topic] }, { pollMs: 5 })) {
        seen.push(record.offset)
        if (record.offset === 1_000n) return
      }
    })()
    let marker = 10n
    await eventually(async () => {
      expect(await own.log.insert(rangeOf([at(marker)]))).toEqual({ kind: 'ok' })
      marker += 1n
      return seen.length > 0
    })
    const last = marker - 1n
    await eventually(() => seen.at(-1) === last)
    // A range cut elsewhere than before is stored again; a time of the year 1 stands in quarantine.
    expect(await own.log.insert(rangeOf([at(last), at(200n)]))).toEqual({ kind: 'ok' })
    expect(await own.log.insert(rangeOf([at(300n, -62_135_596_800_000n)]))).toEqual({ kind: 'ok' })
    await eventually(() => seen.includes(300n) && seen.includes(200n))
    expect(await own.log.insert(rangeOf([at(1_000n)]))).toEqual({ kind: 'ok' })
    await following
    expect(new Set(seen).size).toBe(seen.length)
  })
})
