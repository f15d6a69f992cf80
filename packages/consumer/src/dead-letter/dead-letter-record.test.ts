import { headerText, type RecordHeader, textHeader } from '@ledgerbus/core'
import { aConsumerRecord } from '@ledgerbus/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deadLetterHeaders } from './dead-letter-headers.ts'
import { type DeadLetterFacts, toDeadLetter } from './dead-letter-record.ts'
import { factsOf } from './error-facts.ts'

const nowMs = Date.UTC(2026, 0, 31, 12)

function facts(overrides: Partial<DeadLetterFacts> = {}, error: unknown = new Error('no luck')): DeadLetterFacts {
  const failure = { step: 'handle', reason: 'attempts-exhausted', handlerName: 'h', attempts: 5, error } as const
  return { groupId: 'billing', failure, error: factsOf(error, (text) => text), nowMs, detail: 'full', ...overrides }
}

function bytesOf(headers: readonly RecordHeader[]): number {
  return headers.reduce((sum, { name, value }) => sum + name.length + (value?.byteLength ?? 0), 0)
}

describe('a dead letter', () => {
  it('says where the record stood and when it failed, and bears the time of the hop', () => {
    const record = aConsumerRecord({ topic: 'orders', partition: 3, offset: 2n ** 60n, timestampMs: 17n })
    const letter = toDeadLetter(record, facts())

    expect(letter.timestampMs).toBe(BigInt(nowMs))
    expect(
      Object.fromEntries(letter.headers.slice(0, 7).map(({ name }) => [name, headerText(letter.headers, name)])),
    ).toEqual({
      'lb-dlq-schema': '1',
      'lb-first-failed-at': '2026-01-31T12:00:00.000Z',
      'lb-origin-topic': 'orders',
      'lb-origin-partition': '3',
      'lb-origin-offset': '1152921504606846976',
      'lb-origin-timestamp': '17',
      'lb-origin-group': 'billing',
    })
  })

  it('that was redriven and failed again keeps its first failure and has one copy of each header', () => {
    const first = toDeadLetter(aConsumerRecord({ offset: 5n, headers: { own: 'x' } }), facts())
    const redriven = { ...aConsumerRecord({ offset: 99n }), headers: first.headers }
    const again = toDeadLetter(redriven, facts({ nowMs: nowMs + 60_000 }, new TypeError('other')))

    const names = again.headers.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(headerText(again.headers, 'lb-origin-offset')).toBe('5')
    expect(headerText(again.headers, 'lb-first-failed-at')).toBe('2026-01-31T12:00:00.000Z')
    expect(headerText(again.headers, 'lb-last-failed-at')).toBe('2026-01-31T12:01:00.000Z')
    expect(headerText(again.headers, 'lb-error-class')).toBe('TypeError')
    expect(headerText(again.headers, 'own')).toBe('x')
  })

  it('of another group begins anew: its facts are not ours', () => {
    const other = toDeadLetter(aConsumerRecord({ offset: 5n }), facts({ groupId: 'other' }))
    const ours = toDeadLetter({ ...aConsumerRecord({ offset: 9n }), headers: other.headers }, facts())

    expect(headerText(ours.headers, 'lb-origin-offset')).toBe('9')
    expect(headerText(ours.headers, 'lb-origin-group')).toBe('billing')
  })

  it('adds at most 12 KiB, never cuts within a character, and leaves the record as it was, whatever was thrown', () => {
    const thrown = fc.oneof(
      fc.anything(),
      fc
        .string({ unit: 'binary', maxLength: 20_000 })
        .map((message) => Object.assign(new Error(message), { code: message })),
    )
    fc.assert(
      fc.property(
        thrown,
        fc.uint8Array(),
        fc.constantFrom('full', 'without-stack', 'short' as const),
        (error, value, detail) => {
          const record = aConsumerRecord({ value, headers: { own: 'x' } })
          const handlerName = '\u{1F600}'.repeat(100)
          const base = facts({ detail }, error)
          const letter = toDeadLetter(record, { ...base, failure: { ...base.failure, handlerName } })

          expect(letter.key).toBe(record.key)
          expect(letter.value).toBe(record.value)
          expect(letter.headers[0]).toEqual(textHeader('own', 'x'))
          expect(bytesOf(letter.headers.slice(1))).toBeLessThanOrEqual(12 * 1_024)
          const message = letter.headers.find(({ name }) => name === deadLetterHeaders.errorMessage)?.value
          expect(() => new TextDecoder('utf-8', { fatal: true }).decode(message ?? undefined)).not.toThrow()
        },
      ),
    )
  }, 30_000)
})
