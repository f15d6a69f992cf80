import type { TopicPartition } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerWorld } from './broker-world.ts'
import type { ConsumerProbe } from './consumer-probe.ts'

/** No lag is left. The end is asked for each time: a broker may write the mark that ends a transaction after it answered. */
async function reachesEnd(world: BrokerWorld, probe: ConsumerProbe, partition: TopicPartition): Promise<void> {
  await world.until(async () => expect(probe.position(partition)).toBe(await world.end(partition)))
}

/** What a transaction promises to readers of committed records. */
export function transactionSentences(getWorld: () => BrokerWorld): void {
  describe('transaction', () => {
    it('ends a partition for readers of committed records where one is open, not for producers', async () => {
      const world = getWorld()
      const admin = await world.admin()
      const topic = await world.topic({ partitions: 1 })
      const base = await world.append(topic, 0, [aRecord()])
      const producer = await world.transactionalProducer(world.groupId())
      const transaction = await producer.begin()
      expect(await transaction.append(topic, 0, [aRecord(), aRecord()])).toMatchObject({ kind: 'ok' })

      expect(await admin.topicOffsets(topic, { for: 'readers' })).toMatchObject([{ low: base, end: base + 1n }])
      expect(await admin.topicOffsets(topic)).toMatchObject([{ low: base, end: base + 3n }])
      await transaction.commit()
      await world.until(async () => {
        const [readers] = await admin.topicOffsets(topic, { for: 'readers' })
        const [producers] = await admin.topicOffsets(topic)
        expect(readers).toEqual(producers)
      })
    })

    it('shows its records together, and only once it is committed', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const probe = await world.consumer({ topics: [topic] })
      const producer = await world.transactionalProducer(world.groupId())

      const transaction = await producer.begin()
      const first = await transaction.append(topic, 0, [aRecord({ value: 'a' }), aRecord({ value: 'b' })])
      const second = await transaction.append(topic, 1, [aRecord({ value: 'c' })])
      await world.quiet()
      expect(probe.records()).toEqual([])
      expect(await transaction.commit()).toEqual({ kind: 'ok' })

      await world.until(() => expect(probe.values().toSorted()).toEqual(['a', 'b', 'c']))
      const bases = [first, second].map((outcome) => (outcome.kind === 'ok' ? outcome.baseOffset : undefined))
      for (const partition of [0, 1]) {
        expect(probe.records().find((record) => record.partition === partition)?.offset).toBe(bases[partition])
      }
    })

    it('never shows an aborted one, and its hole leaves no lag', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      const producer = await world.transactionalProducer(world.groupId())

      const aborted = await producer.begin()
      await aborted.append(topic, 0, [aRecord({ value: 'aborted' })])
      expect(await aborted.abort()).toEqual({ kind: 'ok' })

      await reachesEnd(world, probe, { topic, partition: 0 })
      expect(probe.records()).toEqual([])
      await world.append(topic, 0, [aRecord({ value: 'after' })])
      await world.until(() => expect(probe.values()).toEqual(['after']))
    })

    it('takes appends to a topic that was just created', async () => {
      const world = getWorld()
      const producer = await world.transactionalProducer(world.groupId())
      for (let round = 0; round < 10; round += 1) {
        const topic = await world.topic()
        const transaction = await producer.begin()
        expect(await transaction.append(topic, 0, [aRecord()])).toMatchObject({ kind: 'ok' })
        expect(await transaction.commit()).toEqual({ kind: 'ok' })
      }
    })

    it('can be told its partitions beforehand; others may follow, and readers wait for records only', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 3 })
      const probe = await world.consumer({ topics: [topic] })
      const producer = await world.transactionalProducer(world.groupId())

      const transaction = await producer.begin()
      expect(await transaction.enlist([0, 1].map((partition) => ({ topic, partition })))).toEqual({ kind: 'ok' })
      await world.append(topic, 0, [aRecord({ value: 'of somebody else' })])
      await world.until(() => expect(probe.values()).toEqual(['of somebody else']))
      for (const partition of [0, 1, 2]) {
        expect(await transaction.append(topic, partition, [aRecord({ value: `in ${partition}` })])).toMatchObject({
          kind: 'ok',
        })
      }
      expect(await transaction.commit()).toEqual({ kind: 'ok' })

      await world.until(() => expect(probe.values().toSorted()).toEqual(['in 0', 'in 1', 'in 2', 'of somebody else']))
      await Promise.all([0, 1, 2].map((partition) => reachesEnd(world, probe, { topic, partition })))
    })

    it('is told no partition that does not exist, and none once it is over or taken over', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 1 })
      const refused = await (await world.transactionalProducer(world.groupId())).begin()
      expect(await refused.enlist([{ topic, partition: 1 }])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_PARTITION_UNKNOWN' },
      })
      expect(await refused.commit()).toMatchObject({ kind: 'failed', error: { code: 'BROKER_TRANSACTION_UNUSABLE' } })

      const transactionalId = world.groupId()
      const fenced = await (await world.transactionalProducer(transactionalId)).begin()
      const later = await (await world.transactionalProducer(transactionalId)).begin()
      expect(await fenced.enlist([{ topic, partition: 0 }])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_TRANSACTION_FENCED' },
      })
      expect(await later.enlist([{ topic, partition: 0 }])).toEqual({ kind: 'ok' })
      expect(await later.commit()).toEqual({ kind: 'ok' })
      expect(await later.enlist([{ topic, partition: 0 }])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_TRANSACTION_UNUSABLE' },
      })
    })

    it('can be followed by another of the same producer', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      const producer = await world.transactionalProducer(world.groupId())

      for (const value of ['a', 'b', 'c']) {
        const transaction = await producer.begin()
        await transaction.append(topic, 0, [aRecord({ value })])
        await (value === 'b' ? transaction.abort() : transaction.commit())
      }

      await world.until(() => expect(probe.values()).toEqual(['a', 'c']))
      await reachesEnd(world, probe, { topic, partition: 0 })
    })

    it('holds back what was appended behind it until it ends', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      const producer = await world.transactionalProducer(world.groupId())
      const transaction = await producer.begin()
      await transaction.append(topic, 0, [aRecord({ value: 'in the transaction' })])

      await world.append(topic, 0, [aRecord({ value: 'behind it' })])
      await world.quiet()
      expect(probe.records()).toEqual([])
      await transaction.commit()

      await world.until(() => expect(probe.values()).toEqual(['in the transaction', 'behind it']))
    })

    it('of a producer that a later one of the same id took over from is refused, and its records stay invisible', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      const transactionalId = world.groupId()
      const former = await world.transactionalProducer(transactionalId)
      const open = await former.begin()
      await open.append(topic, 0, [aRecord({ value: 'of the former' })])

      const later = await world.transactionalProducer(transactionalId)
      const transaction = await later.begin()
      await transaction.append(topic, 0, [aRecord({ value: 'of the later' })])

      expect(await open.commit()).toMatchObject({ kind: 'failed', error: { code: 'BROKER_TRANSACTION_FENCED' } })
      expect(await transaction.commit()).toEqual({ kind: 'ok' })
      await world.until(() => expect(probe.values()).toEqual(['of the later']))
      await expect(former.begin()).rejects.toMatchObject({ code: 'BROKER_TRANSACTION_UNUSABLE' })
    })

    it('cannot be committed after an append that was not ok, and its producer is used up', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      const producer = await world.transactionalProducer(world.groupId())
      const transaction = await producer.begin()
      await transaction.append(topic, 0, [aRecord({ value: 'a' })])

      expect(await transaction.append(topic, 99, [aRecord()])).toMatchObject({ kind: 'failed' })
      expect(await transaction.commit()).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_TRANSACTION_UNUSABLE' },
      })
      await transaction.abort()

      await expect(producer.begin()).rejects.toMatchObject({ code: 'BROKER_TRANSACTION_UNUSABLE' })
      await reachesEnd(world, probe, { topic, partition: 0 })
      expect(probe.records()).toEqual([])
    })

    it('ends once: a second commit is refused, and so is a second transaction beside an open one', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const producer = await world.transactionalProducer(world.groupId())
      const transaction = await producer.begin()

      await expect(producer.begin()).rejects.toMatchObject({ code: 'BROKER_TRANSACTION_UNUSABLE' })
      await transaction.append(topic, 0, [aRecord()])
      expect(await transaction.commit()).toEqual({ kind: 'ok' })

      expect(await transaction.commit()).toMatchObject({ kind: 'failed' })
      expect(await transaction.append(topic, 0, [aRecord()])).toMatchObject({ kind: 'failed' })
      expect(await transaction.abort()).toMatchObject({ kind: 'failed' })
    })
  })
}
