import type { InspectedEntry, InspectedSpan } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { recordsOf } from './audit-log-world.ts'
import type { EvidenceWorld } from './evidence-world.ts'

const whole = { cluster: 'test-cluster', partition: 0, from: 0n, to: 1_000n }

async function inspectAll({ log }: EvidenceWorld, span: InspectedSpan): Promise<readonly InspectedEntry[]> {
  const found: InspectedEntry[] = []
  for await (const each of log.inspect(span)) found.push(each)
  return found
}

const offsetsOf = (found: readonly InspectedEntry[]): readonly bigint[] => found.map(({ entry }) => entry.record.offset)

/** The log looked at closely. */
export function inspectionSentences(getWorld: () => EvidenceWorld): void {
  describe('an inspection', () => {
    it('gives the entries of a span of one partition by offset, whatever their times', async () => {
      const world = getWorld()
      const topic = world.topic()
      await world.insert([
        ...recordsOf(topic, [{ timestampMs: 30n }, { timestampMs: 10n }, { timestampMs: 20n }, {}, {}]),
        ...recordsOf(topic, [{ partition: 1 }, { partition: 1 }]),
      ])
      expect(offsetsOf(await inspectAll(world, { ...whole, topic }))).toEqual([0n, 1n, 2n, 3n, 4n])
      expect(offsetsOf(await inspectAll(world, { ...whole, topic, from: 1n, to: 4n }))).toEqual([1n, 2n, 3n])
      expect(offsetsOf(await inspectAll(world, { ...whole, topic, partition: 1 }))).toEqual([0n, 1n])
      expect(await inspectAll(world, { ...whole, topic, cluster: 'another' })).toEqual([])
    })

    it('gives both records where a topic made again has another one at the same offset, the older first', async () => {
      const world = getWorld()
      const topic = world.topic()
      await world.insert(recordsOf(topic, [{ timestampMs: 2_000n }]))
      await world.insert(recordsOf(topic, [{ timestampMs: 1_000n }]))
      const found = await inspectAll(world, { ...whole, topic })
      expect(found.map(({ entry }) => entry.record.timestampMs)).toEqual([1_000n, 2_000n])
    })

    it('narrows to Kafka times', async () => {
      const world = getWorld()
      const topic = world.topic()
      await world.insert(recordsOf(topic, [{ timestampMs: 10n }, { timestampMs: 20n }, { timestampMs: 30n }]))
      expect(offsetsOf(await inspectAll(world, { ...whole, topic, fromMs: 20, toMs: 30 }))).toEqual([1n])
    })

    it('leaves nothing out: what replays published again, what could not be read', async () => {
      const world = getWorld()
      const topic = world.topic()
      const records = recordsOf(topic, [{ value: null }, { value: '{' }, {}])
      await world.insert(records)
      const found = await inspectAll(world, { ...whole, topic })
      expect(found.map(({ entry }) => entry.record)).toEqual(records.map(({ record }) => record))
      expect(found.map(({ entry }) => entry.reading)).toEqual(records.map(({ reading }) => reading))
    })

    it('ends with the reason of an abort', async () => {
      const world = getWorld()
      const topic = world.topic()
      await world.insert(recordsOf(topic, [{}]))
      const gone = AbortSignal.abort('enough')
      const inspecting = (async () => {
        for await (const _ of world.log.inspect({ ...whole, topic }, { signal: gone })) throw new Error('not aborted')
      })()
      await expect(inspecting).rejects.toBe('enough')
    })
  })
}
