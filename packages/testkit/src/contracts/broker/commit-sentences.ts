import type { NextOffset } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import type { BrokerWorld } from './broker-world.ts'

/** Metadata of commits, where the broker can carry it. */
export function commitMetadataSentences(getWorld: () => BrokerWorld): void {
  describe('commit metadata', () => {
    it('carries 4,096 characters, and stores nothing of a commit that has more', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const { consumer, epochOf, assigned } = await world.consumer({ topics: [topic] })
      await world.until(() => expect(assigned).toHaveLength(1))
      const epoch = epochOf({ topic, partition: 0 })
      const longest = 'm'.repeat(4_096)

      expect(await consumer.commit([{ ...epoch, offset: 1n as NextOffset, metadata: longest }])).toEqual({ kind: 'ok' })
      expect(await consumer.commit([{ ...epoch, offset: 2n as NextOffset, metadata: `${longest}m` }])).toMatchObject({
        kind: 'failed',
        error: { code: 'BROKER_COMMIT_METADATA_TOO_LARGE', retriable: false },
      })

      expect(await consumer.committed(epoch)).toEqual({ offset: 1n, metadata: longest })
    })

    it('is erased by a commit without it', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const { consumer, epochOf, assigned } = await world.consumer({ topics: [topic] })
      await world.until(() => expect(assigned).toHaveLength(1))
      const epoch = epochOf({ topic, partition: 0 })

      await consumer.commit([{ ...epoch, offset: 1n as NextOffset, metadata: 'm' }])
      await consumer.commit([{ ...epoch, offset: 1n as NextOffset }])

      expect(await consumer.committed(epoch)).toEqual({ offset: 1n, metadata: '' })
    })
  })
}
