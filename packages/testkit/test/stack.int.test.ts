import { once } from 'node:events'
import { connect } from 'node:net'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { describe, expect, it } from 'vitest'

describe('stack of the integration tests', () => {
  it('has a Kafka broker that takes connections', async () => {
    const [broker = ''] = stackAddresses().kafkaBrokers
    const [host = '', port] = broker.split(':')
    const socket = connect(Number(port), host)

    await once(socket, 'connect')

    expect(socket.remotePort).toBe(Number(port))
    socket.destroy()
  })

  it('has a ClickHouse that answers queries', async () => {
    const answer = await fetch(`${stackAddresses().clickhouseUrl}/?query=SELECT%201`)

    expect(await answer.text()).toBe('1\n')
  })

  it('has a schema registry that speaks the API of Confluent', async () => {
    const answer = await fetch(`${stackAddresses().schemaRegistryUrl}/subjects`)

    expect(await answer.json()).toEqual(expect.any(Array))
  })
})
