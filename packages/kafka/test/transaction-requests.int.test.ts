import { createRequire } from 'node:module'
import { aRecord } from '@ledgerbus/testkit'
import { stackAddresses } from '@ledgerbus/testkit/stack'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createKafkaWorld } from './kafka-world.ts'

interface Connection {
  send(asked: { readonly request: { readonly apiName: string } }): Promise<unknown>
}

/** Names of the requests that every kafkajs of this process makes from now on, in their order. */
function listen(): string[] {
  const require = createRequire(new URL('../src/index.ts', import.meta.url))
  const { prototype } = require('kafkajs/src/network/connection') as { readonly prototype: Connection }
  const { send } = prototype
  const names: string[] = []
  prototype.send = function sendAndTell(asked) {
    names.push(asked.request.apiName)
    return send.call(this, asked)
  }
  onTestFinished(() => {
    prototype.send = send
  })
  return names
}

/** The former transaction may still be ending, and metadata grow old; both are a matter of time and asked for again. */
function withoutChance(names: readonly string[]): string[] {
  return names.filter(
    (name, index) => name !== 'Metadata' && !(name === 'AddPartitionsToTxn' && names[index + 1] === name),
  )
}

describe('requests of a transaction', { timeout: 60_000 }, () => {
  it('are one for its partitions, one a partition, and one for its end', async () => {
    const world = createKafkaWorld({ brokers: stackAddresses().kafkaBrokers })
    const topic = await world.topic({ partitions: 3 })
    const producer = world.broker.createTransactionalProducer({ transactionalId: topic })
    onTestFinished(() => producer.close())
    await producer.start()

    async function transact(): Promise<void> {
      const transaction = await producer.begin()
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }))
      expect(await transaction.enlist(partitions)).toEqual({ kind: 'ok' })
      for (const { partition } of partitions) {
        expect(await transaction.append(topic, partition, [aRecord()])).toMatchObject({ kind: 'ok' })
      }
      expect(await transaction.commit()).toEqual({ kind: 'ok' })
    }
    await transact()
    const names = listen()
    await transact()

    expect(withoutChance(names)).toEqual(['AddPartitionsToTxn', 'Produce', 'Produce', 'Produce', 'EndTxn'])
  })

  it('are three more a partition in kafkajs by itself, whose fence may go when they are not', async () => {
    const { kafkaBrokers } = stackAddresses()
    const topic = await createKafkaWorld({ brokers: kafkaBrokers }).topic()
    const producer = new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING }).producer({
      transactionalId: `${topic}-raw`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    onTestFinished(() => producer.disconnect())
    await producer.connect()
    const first = await producer.transaction()
    await first.send({ topic, messages: [{ value: 'a' }] })
    await first.commit()
    const names = listen()
    const second = await producer.transaction()
    await second.send({ topic, messages: [{ value: 'b' }] })
    await second.commit()

    expect(names.filter((name) => name === 'GroupCoordinator').length).toBeGreaterThanOrEqual(2)
    expect(names.at(-1)).toBe('EndTxn')
  })
})
