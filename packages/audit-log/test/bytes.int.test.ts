import type { NextOffset } from '@ledgerbus/core'
import { expect, it } from 'vitest'
import { createOwnLog } from './support/own-log.ts'
import { randomRecord } from './support/random-records.ts'

const count = 200_000
const perInsert = 20_000

function isSame(left: Uint8Array | null, right: Uint8Array | null): boolean {
  return left === null || right === null ? left === right : Buffer.compare(left, right) === 0
}

it(`gives ${count.toLocaleString('en-US')} random values, valid and hostile, back byte for byte`, async () => {
  const { log } = await createOwnLog()
  const topic = 'any'
  let jsonBytes = 0
  for (let first = 0; first < count; first += perInsert) {
    const block = log.createBlock(randomRecord(topic, first))
    for (let index = first; index < first + perInsert; index += 1) {
      const record = randomRecord(topic, index)
      jsonBytes += record.value?.length ?? 0
      block.add(record)
    }
    const next = BigInt(first + perInsert) as NextOffset
    expect(await log.insert({ first: BigInt(first), next, block })).toEqual({ kind: 'ok' })
    block.release()
  }

  const statuses = new Map<string, number>()
  const different: bigint[] = []
  let expected = 0
  for await (const { record, reading } of log.read({ replays: 'include' }, { order: 'partition' })) {
    const original = randomRecord(topic, expected)
    const isWhole =
      record.offset === original.offset &&
      record.timestampMs === original.timestampMs &&
      isSame(record.key, original.key) &&
      isSame(record.value, original.value) &&
      record.headers.length === original.headers.length &&
      record.headers.every(({ name, value }, place) => {
        const header = original.headers[place]
        return header !== undefined && header.name === name && isSame(header.value, value)
      })
    if (!isWhole) different.push(original.offset)
    statuses.set(reading.status, (statuses.get(reading.status) ?? 0) + 1)
    expected += 1
  }
  await log.close()

  expect(different).toEqual([])
  expect(expected).toBe(count)
  // Some of each, or the values prove less than they should.
  expect(statuses.get('ok')).toBeGreaterThan(count / 2)
  expect(statuses.get('undecodable')).toBeGreaterThan(count / 50)
  expect(statuses.get('tombstone')).toBeGreaterThan(100)
  expect(jsonBytes).toBeGreaterThan(count * 100)
}, 300_000)
