import { isLedgerbusError, type LedgerbusError } from '@ledgerbus/core'
import { SchemaRegistryError } from './schema-registry-error.ts'

/** What was being done. */
export interface RegistryTask {
  /** `schema 7`, `subject orders-value`: the first words of the message. */
  readonly where: string
  readonly schemaId?: number
}

interface ClientError {
  readonly message?: unknown
  readonly status?: unknown
  readonly paths?: unknown
}

/** The HTTP client gives a request that got no answer the status 400, and only its words tell. */
const unanswered =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|socket hang up|Timeout \(|certificate|wrong version number/

/** An answer without a schema was not written by a registry; these are the words of the parsers that look for one. */
const foreignAnswer = /is not valid JSON|Unexpected (token|end)|undefined \(reading 'logicalType'\)/

function wordsOf(error: unknown): string {
  const { message } = (error ?? {}) as ClientError
  return typeof message === 'string' ? message : String(error)
}

function pathsOf({ paths }: ClientError): readonly string[] {
  if (!Array.isArray(paths)) return []
  const found = paths.map((path: unknown) => (Array.isArray(path) ? path.join('.') : String(path)))
  return found.map((path) => (path === '' ? '(the value itself)' : path))
}

/** An error of a value that was read or written with its schema: it lies in the value, and stays. */
export function toValueError(error: unknown, { where, schemaId }: RegistryTask): LedgerbusError {
  if (isLedgerbusError(error)) return error
  const paths = pathsOf(error ?? {})
  const at = paths.length === 0 ? '' : ` at ${paths.slice(0, 5).join(', ')}`
  return new SchemaRegistryError(`${where}: the value does not fit its schema${at} (${wordsOf(error)})`, {
    code: 'SCHEMA_VALUE_INVALID',
    cause: error,
    paths,
    ...(schemaId !== undefined && { schemaId }),
  })
}

/** An error of the registry's client about a schema. */
export function toSchemaError(error: unknown, { where, schemaId }: RegistryTask): LedgerbusError {
  if (isLedgerbusError(error)) return error
  const words = wordsOf(error)
  const { status } = (error ?? {}) as ClientError
  const make = (code: string, says: string, retriable = false) =>
    new SchemaRegistryError(`${where}: ${says} (${words})`, {
      code,
      retriable,
      cause: error,
      ...(schemaId !== undefined && { schemaId }),
    })

  if (unanswered.test(words) || foreignAnswer.test(words)) {
    return make('SCHEMA_REGISTRY_UNREACHABLE', 'no schema registry answers; check that it runs, and its address', true)
  }
  switch (status) {
    case undefined:
      return make('SCHEMA_INVALID', 'the schema cannot be used')
    case 400:
    case 422:
      return make('SCHEMA_INVALID', 'the schema registry refuses the schema')
    case 401:
    case 403:
      // Nobody's record is to blame for that.
      return make('SCHEMA_REGISTRY_AUTHENTICATION', 'the schema registry refuses the credentials', true)
    case 404:
      return make('SCHEMA_UNKNOWN', 'the schema registry does not know it; it may be another one than was written to')
    case 409:
      return make(
        'SCHEMA_INCOMPATIBLE',
        'the schema breaks the compatibility rule of its subject; make new fields optional',
      )
    default:
      return make('SCHEMA_REGISTRY_UNREACHABLE', 'the schema registry is in trouble; look into its log', true)
  }
}
