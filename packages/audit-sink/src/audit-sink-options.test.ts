import { ConfigurationError } from '@ledgerbus/core'
import { createInMemoryAuditLog, createInMemoryBroker } from '@ledgerbus/testkit'
import { describe, expect, it } from 'vitest'
import { resolveAuditSinkOptions } from './audit-sink-options.ts'

const needed = { broker: createInMemoryBroker(), auditLog: createInMemoryAuditLog(), topics: ['orders'] }

describe('the options of the audit sink', () => {
  it('have a default each, but for where from and where to', () => {
    expect(resolveAuditSinkOptions(needed)).toMatchObject({
      consumer: { groupId: 'ledgerbus-audit-sink', onOffsetOutOfRange: 'pause' },
      limits: { maxRows: 50_000, maxBytes: 33_554_432, maxAgeMs: 1_000, idleAgeMs: 2_000 },
      maxInserts: 4,
      maxBufferedBytes: 100_663_296,
    })
  })

  it('are refused with every problem at once', () => {
    const wrong = {
      ...needed,
      topics: ['orders.billing.dlq'],
      groupId: '',
      maxRows: 0,
      maxBytes: 1e12,
      idleAgeMs: -1,
      maxInserts: 1.5,
    }
    expect(() => resolveAuditSinkOptions(wrong)).toThrow(ConfigurationError)
    expect(() => resolveAuditSinkOptions(wrong)).toThrow(/dlq.*groupId.*maxRows.*maxBytes.*idleAgeMs.*maxInserts/)
  })
})
