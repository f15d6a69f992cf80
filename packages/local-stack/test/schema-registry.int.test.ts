import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalSchemaRegistry, startSchemaRegistry } from '../src/index.ts'

let registry: LocalSchemaRegistry

beforeAll(async () => {
  registry = await startSchemaRegistry()
})
afterAll(() => registry?.stop())

const order = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }] }
const incompatible = { ...order, fields: [...order.fields, { name: 'total', type: 'int' }] }

async function call(path: string, method: 'GET' | 'POST' | 'PUT', body?: unknown): Promise<Response> {
  return await fetch(`${registry.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', connection: 'close' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

describe('a local schema registry', () => {
  it('keeps schemas under the Confluent API, and their ids through kill -9', async () => {
    const registered = await call('/subjects/orders-value/versions', 'POST', { schema: JSON.stringify(order) })
    const { id } = (await registered.json()) as { id: number }
    await registry.kill('SIGKILL')
    await registry.restart()

    const found = (await (await call(`/schemas/ids/${id}`, 'GET')).json()) as { schema: string }
    expect(JSON.parse(found.schema)).toEqual(order)
  })

  it('refuses an incompatible schema once it is told to check', async () => {
    await call('/config/orders-value', 'PUT', { compatibility: 'BACKWARD' })
    const refused = await call('/subjects/orders-value/versions', 'POST', { schema: JSON.stringify(incompatible) })
    expect(refused.status).toBe(409)
  })
})
