import type {
  BrokerReader,
  ConsumerRecord,
  OffsetSpan,
  RecordSlice,
  TopicPartition,
  WaitOptions,
} from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { aRecord } from '../../builders/a-record.ts'
import type { BrokerContractControls } from './broker-contract-options.ts'
import type { BrokerWorld } from './broker-world.ts'
import { textOf } from './consumer-probe.ts'

async function slicesOf(
  reader: BrokerReader,
  partition: TopicPartition,
  span: OffsetSpan,
  options?: WaitOptions,
): Promise<readonly RecordSlice[]> {
  const slices: RecordSlice[] = []
  for await (const slice of reader.read(partition, span, options)) slices.push(slice)
  return slices
}

function valuesOf(slices: readonly RecordSlice[]): readonly (string | null)[] {
  return slices.flatMap(({ records }) => records.map(textOf))
}

const words = ['a', 'b', 'c', 'd', 'e']

/** What a reader outside of groups promises. */
export function readerSentences(getWorld: () => BrokerWorld, { deleteRecords }: BrokerContractControls): void {
  async function aTopicOfWords(): Promise<{ readonly at: TopicPartition; readonly base: bigint }> {
    const world = getWorld()
    const topic = await world.topic({ partitions: 2 })
    const base = await world.append(
      topic,
      1,
      words.map((value) => aRecord({ value })),
    )
    return { at: { topic, partition: 1 }, base }
  }

  describe('reader', () => {
    it('reads the records of a span as they were written, each once, in order, and ends at its end', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const written = [
        aRecord({
          key: 'k',
          value: 'v',
          headers: [
            ['name', 'first'],
            ['name', null],
          ],
        }),
        aRecord({ key: null, value: null }),
        aRecord({ value: '' }),
      ]
      const base = await world.append(topic, 0, written)
      const reader = await world.reader()

      const slices = await slicesOf(reader, { topic, partition: 0 }, { from: base, to: base + 3n })

      const admin = await world.admin()
      const cluster = await admin.clusterId()
      const records: readonly ConsumerRecord[] = slices.flatMap((slice) => slice.records)
      expect(records.map((record) => ({ ...record }))).toEqual(
        written.map((record, index) => ({ ...record, cluster, topic, partition: 0, offset: base + BigInt(index) })),
      )
      expect(slices.at(-1)?.nextOffset).toBe(base + 3n)
    })

    it('leaves out what lies before and behind the span, and goes on where a slice ended', async () => {
      const { at, base } = await aTopicOfWords()
      const reader = await getWorld().reader()

      for (const [from, to] of [
        [0, 5],
        [1, 4],
        [2, 3],
        [4, 5],
        [0, 1],
      ] as const) {
        const span = { from: base + BigInt(from), to: base + BigInt(to) }
        const slices = await slicesOf(reader, at, span)
        expect(valuesOf(slices)).toEqual(words.slice(from, to))
        expect(slices.at(-1)?.nextOffset).toBe(span.to)
        let position = span.from
        for (const { records, nextOffset } of slices) {
          for (const { offset } of records) {
            expect(offset).toBeGreaterThanOrEqual(position)
            expect(offset).toBeLessThan(nextOffset)
          }
          expect(nextOffset).toBeGreaterThan(position)
          position = nextOffset
        }
      }
    })

    it('reads nothing of a span without offsets', async () => {
      const { at, base } = await aTopicOfWords()
      const reader = await getWorld().reader()

      expect(await slicesOf(reader, at, { from: base + 2n, to: base + 2n })).toEqual([])
      expect(await slicesOf(reader, at, { from: base + 3n, to: base })).toEqual([])
    })

    it('reads several partitions at a time, and a read that is given up disturbs none', async () => {
      const { at, base } = await aTopicOfWords()
      const other = await aTopicOfWords()
      const reader = await getWorld().reader()

      const both = Promise.all([
        slicesOf(reader, at, { from: base, to: base + 5n }),
        slicesOf(reader, other.at, { from: other.base, to: other.base + 5n }),
      ])
      for await (const slice of reader.read(at, { from: base, to: base + 5n })) {
        expect(valuesOf([slice])[0]).toBe('a')
        break
      }

      expect((await both).map(valuesOf)).toEqual([words, words])
    })

    it('waits for what is not there yet', async () => {
      const world = getWorld()
      const { at, base } = await aTopicOfWords()
      const reader = await world.reader()
      let hasEnded = false

      const reading = slicesOf(reader, at, { from: base + 3n, to: base + 6n }).finally(() => {
        hasEnded = true
      })
      await world.quiet()
      expect(hasEnded).toBe(false)
      await world.append(at.topic, at.partition, [aRecord({ value: 'f' }), aRecord({ value: 'g' })])

      expect(valuesOf(await reading)).toEqual(['d', 'e', 'f'])
    })

    it('ends with the reason of an abort, between slices and while it waits', async () => {
      const world = getWorld()
      const { at, base } = await aTopicOfWords()
      const reader = await world.reader()
      const between = new AbortController()
      const waiting = new AbortController()
      const seen: (string | null)[] = []

      const reading = (async () => {
        for await (const slice of reader.read(at, { from: base, to: base + 9n }, { signal: between.signal })) {
          seen.push(...valuesOf([slice]))
          between.abort(new Error('no longer wanted'))
        }
      })()
      await expect(reading).rejects.toThrow('no longer wanted')
      expect(words.slice(0, seen.length)).toEqual(seen)

      const behind = slicesOf(reader, at, { from: base + 5n, to: base + 9n }, { signal: waiting.signal })
      const ended = expect(behind).rejects.toThrow('waited long enough')
      await world.quiet()
      waiting.abort(new Error('waited long enough'))
      await ended

      const aborted = { signal: AbortSignal.abort(new Error('before it began')) }
      await expect(slicesOf(reader, at, { from: base, to: base + 1n }, aborted)).rejects.toThrow('before it began')
    })

    it('refuses a topic or a partition that does not exist, and a span that begins beyond the end', async () => {
      const { at, base } = await aTopicOfWords()
      const reader = await getWorld().reader()
      const span = { from: base, to: base + 1n }

      await expect(slicesOf(reader, { topic: `${at.topic}-none`, partition: 0 }, span)).rejects.toMatchObject({
        code: 'BROKER_TOPIC_UNKNOWN',
      })
      await expect(slicesOf(reader, { ...at, partition: 2 }, span)).rejects.toMatchObject({
        code: 'BROKER_PARTITION_UNKNOWN',
      })
      await expect(slicesOf(reader, at, { from: base + 6n, to: base + 7n })).rejects.toMatchObject({
        code: 'BROKER_OFFSET_OUT_OF_RANGE',
      })
    })

    it('has to be started, and close ends what it reads', async () => {
      const world = getWorld()
      const { at, base } = await aTopicOfWords()
      const reader = world.broker.createReader()
      await expect(slicesOf(reader, at, { from: base, to: base + 1n })).rejects.toMatchObject({
        code: 'BROKER_NOT_STARTED',
      })
      await reader.start()
      const ended = expect(slicesOf(reader, at, { from: base, to: base + 9n })).rejects.toMatchObject({
        code: 'BROKER_CLOSED',
      })
      await world.quiet()

      await reader.close()
      await reader.close()

      await ended
      await expect(slicesOf(reader, at, { from: base, to: base + 1n })).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    })

    if (deleteRecords !== undefined) {
      it('begins at the first record left, and ends where all of the span is gone', async () => {
        const { at, base } = await aTopicOfWords()
        const reader = await getWorld().reader()
        await deleteRecords(at, base + 3n)

        const slices = await slicesOf(reader, at, { from: base, to: base + 5n })
        expect(valuesOf(slices)).toEqual(['d', 'e'])
        expect(slices.at(-1)?.nextOffset).toBe(base + 5n)
        const gone = await slicesOf(reader, at, { from: base, to: base + 2n })
        expect(gone).toEqual([{ records: [], nextOffset: base + 2n }])
      })
    }
  })
}

