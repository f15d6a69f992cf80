import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFakeClock } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createSchemaRegistry, type SchemaDefinition } from '../src/index.ts'

const { schemaRegistryUrl } = stackAddresses()

function subject(): string {
  return `ledgerbus-${randomUUID()}-value`
}

const order = z.object({ id: z.string(), total: z.number(), note: z.string().optional() })
const jsonOrder: SchemaDefinition = { format: 'confluent-json', schema: z.toJSONSchema(order) }
const avroOrder: SchemaDefinition = {
  format: 'confluent-avro',
  schema: {
    type: 'record',
    name: 'Order',
    namespace: 'ledgerbus.test',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'total', type: 'double' },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'seal', type: 'bytes', default: '' },
    ],
  },
}

describe('schema registry', () => {
  const registry = createSchemaRegistry({ url: schemaRegistryUrl })

  it('reads what it wrote with a JSON Schema as zod makes it, text for text', async () => {
    const id = await registry.register(subject(), jsonOrder)

    const value = await registry.encode(id, { total: 12.5, id: 'o-1' })

    expect([...value.subarray(0, 5)]).toEqual([0, 0, 0, id >> 8, id & 255])
    expect(registry.isEncoded(value)).toBe(true)
    expect(await registry.decode(value)).toEqual({
      format: 'confluent-json',
      schemaId: id,
      json: '{"total":12.5,"id":"o-1"}',
    })
  })

  it('reads what it wrote with Avro, bytes as base64', async () => {
    const id = await registry.register(subject(), avroOrder)

    const value = await registry.encode(id, { id: 'o-1', total: 12.5, note: null, seal: Buffer.from([0, 255]) })

    const { format, json } = await registry.decode(value)
    expect(format).toBe('confluent-avro')
    expect(JSON.parse(json)).toEqual({ id: 'o-1', total: 12.5, note: null, seal: 'AP8=' })
  })

  it('keeps numbers of JSON that JavaScript would round', async () => {
    const id = await registry.register(subject(), {
      format: 'confluent-json',
      schema: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' },
    })
    const framed = Uint8Array.from([0, 0, 0, id >> 8, id & 255, ...new TextEncoder().encode('{"n":9007199254740993}')])

    expect((await registry.decode(framed)).json).toBe('{"n":9007199254740993}')
  })

  it('gives the same schema the same id', async () => {
    const name = subject()

    expect(await registry.register(name, jsonOrder)).toBe(await registry.register(name, jsonOrder))
  })

  it('registers under the rule that is in force, whatever it is, and refuses a schema that breaks it', async () => {
    const name = subject()
    await registry.register(name, avroOrder)
    const rule = await fetch(`${schemaRegistryUrl}/config/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility: 'FULL' }),
    })
    expect(rule.ok).toBe(true)
    const { fields, ...record } = avroOrder.schema as { readonly fields: readonly object[] }

    const wider = { ...record, fields: [...fields, { name: 'paid', type: 'boolean', default: false }] }
    await expect(registry.register(name, { format: 'confluent-avro', schema: wider })).resolves.toBeGreaterThan(0)
    const breaking = { ...record, fields: [...fields, { name: 'must', type: 'string' }] }
    await expect(registry.register(name, { format: 'confluent-avro', schema: breaking })).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      retriable: false,
    })
  })

  it('refuses a value that does not fit, and says where', async () => {
    const json = await registry.register(subject(), jsonOrder)
    const avro = await registry.register(subject(), avroOrder)

    await expect(registry.encode(json, { id: 7, total: 1 })).rejects.toMatchObject({
      code: 'SCHEMA_VALUE_INVALID',
      schemaId: json,
      paths: ['/id'],
    })
    await expect(registry.encode(avro, { id: 'o', total: 'many' })).rejects.toMatchObject({
      code: 'SCHEMA_VALUE_INVALID',
    })
  })

  it('refuses bytes that are no value in the wire format, and values it cannot read', async () => {
    const json = await registry.register(subject(), jsonOrder)
    const avro = await registry.register(subject(), avroOrder)
    const frame = (id: number, ...bytes: readonly number[]) => Uint8Array.from([0, 0, 0, id >> 8, id & 255, ...bytes])

    expect(registry.isEncoded(null)).toBe(false)
    expect(registry.isEncoded(new TextEncoder().encode('{}'))).toBe(false)
    for (const bytes of [[], [0], [0, 0, 0, 0], [123, 125]]) {
      await expect(registry.decode(Uint8Array.from(bytes))).rejects.toMatchObject({ code: 'SCHEMA_FRAME_INVALID' })
    }
    await expect(registry.decode(frame(65_000, 1))).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN', retriable: false })
    for (const bytes of [
      frame(avro),
      frame(avro, 200, 1),
      frame(json),
      frame(json, 123),
      frame(json, 123, 125),
      frame(json, 255),
    ]) {
      await expect(registry.decode(bytes)).rejects.toMatchObject({ code: 'SCHEMA_VALUE_INVALID', retriable: false })
    }
  })
})

describe('schema registry that is away', () => {
  it('is a retriable error: it says nothing about the value', async () => {
    const registry = createSchemaRegistry({ url: 'http://127.0.0.1:9', timeoutMs: 500 })

    await expect(registry.decode(Uint8Array.from([0, 0, 0, 0, 1, 1]))).rejects.toMatchObject({
      code: 'SCHEMA_REGISTRY_UNREACHABLE',
      retriable: true,
    })
  })

  it.each([
    ['never answers', () => undefined],
    ['answers with an error of its own', (end: (status: number, body: string) => void) => end(503, 'later')],
    ['is another server', (end: (status: number, body: string) => void) => end(200, '<html>hello</html>')],
  ])('the same when it %s', async (_, answer) => {
    const server = createServer((_request, response) => {
      answer((status, body) => response.writeHead(status, { 'content-type': 'text/html' }).end(body))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const registry = createSchemaRegistry({ url: `http://127.0.0.1:${port}`, timeoutMs: 300 })

    await expect(registry.decode(Uint8Array.from([0, 0, 0, 0, 1, 1]))).rejects.toMatchObject({
      code: 'SCHEMA_REGISTRY_UNREACHABLE',
      retriable: true,
    })
  })

  it('does not hold back values whose schema was read before', async () => {
    let isAway = false
    const server = createServer((_request, response) => {
      if (isAway) response.destroy()
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ schemaType: 'JSON', schema: '{"type":"object"}' }))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const registry = createSchemaRegistry({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
    const value = Uint8Array.from([0, 0, 0, 0, 1, ...new TextEncoder().encode('{"a":1}')])
    await registry.decode(value)

    isAway = true

    expect((await registry.decode(value)).json).toBe('{"a":1}')
  })

  it('is asked once for an id nobody knows, however many records name it', async () => {
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error_code":40403,"message":"Schema not found"}')
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const clock = createFakeClock()
    const registry = createSchemaRegistry(
      { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      { clock },
    )
    const decode = () => registry.decode(Uint8Array.from([0, 0, 0, 0, 9, 1]))

    for (let record = 0; record < 3; record += 1)
      await expect(decode()).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' })
    expect(asked).toBe(1)
    await clock.advance(10_000)
    await expect(decode()).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' })
    expect(asked).toBe(2)
  })

  it('ends a wait with the reason of its signal', async () => {
    const registry = createSchemaRegistry({ url: 'http://127.0.0.1:9' })
    const reason = new Error('no longer wanted')

    await expect(
      registry.decode(Uint8Array.from([0, 0, 0, 0, 1, 1]), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })
})
