import { isLedgerbusError, type LedgerbusError } from '@ledgerbus/core'
import {
  brokenRow,
  clientErrors,
  dialErrors,
  type ErrorRow,
  faultRow,
  numberedErrors,
  protocolErrors,
  tlsRow,
} from './error-table.ts'

/** A row of the table and what the client itself said. */
export interface ClientErrorReading {
  readonly row: ErrorRow
  /** The client's own words, of the innermost error that says something. */
  readonly words: string
}

interface ClientError {
  readonly name?: unknown
  readonly message?: unknown
  readonly type?: unknown
  readonly code?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

/** The error and what it wraps, outermost first; an aggregate counts by its first. */
function chainOf(error: unknown): readonly ClientError[] {
  const chain: ClientError[] = []
  let at: unknown = error
  while (typeof at === 'object' && at !== null && !chain.includes(at)) {
    chain.push(at)
    const { cause, errors } = at as ClientError
    at = Array.isArray(errors) ? (errors[0] as unknown) : cause
  }
  return chain
}

function byType({ type, message }: ClientError): ErrorRow | undefined {
  if (typeof type !== 'string') return undefined
  const [, number] = /^Unknown error code (\d+)$/.exec(String(message)) ?? []
  return (number === undefined ? protocolErrors[type] : numberedErrors[Number(number)]) ?? protocolErrors['UNKNOWN']
}

/** TLS has many codes; they begin so, or speak of certificates. */
const tlsCode = /^(ERR_SSL|ERR_TLS|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/
const tlsWords = /before secure TLS connection was established/
const notSent = /^(Connection timeout|Not connected|Failed to connect: .*)$/

function byConnection({ name, code, message }: ClientError): ErrorRow | undefined {
  if (name !== 'KafkaJSConnectionError') return undefined
  if (tlsWords.test(String(message))) return tlsRow
  if (typeof code === 'string') return dialErrors[code] ?? (tlsCode.test(code) ? tlsRow : brokenRow)
  return notSent.test(String(message)) ? dialErrors['ECONNREFUSED'] : brokenRow
}

/** kafkajs throws these without a type. */
const byWords: Readonly<Record<string, ErrorRow | undefined>> = {
  'The group is rebalancing, so a rejoin is needed': protocolErrors['REBALANCE_IN_PROGRESS'],
  'The coordinator is not aware of this member': protocolErrors['UNKNOWN_MEMBER_ID'],
  'Specified group generation id is not valid': protocolErrors['ILLEGAL_GENERATION'],
  // Before every request, to a broker that takes connections and has answered nothing on them, as a frozen one does.
  'Broker not connected': clientErrors['KafkaJSBrokerNotFound'],
}

/** An error of ours that came back through kafkajs: from a function it called. */
export function findOwnError(error: unknown): LedgerbusError | undefined {
  return chainOf(error).find(isLedgerbusError)
}

/** Looks an error of kafkajs up in the table. It wraps its errors, so the whole chain of causes is asked for the type. */
export function readClientError(error: unknown): ClientErrorReading {
  const own = findOwnError(error)
  if (own !== undefined) {
    const { code, outcome, retriable, message } = own
    return { row: { code, outcome, retriable, says: message }, words: message }
  }
  const chain = chainOf(error)
  const words = chain.map(({ message }) => message).findLast((message) => typeof message === 'string' && message !== '')
  const row =
    firstOf(chain, byType) ??
    firstOf(chain, byConnection) ??
    firstOf(chain, ({ name }) => clientErrors[String(name)]) ??
    firstOf(chain, ({ message }) => byWords[String(message)]) ??
    faultRow
  return { row, words: typeof words === 'string' ? words : String(error) }
}

function firstOf(
  chain: readonly ClientError[],
  find: (error: ClientError) => ErrorRow | undefined,
): ErrorRow | undefined {
  for (const error of chain) {
    const row = find(error)
    if (row !== undefined) return row
  }
  return undefined
}
