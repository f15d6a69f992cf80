import { Readable } from 'node:stream'
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client'
import type { Logger, WaitOptions } from '@ledgerbus/core'
import { AuditLogError } from '../audit-log-error.ts'
import { answerBytes } from './answer-bytes.ts'
import { clientLogger } from './client-logger.ts'
import { formOf } from './form.ts'
import type { Statement } from './statement.ts'

/** What the connection needs to know. */
export interface ConnectionOptions {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  readonly requestTimeoutMs: number
  readonly maxConnections: number
  readonly tls?: { readonly ca: Uint8Array; readonly cert?: Uint8Array; readonly key?: Uint8Array }
  readonly logger: Logger
}

/** Requests to one ClickHouse over HTTP. What it throws is the client's own; `error-table.ts` reads it. An abort is thrown as its reason. */
export interface Connection {
  /** For messages: host and port, without credentials. */
  readonly address: string
  /** Runs a statement that answers nothing. */
  command(sql: string, options?: WaitOptions): Promise<void>
  /** All rows of a small answer. */
  rows<Row>(sql: string, parameters: Readonly<Record<string, unknown>>, options?: WaitOptions): Promise<readonly Row[]>
  /** The answer as it arrives; leaving the loop ends the query. */
  bytes(statement: Statement, settings: ClickHouseSettings, options?: WaitOptions): AsyncIterable<Uint8Array>
  /** Sends a block of rows, in pieces, and waits until the server has stored it. */
  insert(sql: string, pieces: readonly Uint8Array[], settings: ClickHouseSettings, options?: WaitOptions): Promise<void>
  close(): Promise<void>
}

/**
 * The server reports progress in headers while it works, so a long silence means a dead server and not a long query. Each is
 * some 250 bytes.
 */
const aliveSettings: ClickHouseSettings = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '5000',
}
const maxHeaderBytes = 4 * 1024 * 1024

export function createConnection(options: ConnectionOptions): Connection {
  const client = createClient({
    url: options.url,
    username: options.username,
    password: options.password,
    database: options.database,
    application: 'ledgerbus',
    request_timeout: options.requestTimeoutMs,
    max_open_connections: options.maxConnections,
    max_response_headers_size: maxHeaderBytes,
    keep_alive: { eagerly_destroy_stale_sockets: true },
    clickhouse_settings: aliveSettings,
    log: { LoggerClass: clientLogger(options.logger), level: ClickHouseLogLevel.WARN },
    ...(options.tls !== undefined && { tls: tlsOf(options.tls) }),
  })
  let closed = false

  async function request<Result>(
    wait: WaitOptions,
    send: (signal: AbortSignal | undefined) => Promise<Result>,
  ): Promise<Result> {
    if (closed) throw new AuditLogError('the audit log is closed', { code: 'AUDIT_LOG_CLOSED' })
    wait.signal?.throwIfAborted()
    try {
      return await send(wait.signal)
    } catch (error) {
      wait.signal?.throwIfAborted()
      throw error
    }
  }

  return {
    address: new URL(options.url).host,
    command: (sql, wait = {}) =>
      request(wait, async (signal) => {
        await client.command({
          query: sql,
          clickhouse_settings: { wait_end_of_query: 1 },
          ...(signal !== undefined && { abort_signal: signal }),
        })
      }),
    rows: <Row>(sql: string, parameters: Readonly<Record<string, unknown>>, wait: WaitOptions = {}) =>
      request(wait, async (signal) => {
        const answer = await client.query({
          query: sql,
          query_params: { ...parameters },
          format: 'JSONEachRow',
          clickhouse_settings: { wait_end_of_query: 1, output_format_json_quote_64bit_integers: 1 },
          ...(signal !== undefined && { abort_signal: signal }),
        })
        return await answer.json<Row>()
      }),
    async *bytes(statement, settings, wait = {}) {
      const form = formOf(statement)
      const { stream, response_headers: headers } = await request(wait, (signal) =>
        client.exec({
          query: form.body,
          http_headers: { 'Content-Type': form.contentType },
          clickhouse_settings: { cancel_http_readonly_queries_on_client_close: 1, ...settings },
          ...(signal !== undefined && { abort_signal: signal }),
        }),
      )
      // The client lets go of the signal with the headers; the rows are ours to end. Whoever leaves early reads no error either.
      const stop = (): unknown => stream.destroy()
      stream.on('error', () => undefined)
      wait.signal?.addEventListener('abort', stop, { once: true })
      try {
        const tag = headers['x-clickhouse-exception-tag']
        for await (const chunk of answerBytes(stream, typeof tag === 'string' ? tag : undefined)) {
          wait.signal?.throwIfAborted()
          yield chunk
        }
        wait.signal?.throwIfAborted()
      } catch (error) {
        wait.signal?.throwIfAborted()
        throw error
      } finally {
        wait.signal?.removeEventListener('abort', stop)
        stream.destroy()
      }
    },
    insert: (sql, pieces, settings, wait = {}) =>
      request(wait, async (signal) => {
        const { stream } = await client.exec({
          query: sql,
          values: Readable.from(pieces, { objectMode: false }),
          // Progress would fix the status before the work is done; here the status is the answer.
          clickhouse_settings: { ...settings, wait_end_of_query: 1, send_progress_in_http_headers: 0 },
          ...(signal !== undefined && { abort_signal: signal }),
        })
        // Read to its end, else the connection is not used again.
        let answered = 0
        for await (const chunk of stream) answered += (chunk as Uint8Array).length
        if (answered > 0) throw new Error('ClickHouse answered an insert with text')
      }),
    async close() {
      closed = true
      await client.close()
    },
  }
}

function tlsOf(
  tls: NonNullable<ConnectionOptions['tls']>,
): { ca_cert: Buffer } | { ca_cert: Buffer; cert: Buffer; key: Buffer } {
  const ca = Buffer.from(tls.ca)
  if (tls.cert === undefined || tls.key === undefined) return { ca_cert: ca }
  return { ca_cert: ca, cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) }
}
