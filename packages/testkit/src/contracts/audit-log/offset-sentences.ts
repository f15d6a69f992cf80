import type { AuditEntry, AuditSelection, BoundedSelection, PartitionStart } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import type { AuditRecordInput } from '../../builders/an-audit-record.ts'
import { type AuditLogWorld, kafkaTime, recordsOf } from './audit-log-world.ts'

const cluster = 'test-cluster'

function partitionsOf(entries: readonly AuditEntry[]): Readonly<Record<number, readonly bigint[]>> {
  const found: Record<number, bigint[]> = {}
  for (const { record } of entries) {
    const offsets = found[record.partition] ?? []
    found[record.partition] = offsets
    offsets.push(record.offset)
  }
  return found
}

/** Reading in the order of offsets. */
export function offsetSentences(getWorld: () => AuditLogWorld): void {
  async function readAll(
    selection: BoundedSelection,
    from?: readonly PartitionStart[],
  ): Promise<readonly AuditEntry[]> {
    const entries: AuditEntry[] = []
    for await (const entry of getWorld().log.readByOffset(selection, from === undefined ? {} : { from })) {
      entries.push(entry)
    }
    return entries
  }

  /** Two partitions whose producers' clocks run backwards, one of them and by years; all of partition 2 is beyond the bounds. */
  async function storeBackwards(): Promise<BoundedSelection> {
    const { topic, insert } = getWorld()
    const ofTopic = topic()
    const inputs = (partition: number, times: readonly number[]): readonly AuditRecordInput[] =>
      times.map((afterMs, index) => ({ partition, offset: BigInt(index * 2), timestampMs: kafkaTime(afterMs) }))
    const records = recordsOf(ofTopic, [
      ...inputs(0, [50, 40, 30, 20, 10]),
      ...inputs(1, [0, 99, -80_000_000_000, 5, 5, 3]),
      ...inputs(2, [1, 2]),
    ])
    await insert(records)
    // Cut elsewhere than before, so that the store cannot know the ranges again and holds copies.
    await insert(records.slice(1, 3))
    return {
      topics: [ofTopic],
      below: [0, 1].map((partition) => ({ cluster, topic: ofTopic, partition, below: 9n })),
    }
  }

  describe('reading by offset', () => {
    it('gives each partition in the order of its offsets whatever its timestamps say, each record once', async () => {
      const entries = await readAll(await storeBackwards())

      expect(partitionsOf(entries)).toEqual({ 0: [0n, 2n, 4n, 6n, 8n], 1: [0n, 2n, 4n, 6n, 8n] })
    })

    it('gives the rest from any position, in a partition that is not named from its beginning', async () => {
      const selection = await storeBackwards()
      const [first] = selection.below
      if (first === undefined) throw new Error('two partitions are bounded')

      for (let from = 0n; from <= 10n; from += 1n) {
        const rest = [0n, 2n, 4n, 6n, 8n].filter((offset) => offset >= from)
        const entries = await readAll(selection, [{ ...first, from }])
        expect(partitionsOf(entries)).toEqual({ ...(rest.length > 0 && { 0: rest }), 1: [0n, 2n, 4n, 6n, 8n] })
      }
      const elsewhere = { ...first, topic: 'another', from: 100n }
      expect(await readAll(selection, [elsewhere])).toHaveLength(10)
    })

    it('gives what the selection matches and no more, without bounds nothing', async () => {
      const { topic, insert } = getWorld()
      const ofTopic = topic()
      const totals = [5, 20, 10, '20', 30]
      await insert(
        recordsOf(ofTopic, [
          ...totals.map((total) => ({ envelope: { payload: { after: { total } } } })),
          { value: null },
          { value: '{' },
        ]),
      )
      const below = [{ cluster, topic: ofTopic, partition: 0, below: 100n }]
      const select = async (selection: AuditSelection): Promise<unknown> =>
        partitionsOf(await readAll({ ...selection, below }))[0]

      expect(await select({})).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n])
      expect(await select({ filter: 'payload.after.total >= 20' })).toEqual([1n, 4n])
      expect(await select({ filter: 're2(name, "^order") && payload.after.total == 10' })).toEqual([2n])
      expect(await select({ statuses: ['tombstone', 'undecodable'] })).toEqual([5n, 6n])
      expect(await select({ ranges: [{ topic: ofTopic, partition: 0, from: 6n }] })).toEqual([6n])
      expect(await select({ names: ['nothing.happened'] })).toBeUndefined()
      expect(await readAll({ topics: [ofTopic], below: [] })).toEqual([])
    })

    it('tells the records of a topic made again from those that had their offsets before', async () => {
      const { topic, insert } = getWorld()
      const ofTopic = topic()
      for (const madeMs of [0, 86_400_000]) {
        await insert(
          recordsOf(
            ofTopic,
            [0, 1, 2].map((index) => ({ timestampMs: kafkaTime(madeMs + index) })),
          ),
        )
      }
      const below = [{ cluster, topic: ofTopic, partition: 0, below: 3n }]

      expect(partitionsOf(await readAll({ below }))[0]).toEqual([0n, 0n, 1n, 1n, 2n, 2n])
    })

    it('ends when the loop is left, and with the reason of an abort', async () => {
      const selection = await storeBackwards()
      const { log } = getWorld()
      for await (const { record } of log.readByOffset(selection)) {
        expect(record.offset).toBe(0n)
        break
      }
      // The connections that were left are free for others.
      expect(await log.summarize(selection)).toMatchObject({ entries: 10 })

      const reason = new Error('no longer wanted')
      const aborted = log.readByOffset(selection, { signal: AbortSignal.abort(reason) })[Symbol.asyncIterator]()
      await expect(aborted.next()).rejects.toBe(reason)
      const controller = new AbortController()
      const reading = log.readByOffset(selection, { signal: controller.signal })[Symbol.asyncIterator]()
      await reading.next()
      controller.abort(reason)
      await expect(reading.next()).rejects.toBe(reason)
    })

    it('is refused where it cannot be meant', async () => {
      const selection = await storeBackwards()
      const refused = async (wrong: BoundedSelection, from: readonly PartitionStart[] = []): Promise<void> => {
        const reading = getWorld().log.readByOffset(wrong, { from })[Symbol.asyncIterator]()
        await expect(reading.next()).rejects.toMatchObject({ code: 'AUDIT_SELECTION_INVALID', retriable: false })
      }
      await refused({ ...selection, entityId: '' })
      await refused(
        selection,
        selection.below.map((bound) => ({ ...bound, from: -1n })),
      )
    })
  })
}