/** What a reader outside of groups sees of transactions. */
export function transactionReaderSentences(getWorld: () => BrokerWorld): void {
  describe('reader of transactions', () => {
    it('never shows an aborted one, and ends also where the last offsets are no records', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const at = { topic, partition: 0 }
      const base = await world.append(topic, 0, [aRecord({ value: 'plain' })])
      const producer = await world.transactionalProducer(world.groupId())
      for (const [value, end] of [
        ['first', 'commit'],
        ['gone', 'abort'],
        ['second', 'commit'],
        ['gone', 'abort'],
      ] as const) {
        const transaction = await producer.begin()
        await transaction.append(topic, 0, [aRecord({ value }), aRecord({ value: `${value} too` })])
        expect(await transaction[end]()).toEqual({ kind: 'ok' })
      }
      const to = base + 13n
      await world.until(async () => expect(await world.end(at)).toBe(to))
      const reader = await world.reader()

      const slices = await slicesOf(reader, at, { from: base, to })

      expect(valuesOf(slices)).toEqual(['plain', 'first', 'first too', 'second', 'second too'])
      expect(slices.at(-1)?.nextOffset).toBe(to)
      // Also where a read begins in the midst of one, and among markers only.
      expect(valuesOf(await slicesOf(reader, at, { from: base + 5n, to: base + 8n }))).toEqual(['second'])
      expect(valuesOf(await slicesOf(reader, at, { from: base + 10n, to }))).toEqual([])
    })

    it('waits for one that is open', async () => {
      const world = getWorld()
      const topic = await world.topic()
      const at = { topic, partition: 0 }
      const base = await world.append(topic, 0, [aRecord({ value: 'before it' })])
      const producer = await world.transactionalProducer(world.groupId())
      const transaction = await producer.begin()
      expect(await transaction.append(topic, 0, [aRecord({ value: 'in it' })])).toMatchObject({ kind: 'ok' })
      await world.append(topic, 0, [aRecord({ value: 'behind it' })])
      const reader = await world.reader()
      const seen: RecordSlice[] = []

      const reading = (async () => {
        for await (const slice of reader.read(at, { from: base, to: base + 3n })) seen.push(slice)
      })()
      await world.until(() => expect(valuesOf(seen)).toEqual(['before it']))
      await world.quiet()
      expect(valuesOf(seen)).toEqual(['before it'])
      await transaction.commit()

      await reading
      expect(valuesOf(seen)).toEqual(['before it', 'in it', 'behind it'])
    })
  })
}
