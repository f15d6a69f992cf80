import { COMPATIBILITY, SchemaRegistry as Client, SchemaType } from '@kafkajs/confluent-schema-registry'
import type { Ajv } from 'ajv'
import { type Clock, ConfigurationError, systemClock } from '@ledgerbus/core'
import { settle } from '../client/settle.ts'
import { createJsonSchemaCompiler } from './json-schema-compiler.ts'
import { toSchemaError, toValueError } from './read-registry-error.ts'
import type { SchemaFormat, SchemaRegistry, SchemaRegistryOptions } from './schema-registry.ts'
import { SchemaRegistryError } from './schema-registry-error.ts'
import { toJsonText } from './to-json-text.ts'
import { isFramed, readFrame } from './wire-frame.ts'

const formats: Readonly<Record<string, SchemaFormat | undefined>> = {
  [SchemaType.JSON]: 'confluent-json',
  [SchemaType.AVRO]: 'confluent-avro',
}

/** An id nobody knows is asked for once in this time, however many records name it. */
const unknownForMs = 10_000
const mostUnknown = 1_000

function checkOptions({ url, username, password, timeoutMs = 5_000 }: SchemaRegistryOptions): void {
  const problems = [
    ...(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
      ? []
      : ['url: an address beginning with http:// or https://']),
    ...((username === undefined) === (password === undefined) ? [] : ['username, password: both or none']),
    ...(Number.isInteger(timeoutMs) && timeoutMs >= 1 ? [] : ['timeoutMs: a whole number of milliseconds from 1']),
  ]
  if (problems.length > 0) throw new ConfigurationError('createSchemaRegistry', problems)
}

/**
 * A schema registry with Confluent's API. Connects nothing until it is asked.
 *
 * @throws ConfigurationError with every problem of the options
 */
export function createSchemaRegistry(
  options: SchemaRegistryOptions,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): SchemaRegistry {
  checkOptions(options)
  const { url, username, password, timeoutMs = 5_000 } = options
  const unknown = new Map<number, { readonly error: unknown; readonly untilMs: number }>()
  const client = new Client(
    {
      host: url.replace(/\/+$/, ''),
      clientId: 'ledgerbus',
      ...(username !== undefined && password !== undefined && { auth: { username, password } }),
      retry: { retries: 2, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1 },
      middlewares: [() => ({ request: (request) => request.enhance({ timeout: timeoutMs }) })],
    },
    // The client's types ask for the answer of `addSchema`, which it never looks at.
    { [SchemaType.JSON]: { ajvInstance: createJsonSchemaCompiler() as unknown as Ajv } },
  )

  /** Waits for work of the client, but no longer than the caller wants. */
  async function wait<Answer>(signal: AbortSignal | undefined, work: () => Promise<Answer>): Promise<Answer> {
    signal?.throwIfAborted()
    const done = await settle(work(), { clock, withinMs: Number.POSITIVE_INFINITY, signal })
    if (done.kind === 'value') return done.value
    throw done.kind === 'error' ? done.error : signal?.reason
  }

  /** Brings the schema into the client's cache. */
  async function load(schemaId: number): Promise<SchemaFormat> {
    const task = { where: `schema ${schemaId}`, schemaId }
    const before = unknown.get(schemaId)
    if (before !== undefined && clock.monotonicMs() < before.untilMs) throw before.error
    try {
      await client.getSchema(schemaId)
    } catch (thrown) {
      const error = toSchemaError(thrown, task)
      if (error.code === 'SCHEMA_UNKNOWN') {
        if (unknown.size >= mostUnknown) unknown.clear()
        unknown.set(schemaId, { error, untilMs: clock.monotonicMs() + unknownForMs })
      }
      throw error
    }
    const type = client.cache.getSchema(schemaId)?.type
    const format = type === undefined ? undefined : formats[type]
    if (format !== undefined) return format
    throw new SchemaRegistryError(`schema ${schemaId}: ${String(type)} is not read; use JSON Schema or Avro`, {
      code: 'SCHEMA_FORMAT_UNSUPPORTED',
      schemaId,
    })
  }

  /** The client refuses a compatibility other than the subject's, and its error is the only place that names that one. */
  async function registerAs(
    subject: string,
    schema: { readonly type: SchemaType.AVRO | SchemaType.JSON; readonly schema: string },
    compatibility: COMPATIBILITY,
  ): Promise<number> {
    try {
      return (await client.register(schema, { subject, compatibility, updateConfig: false })).id
    } catch (error) {
      const { name, message } = error as { readonly name?: string; readonly message?: string }
      const [, inForce = ''] = /!= (\w+)\)$/.exec(message ?? '') ?? []
      const other = Object.entries(COMPATIBILITY).find(([rule]) => rule === inForce)?.[1]
      const isRefused = name === 'ConfluentSchemaRegistryCompatibilityError'
      if (!isRefused || other === undefined || other === compatibility) throw error
      return registerAs(subject, schema, other)
    }
  }

  return {
    isEncoded: isFramed,
    async decode(value, { signal } = {}) {
      const { schemaId, payload } = readFrame(value)
      const format = await wait(signal, () => load(schemaId))
      try {
        const decoded: unknown = await client.decode(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
        return { format, schemaId, json: format === 'confluent-json' ? toText(payload) : toJsonText(decoded) }
      } catch (error) {
        throw toValueError(error, { where: `schema ${schemaId}`, schemaId })
      }
    },
    async encode(schemaId, value, { signal } = {}) {
      await wait(signal, () => load(schemaId))
      try {
        const encoded = await client.encode(schemaId, value)
        return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength)
      } catch (error) {
        throw toValueError(error, { where: `schema ${schemaId}`, schemaId })
      }
    },
    async register(subject, { format, schema }, { signal } = {}) {
      const type = format === 'confluent-json' ? SchemaType.JSON : SchemaType.AVRO
      const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
      return wait(signal, async () => {
        try {
          return await registerAs(subject, { type, schema: text }, COMPATIBILITY.BACKWARD)
        } catch (error) {
          throw toSchemaError(error, { where: `subject ${subject}` })
        }
      })
    },
  }
}

function toText(payload: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(payload)
}
