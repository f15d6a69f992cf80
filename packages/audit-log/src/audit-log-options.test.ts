import { ConfigurationError } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { resolveAuditLogOptions } from './audit-log-options.ts'
import { createAuditLog } from './create-audit-log.ts'

describe('the options of the audit log', () => {
  it('have a default each, but for the url', () => {
    expect(resolveAuditLogOptions({ url: 'http://localhost:8123' })).toMatchObject({
      tablePrefix: 'audit',
      connection: {
        username: 'default',
        password: '',
        database: 'default',
        requestTimeoutMs: 30_000,
        maxConnections: 10,
      },
    })
  })

  it('are refused with every problem at once', () => {
    const wrong = {
      url: 'localhost:8123',
      database: '',
      tablePrefix: 'audit; DROP',
      requestTimeoutMs: 0,
      maxConnections: 1.5,
    }
    expect(() => createAuditLog(wrong)).toThrow(ConfigurationError)
    expect(() => createAuditLog(wrong)).toThrow(/url.*database.*tablePrefix.*requestTimeoutMs.*maxConnections/)
  })

  it.each(['http://localhost:8123/db', 'http://localhost:8123?database=x', 'ftp://x', ''])(
    'are refused with the url %j',
    (url) => {
      expect(() => resolveAuditLogOptions({ url })).toThrow(/url must/)
    },
  )

  it('take credentials from the url, and keep them out of the address', () => {
    expect(resolveAuditLogOptions({ url: 'https://sink:p%40ss@localhost:8443' }).connection).toMatchObject({
      url: 'https://localhost:8443',
      username: 'sink',
      password: 'p@ss',
    })
  })

  it('are refused with credentials in two places, and the message repeats none', () => {
    const wrong = { url: 'http://user:secret@localhost:8123', password: 'hidden' }
    expect(() => resolveAuditLogOptions(wrong)).toThrow(/must not hold credentials/)
    expect(() => resolveAuditLogOptions(wrong)).not.toThrow(/secret|hidden/)
  })
})
