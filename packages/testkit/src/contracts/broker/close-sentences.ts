import type { NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerWorld } from './broker-world.ts'

/** Leaving. */
export function closeSentences(getWorld: () => BrokerWorld): void {
  describe('close', () => {
    it('leaves the group, ends every ownership, and may be called twice', async () => {
      const world = getWorld()
      const admin = await world.admin()
      const topic = await world.topic()
      const groupId = world.groupId()
      const probe = await world.consumer({ groupId, topics: [topic] })
      await world.until(() => expect(probe.assigned).toHaveLength(1))
      const epoch = probe.epochOf({ topic, partition: 0 })
      await probe.consumer.commit([{ ...epoch, offset: 1n as NextOffset }])

      await Promise.all([probe.consumer.close(), probe.consumer.close()])
      await probe.consumer.close()

      expect(epoch.signal.aborted).toBe(true)
      expect(probe.consumer.assignment()).toEqual([])
      await world.until(async () => expect((await admin.describeGroup(groupId))?.members ?? []).toEqual([]))
    })

    it('delivers and commits nothing afterwards, and cannot be started again', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const probe = await world.consumer({ topics: [topic] })
      await world.until(() => expect(probe.assigned).toHaveLength(1))
      const epoch = probe.epochOf({ topic, partition: 0 })

      await probe.consumer.close()
      await world.append(topic, 0, [aRecord()])
      await world.quiet()

      expect(probe.batches).toEqual([])
      expect(await probe.consumer.commit([{ ...epoch, offset: 1n as NextOffset }])).not.toMatchObject({ kind: 'ok' })
      await expect(probe.consumer.start(probe.listener)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    })

    it('ends also from within deliver', async () => {
      const world = getWorld()
      const topic = await world.topic()
      await world.append(topic, 0, [aRecord()])
      let closed = false
      await world.consumer({ topics: [topic] }, (consumer) => ({
        async deliver() {
          await consumer.close()
          closed = true
        },
      }))

      await world.until(() => expect(closed).toBe(true))
    })

    it('ends also while a delivery hangs', async () => {
      const world = getWorld()
      const topic = await world.topic()
      await world.append(topic, 0, [aRecord()])
      const probe = await world.consumer({ topics: [topic] }, { deliver: () => new Promise(() => undefined) })
      await world.until(() => expect(probe.batches).toHaveLength(1))

      await probe.consumer.close({ timeoutMs: world.patience.timeoutMs / 4 })

      expect(probe.consumer.assignment()).toEqual([])
    })
  })
}
