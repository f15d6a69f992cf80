import { aRecord } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { confirmedOffset } from './acknowledgement.ts'
import { toBatch } from './batch.ts'

const batch = toBatch('orders', 3, [aRecord()])
const ack = { topicName: 'orders', partition: 3, errorCode: 0, baseOffset: '9007199254740993' }

describe('acknowledgement', () => {
  it('is the offset of exactly this batch, however large', () => {
    expect(confirmedOffset([ack], batch)).toBe(9_007_199_254_740_993n)
  })

  it.each([
    ['nobody', []],
    ['another topic', [{ ...ack, topicName: 'users' }]],
    ['another partition', [{ ...ack, partition: 4 }]],
    ['an error', [{ ...ack, errorCode: 6 }]],
    ['no offset', [{ topicName: 'orders', partition: 3, errorCode: 0 }]],
    ['an offset that is forgotten', [{ ...ack, baseOffset: '-1' }]],
    ['more than was sent', [ack, { ...ack, partition: 4 }]],
  ])('is none when the answer names %s', (_, acks) => {
    expect(confirmedOffset(acks, batch)).toBeUndefined()
  })
})
