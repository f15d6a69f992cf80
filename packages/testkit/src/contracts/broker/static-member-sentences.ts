import type { NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerWorld } from './broker-world.ts'
import type { ConsumerProbe } from './consumer-probe.ts'

/** Longer than any test: nobody's session is over before it ends. */
const longSessionMs = 600_000

function placesOf({ consumer }: ConsumerProbe): readonly string[] {
  return consumer
    .assignment()
    .map(({ topic, partition }) => `${topic}/${partition}`)
    .toSorted()
}

/** All that a member was told of its partitions. */
function toldOf({ assigned, revoking, lost }: ConsumerProbe): readonly number[] {
  return [assigned.length, revoking.length, lost.length]
}

/** What an instance id promises to a member that restarts. */
export function staticMemberSentences(getWorld: () => BrokerWorld): void {
  describe('member with an instance id', () => {
    async function twoMembers(sessionTimeoutMs: number) {
      const world = getWorld()
      const topic = await world.topic({ partitions: 4 })
      const groupId = world.groupId()
      const start = (instanceId: string, topics: readonly string[] = [topic]) =>
        world.consumer({ groupId, topics, instanceId, sessionTimeoutMs })
      const first = await start('first')
      const second = await start('second')
      await world.until(() => expect([placesOf(first).length, placesOf(second).length]).toEqual([2, 2]))
      return { world, topic, groupId, start, first, second }
    }

    it('that closes keeps its partitions, and takes them over when it comes back: the others hear nothing of it', async () => {
      const { world, topic, start, first, second } = await twoMembers(longSessionMs)
      const places = placesOf(first)
      for (const partition of [0, 1, 2, 3]) await world.append(topic, partition, [aRecord({ value: `${partition}` })])
      await world.until(() => expect([...first.values(), ...second.values()].toSorted()).toEqual(['0', '1', '2', '3']))
      const [owned] = first.consumer.assignment()
      if (owned === undefined) throw new Error('the first member owns nothing')
      const done = first.position(owned) as NextOffset
      expect(await first.consumer.commit([{ ...owned, offset: done }])).toEqual({ kind: 'ok' })
      const told = toldOf(second)

      await first.consumer.close()
      expect(first.consumer.assignment()).toEqual([])
      await world.quiet()
      const back = await start('first')

      await world.until(() => expect(placesOf(back)).toEqual(places))
      // Behind its commit; what it did not commit comes again.
      await world.until(() => expect(back.records()).toHaveLength(1))
      expect(back.records()[0]?.partition).not.toBe(owned.partition)
      expect(back.assigned.find(({ partition }) => partition === owned.partition)?.committed?.offset).toBe(done)
      await world.quiet()
      expect(toldOf(second)).toEqual(told)
    })

    it('gives its partitions to the others once its session is over', async () => {
      const { world, first, second } = await twoMembers(getWorld().patience.sessionTimeoutMs)

      await first.consumer.close()

      await world.until(() => expect(placesOf(second)).toHaveLength(4))
    })

    it('keeps its partitions while others join and leave', async () => {
      const { world, topic, groupId, start, first, second } = await twoMembers(longSessionMs)
      const places = placesOf(first)
      await first.consumer.close()

      const third = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(placesOf(second).length + placesOf(third).length).toBeGreaterThan(1))
      await third.consumer.close()
      const back = await start('first')

      await world.until(() => expect([...placesOf(back), ...placesOf(second)]).toHaveLength(4))
      expect(placesOf(back).every((place) => places.includes(place))).toBe(true)
    })

    it('is fenced by a later one of the same id: it owns nothing more, hears why, and its commits are refused', async () => {
      const { world, topic, start, first, second } = await twoMembers(longSessionMs)
      const owned = first.consumer.assignment()
      const places = placesOf(first)
      const told = toldOf(second)

      const later = await start('first')

      await world.until(() => expect(placesOf(later)).toEqual(places))
      await world.until(() => expect(first.problems).toMatchObject([{ code: 'BROKER_MEMBER_FENCED' }]))
      expect(owned.map(({ signal }) => signal.aborted)).toEqual([true, true])
      expect(first.lost.slice(-2).map(({ epoch }) => epoch)).toEqual(owned.map(({ epoch }) => epoch))
      expect(first.consumer.assignment()).toEqual([])
      const positions = owned.map((epoch) => ({ ...epoch, offset: 1n as NextOffset }))
      expect(await first.consumer.commit(positions)).toEqual({ kind: 'fenced' })
      await first.consumer.close()
      for (const partition of [0, 1, 2, 3]) await world.append(topic, partition, [aRecord({ value: `${partition}` })])
      await world.until(() => expect([...later.values(), ...second.values()].toSorted()).toEqual(['0', '1', '2', '3']))
      expect(first.records()).toEqual([])
      expect(toldOf(second)).toEqual(told)
    })

    it('that comes back for other topics gets those', async () => {
      const { world, topic, start, first } = await twoMembers(longSessionMs)
      const other = await world.topic({ partitions: 1 })
      await first.consumer.close()

      const back = await start('first', [topic, other])

      await world.until(() => expect(placesOf(back)).toContain(`${other}/0`))
    })
  })
}
