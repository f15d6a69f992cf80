import { describe, expect, it } from 'vitest'
import { networkError, serverError } from '../../test/support/fake-connection.ts'
import { readError, readFailure, writeError } from './error-table.ts'

describe('an insert that threw', () => {
  it.each([
    ['ECONNREFUSED', 'AUDIT_LOG_UNREACHABLE'],
    ['ENOTFOUND', 'AUDIT_LOG_UNREACHABLE'],
    ['EHOSTUNREACH', 'AUDIT_LOG_UNREACHABLE'],
  ])('was never sent after %s: failed, later it may pass', (code, expected) => {
    expect(writeError(networkError(code), 'storing')).toMatchObject({
      code: expected,
      outcome: 'failed',
      retriable: true,
    })
  })

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'])(
    'may be stored after %s: unknown',
    (code) => {
      expect(writeError(networkError(code), 'storing')).toMatchObject({
        code: 'AUDIT_LOG_NO_ANSWER',
        outcome: 'unknown',
        retriable: true,
      })
    },
  )

  it.each([
    new Error('Timeout error.'),
    new Error('socket hang up'),
    new Error('<html>502 Bad Gateway</html>'),
    'text',
    undefined,
  ])('may be stored after an error without a code: unknown (%s)', (error) => {
    expect(writeError(error, 'storing')).toMatchObject({ outcome: 'unknown', retriable: true })
  })

  it.each([201, 202, 203, 225, 242, 243, 285, 286, 289, 439])(
    'is not stored after code %i: failed, later it may pass',
    (code) => {
      expect(writeError(serverError(code, 'BUSY'), 'storing')).toMatchObject({
        code: 'AUDIT_LOG_BUSY',
        outcome: 'failed',
        retriable: true,
        serverCode: code,
      })
    },
  )

  it.each([159, 209, 210, 241, 319, 394, 473, 999, 1_001, 49])('may be stored after code %i: unknown', (code) => {
    expect(writeError(serverError(code, 'X'), 'storing')).toMatchObject({ outcome: 'unknown', retriable: true })
  })

  it.each([16, 47, 60, 62, 81, 164, 192, 193, 194, 452, 497, 516])(
    'needs somebody to change something after code %i',
    (code) => {
      expect(writeError(serverError(code, 'X'), 'storing')).toMatchObject({
        code: 'AUDIT_LOG_CONFIGURATION',
        outcome: 'failed',
        retriable: false,
      })
    },
  )

  it.each([6, 25, 26, 27, 33, 38, 41, 53, 69, 72, 117, 128, 131, 321, 349, 376, 469])(
    'holds a row that is refused after code %i',
    (code) => {
      expect(writeError(serverError(code, 'X'), 'storing')).toMatchObject({
        code: 'AUDIT_ROW_REFUSED',
        outcome: 'failed',
        retriable: false,
      })
    },
  )

  it('tells too many parts, which heal, from too many partitions, which never do', () => {
    const parts = serverError(
      252,
      'TOO_MANY_PARTS',
      'Too many parts (3000). Merges are processing significantly slower',
    )
    const partitions = serverError(252, 'TOO_MANY_PARTS', 'Too many partitions for single INSERT block (more than 200)')
    expect(readFailure(parts).verdict).toBe('unknown')
    expect(readFailure(partitions).verdict).toBe('data')
  })

  it('needs another certificate after an error of TLS', () => {
    expect(writeError(networkError('DEPTH_ZERO_SELF_SIGNED_CERT'), 'storing')).toMatchObject({
      code: 'AUDIT_LOG_CONFIGURATION',
    })
  })
})

describe('a question that threw', () => {
  it('has changed nothing, so its outcome is never unknown', () => {
    for (const error of [
      networkError('ECONNRESET'),
      serverError(241, 'MEMORY_LIMIT_EXCEEDED'),
      new Error('Timeout error.'),
    ]) {
      expect(readError(error, 'asking').outcome).toBe('failed')
    }
  })

  it('says which code the server gave, and nothing of its text', () => {
    const error = readError(serverError(6, 'CANNOT_PARSE_TEXT', 'near secret-value'), 'asking')
    expect(error).toMatchObject({ code: 'AUDIT_QUERY_FAILED', serverCode: 6 })
    expect(error.message).toContain('6 CANNOT_PARSE_TEXT')
    expect(error.message).not.toContain('secret')
  })
})
