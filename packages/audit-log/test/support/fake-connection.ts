import type { ClickHouseSettings } from '@clickhouse/client'
import type { Connection } from '../../src/clickhouse/connection.ts'
import type { Statement } from '../../src/clickhouse/statement.ts'

/** What a fake connection was asked to insert. */
export interface FakeInsert {
  readonly sql: string
  readonly token: string
  readonly block: Uint8Array
}

/** What a fake connection was asked. */
export interface FakeQuestion extends Statement {
  readonly settings: ClickHouseSettings
}

/** A ClickHouse that answers as it was told. */
export interface FakeConnection extends Connection {
  readonly inserts: FakeInsert[]
  readonly questions: FakeQuestion[]
}

export interface FakeConnectionOptions {
  /** Called for each insert; what it throws is the answer. */
  readonly onInsert?: (insert: FakeInsert) => void
  /** The answer to each question, in order of the questions. */
  readonly answer?: (statement: Statement, question: number) => AsyncIterable<Uint8Array>
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

export function createFakeConnection(options: FakeConnectionOptions = {}): FakeConnection {
  const inserts: FakeInsert[] = []
  const questions: FakeQuestion[] = []
  return {
    inserts,
    questions,
    address: 'fake:8123',
    command: () => Promise.resolve(),
    rows: () => Promise.resolve([]),
    bytes(statement, settings) {
      questions.push({ ...statement, settings })
      return options.answer?.(statement, questions.length - 1) ?? nothing()
    },
    async insert(sql, pieces, settings) {
      const insert = {
        sql,
        token: String(settings.insert_deduplication_token),
        block: Uint8Array.from(Buffer.concat(pieces)),
      }
      inserts.push(insert)
      options.onInsert?.(insert)
    },
    close: () => Promise.resolve(),
  }
}

/** An error as the client throws it for an answer of the server. */
export function serverError(code: number, type: string, message = 'refused'): Error {
  return Object.assign(new Error(message), { code: String(code), type })
}

/** An error as Node throws it. */
export function networkError(code: string): Error {
  return Object.assign(new Error(code), { code })
}
