import type { BrokerConsumerListener, NextOffset } from '@ledgerbus/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerWorld } from './broker-world.ts'

/** What a listener may do wrong: nothing of it ends the membership, or reaches other partitions. */
export function listenerSentences(getWorld: () => BrokerWorld): void {
  describe('listener', () => {
    it('that throws in revoking, in lost and in problem changes nothing: the group agrees, and all is delivered', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      const groupId = world.groupId()
      const beyond = 100n as NextOffset
      const base = await world.append(topic, 0, [aRecord({ value: 'a' })])
      await (await world.admin()).setGroupOffsets(groupId, [
        { topic, partition: 0, offset: (base + beyond) as NextOffset },
      ])
      const thrown: string[] = []
      const faulty = (what: string) => () => {
        thrown.push(what)
        throw new TypeError(`of ${what}`)
      }
      const first = await world.consumer(
        { groupId, topics: [topic] },
        { revoking: faulty('revoking'), lost: faulty('lost'), problem: faulty('problem') },
      )
      await world.until(() => expect(thrown).toContain('problem'))

      const second = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(second.consumer.assignment()).toHaveLength(1))
      await world.until(() => expect(first.consumer.assignment()).toHaveLength(1))
      await second.consumer.close()
      await world.until(() => expect(first.consumer.assignment()).toHaveLength(2))
      await world.append(topic, 1, [aRecord({ value: 'b' })])

      await world.until(() => expect(first.values()).toEqual(['b']))
      expect(new Set(thrown)).toEqual(new Set(['problem', 'revoking', 'lost']))
    })

    it('that throws in deliver instead of rejecting gets the batch again, and others get theirs', async () => {
      const world = getWorld()
      const topic = await world.topic({ partitions: 2 })
      await world.append(topic, 0, [aRecord({ value: 'a' })])
      await world.append(topic, 1, [aRecord({ value: 'b' })])
      const delivered: string[] = []
      let failures = 0
      const listener: BrokerConsumerListener = {
        deliver({ partition, records }) {
          if (records.length === 0) return Promise.resolve()
          if (partition === 0 && failures < 3) {
            failures += 1
            throw new RangeError('at once')
          }
          delivered.push(`${partition}`)
          return Promise.resolve()
        },
      }
      const consumer = world.broker.createConsumer({ groupId: world.groupId(), topics: [topic] })
      onTestFinished(() => consumer.close())

      await consumer.start(listener)

      await world.until(() => expect(delivered.toSorted()).toEqual(['0', '1']))
      expect(failures).toBe(3)
    })
  })
}
