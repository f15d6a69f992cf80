import { createSeededRandom, createSequentialIds } from '@ledgerbus/testkit'
import { expect, it } from 'vitest'
import { recordDigest } from '../witness/record-digest.ts'
import { hostilities, type Hostility, hostilityOf, makeRecord } from './hostile-records.ts'

function aRecord(hostility: Hostility | undefined, number = 1) {
  return makeRecord({
    number,
    key: 'k',
    random: createSeededRandom(3),
    ids: createSequentialIds(),
    hostility,
    nowMs: 1_800_000_000_000,
  })
}

it('draws every hostility, and most records without one', () => {
  const random = createSeededRandom(1)
  const drawn = Array.from({ length: 50_000 }, () => hostilityOf(random.next()))
  expect(new Set(drawn).size).toBe(hostilities.length + 1)
  expect(drawn.filter((hostility) => hostility === undefined).length).toBeGreaterThan(45_000)
})

it('makes no two records alike, whatever they are', () => {
  const records = [undefined, ...hostilities].flatMap((hostility) => [aRecord(hostility, 1), aRecord(hostility, 2)])
  expect(new Set(records.map((record) => recordDigest(record))).size).toBe(records.length)
})

it('makes what it says', () => {
  const text = (hostility: Hostility): string => Buffer.from(aRecord(hostility).value ?? '').toString()
  expect(aRecord('tombstone').value).toBeNull()
  expect(aRecord('empty value').value).toHaveLength(0)
  expect(text('1e400')).toContain('"filling":1e400')
  expect(text('lone surrogate')).toContain('"filling":"\\ud800 and \\udfff"')
  expect(text('year 1')).toContain('"timestamp":"0001-01-01T00:00:00.000Z"')
  expect(text('depth 10,000').length).toBeGreaterThan(20_000)
  expect(text('100 kB').length).toBeGreaterThan(100_000)
  expect(() => JSON.parse(text('malformed JSON'))).toThrow(SyntaxError)
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(aRecord('invalid UTF-8').value ?? undefined)).toThrow(
    TypeError,
  )
})
