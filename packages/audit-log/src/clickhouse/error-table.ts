import { AuditLogError } from '../audit-log-error.ts'

/**
 * How a failed request is to be understood.
 *
 * - `unreachable`: it never left us.
 * - `busy`: refused, nothing was stored; later it may pass.
 * - `unknown`: it may have been carried out.
 * - `configuration`: refused until somebody changes the table, the rights or the settings.
 * - `data`: refused for what stands in a row.
 */
export type Verdict = 'unreachable' | 'busy' | 'unknown' | 'configuration' | 'data'

/** ClickHouse's codes (`src/Common/ErrorCodes.cpp` of ClickHouse/ClickHouse). What is not listed is `unknown`. */
const verdictOfCode: ReadonlyMap<number, Verdict> = new Map(
  Object.entries({
    // A quota used up; too many queries; no keeper; read-only; no disk left; not enough replicas, or this one lags behind; cannot schedule.
    busy: [201, 202, 203, 225, 242, 243, 285, 286, 289, 439],
    // Timeouts, network, memory, too many parts, quorum not confirmed, cancelled, deadlock avoided, keeper.
    unknown: [159, 209, 210, 241, 252, 319, 394, 473, 999],
    // Column, syntax, table, database, read-only user, access, wrong or no password, setting.
    configuration: [16, 47, 60, 62, 81, 164, 192, 193, 194, 452, 497, 516],
    // Parsing, short body, type, constraint, sizes.
    data: [6, 25, 26, 27, 33, 38, 41, 53, 69, 72, 117, 128, 131, 321, 349, 376, 469],
  } satisfies Partial<Record<Verdict, readonly number[]>>).flatMap(([verdict, codes]) =>
    codes.map((code): [number, Verdict] => [code, verdict as Verdict]),
  ),
)

/** Codes of Node with which a connection was never made. */
const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])

/** Codes of Node's TLS: the certificate, not the network. */
const certificateCode = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** What is known about a request that threw. */
export interface Failure {
  readonly verdict: Verdict
  /** ClickHouse's code and its name; absent when the server did not answer with one. */
  readonly server?: { readonly code: number; readonly type: string }
}

/** Reads what the client threw. Everything it does not recognise is `unknown`: a timeout of the client has no code at all. */
export function readFailure(error: unknown): Failure {
  const { code, type, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown
    readonly type?: unknown
    readonly message?: unknown
  }
  if (typeof code !== 'string') return { verdict: 'unknown' }
  if (/^\d+$/.test(code)) {
    const server = { code: Number(code), type: typeof type === 'string' ? type : 'UNNAMED' }
    // One code for two things: too many parts heal by merging, too many months in one batch never do.
    if (server.code === 252 && /partitions/i.test(String(message))) return { verdict: 'data', server }
    return { verdict: verdictOfCode.get(server.code) ?? 'unknown', server }
  }
  if (unreachableCodes.has(code)) return { verdict: 'unreachable' }
  return { verdict: certificateCode.test(code) ? 'configuration' : 'unknown' }
}

/** An error of a write: `unknown` stays unknown. */
export function writeError(error: unknown, what: string): AuditLogError {
  return auditLogError(error, what, 'write')
}

/** An error of a question: nothing can have been changed, so it is never `unknown`. */
export function readError(error: unknown, what: string): AuditLogError {
  return auditLogError(error, what, 'read')
}

function auditLogError(error: unknown, what: string, kind: 'read' | 'write'): AuditLogError {
  if (error instanceof AuditLogError) return error
  const { verdict, server } = readFailure(error)
  const answer = server === undefined ? '' : ` (ClickHouse ${server.code} ${server.type})`
  const facts = { ...(server !== undefined && { serverCode: server.code }), cause: error }
  switch (verdict) {
    case 'unreachable':
      return new AuditLogError(
        `${what}: ClickHouse cannot be reached (${nodeCode(error)}); check that it runs and the url`,
        {
          ...facts,
          code: 'AUDIT_LOG_UNREACHABLE',
          retriable: true,
        },
      )
    case 'busy':
      return new AuditLogError(`${what}: ClickHouse takes nothing at the moment${answer}; it is tried again`, {
        ...facts,
        code: 'AUDIT_LOG_BUSY',
        retriable: true,
      })
    case 'configuration':
      return new AuditLogError(
        `${what}: ClickHouse refuses it${answer}; check the database, the user's rights and that migrate() was run`,
        { ...facts, code: 'AUDIT_LOG_CONFIGURATION' },
      )
    case 'data':
      if (kind === 'read') return queryFailed(what, answer, false, facts)
      return new AuditLogError(`${what}: ClickHouse refuses a row${answer}`, { ...facts, code: 'AUDIT_ROW_REFUSED' })
    case 'unknown':
      if (kind === 'read' && server !== undefined) return queryFailed(what, answer, true, facts)
      return new AuditLogError(
        `${what}: no clear answer from ClickHouse${answer}${kind === 'write' ? '; it may be stored' : ''}`,
        {
          ...facts,
          code: 'AUDIT_LOG_NO_ANSWER',
          outcome: kind === 'write' ? 'unknown' : 'failed',
          retriable: true,
        },
      )
  }
}

function queryFailed(
  what: string,
  answer: string,
  retriable: boolean,
  facts: { readonly serverCode?: number; readonly cause: unknown },
): AuditLogError {
  return new AuditLogError(`${what}: ClickHouse could not answer${answer}`, {
    ...facts,
    code: 'AUDIT_QUERY_FAILED',
    retriable,
  })
}

function nodeCode(error: unknown): string {
  return String((error as { readonly code?: unknown }).code)
}
