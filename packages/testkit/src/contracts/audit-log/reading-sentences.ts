import type { AuditEntry, AuditOrder, AuditSelection } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { type AuditLogWorld, kafkaTime, recordsOf } from './audit-log-world.ts'

type Place = readonly [partition: number, offset: bigint]

function placesOf(entries: readonly AuditEntry[]): readonly Place[] {
  return entries.map(({ record }) => [record.partition, record.offset])
}

/** Four records in two partitions: Kafka's time runs backwards once and is equal once. */
function fourRecords(topic: string): Parameters<AuditLogWorld['insert']>[0] {
  return recordsOf(topic, [
    { partition: 0, offset: 0n, timestampMs: kafkaTime(20) },
    { partition: 0, offset: 1n, timestampMs: kafkaTime(10) },
    { partition: 1, offset: 0n, timestampMs: kafkaTime(20) },
    { partition: 1, offset: 1n, timestampMs: kafkaTime(30) },
  ])
}

const inOrder: Readonly<Record<AuditOrder, readonly Place[]>> = {
  oldest: [
    [0, 1n],
    [0, 0n],
    [1, 0n],
    [1, 1n],
  ],
  newest: [
    [1, 1n],
    [1, 0n],
    [0, 0n],
    [0, 1n],
  ],
  partition: [
    [0, 0n],
    [0, 1n],
    [1, 0n],
    [1, 1n],
  ],
}

const orders = ['oldest', 'newest', 'partition'] as const

/** Pages and streams. */
export function readingSentences(getWorld: () => AuditLogWorld): void {
  async function pages(
    selection: AuditSelection,
    options: { readonly order: AuditOrder; readonly limit: number; readonly between?: () => Promise<void> },
  ): Promise<readonly (readonly AuditEntry[])[]> {
    const found: (readonly AuditEntry[])[] = []
    let cursor: string | undefined
    do {
      const { order, limit } = options
      const page = await getWorld().log.query(selection, { order, limit, ...(cursor !== undefined && { cursor }) })
      found.push(page.entries)
      cursor = page.nextCursor
      await options.between?.()
    } while (cursor !== undefined)
    return found
  }

  describe('reading', () => {
    it('gives entries by time of Kafka, newest or oldest first, or by partition and offset', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      await insert(fourRecords(ofTopic))
      const selection = { topics: [ofTopic] }

      for (const order of orders) {
        const streamed: AuditEntry[] = []
        for await (const entry of log.read(selection, { order })) streamed.push(entry)
        expect(placesOf(streamed)).toEqual(inOrder[order])
        expect(placesOf((await log.query(selection, { order })).entries)).toEqual(inOrder[order])
      }
    })

    it('gives pages the newest first and streams the oldest first, unless told otherwise', async () => {
      const { log, topic, insert, readAll } = getWorld()
      const ofTopic = topic()
      await insert(fourRecords(ofTopic))

      expect(placesOf((await log.query({ topics: [ofTopic] })).entries)).toEqual(inOrder.newest)
      expect(placesOf(await readAll({ topics: [ofTopic] }))).toEqual(inOrder.oldest)
    })

    it('cuts pages that are disjoint and make up the whole, in every order and of every size', async () => {
      const { topic, insert } = getWorld()
      const ofTopic = topic()
      await insert(fourRecords(ofTopic))

      for (const order of orders) {
        for (const limit of [1, 2, 3, 4, 5]) {
          const found = await pages({ topics: [ofTopic] }, { order, limit })
          expect(placesOf(found.flat())).toEqual(inOrder[order])
          // The last page knows that it is the last, also when it is full.
          expect(found).toHaveLength(Math.ceil(4 / limit))
        }
      }
    })

    it('has no next page behind an empty one', async () => {
      const { log, topic } = getWorld()

      expect(await log.query({ topics: [topic()] })).toEqual({ entries: [] })
    })

    it('shows what stood there exactly once while the log grows on all sides', async () => {
      const { topic, insert } = getWorld()
      for (const order of orders) {
        const ofTopic = topic()
        const before = recordsOf(
          ofTopic,
          [0, 1, 2, 3, 4, 5].map((index) => ({ offset: BigInt(100 + index), timestampMs: kafkaTime(index * 10) })),
        )
        await insert(before)
        let round = 0
        const found = await pages(
          { topics: [ofTopic] },
          {
            order,
            limit: 2,
            async between() {
              if (round >= 4) return
              const later = { offset: BigInt(200 + round), timestampMs: kafkaTime(1_000 + round) }
              const earlier = { offset: BigInt(round), timestampMs: kafkaTime(-1_000 + round) }
              await insert(recordsOf(ofTopic, [earlier, later]))
              round += 1
            },
          },
        )
        const seen = found.flat().map(({ record }) => record.offset)
        expect(new Set(seen).size).toBe(seen.length)
        expect(seen.filter((offset) => offset >= 100n && offset < 200n).length).toBe(before.length)
      }
    })

    it('goes on behind any entry, in pages and streams', async () => {
      const { log, topic, insert, readAll } = getWorld()
      const ofTopic = topic()
      const selection = { topics: [ofTopic] }
      await insert(fourRecords(ofTopic))
      const entries = await readAll(selection)

      for (const order of orders) {
        for (const [index, [partition, offset]] of inOrder[order].entries()) {
          const entry = entries.find(({ record }) => record.partition === partition && record.offset === offset)
          if (entry === undefined) throw new Error('the entry was stored')
          const cursor = log.cursorOf(entry, order)
          const streamed: AuditEntry[] = []
          for await (const next of log.read(selection, { order, cursor })) streamed.push(next)

          expect(placesOf(streamed)).toEqual(inOrder[order].slice(index + 1))
          expect(placesOf((await log.query(selection, { order, cursor })).entries)).toEqual(
            inOrder[order].slice(index + 1),
          )
        }
      }
    })

    it('refuses a cursor that is none or belongs to another order, and a limit that is none', async () => {
      const { log, topic, insert, readAll } = getWorld()
      const ofTopic = topic()
      await insert(recordsOf(ofTopic, [{}]))
      const [entry] = await readAll({ topics: [ofTopic] })
      if (entry === undefined) throw new Error('the entry was stored')
      const refusal = { code: 'AUDIT_CURSOR_INVALID', retriable: false }

      const others = log.cursorOf(entry, 'oldest')
      for (const cursor of ['', 'nonsense', `${others}x{`]) {
        await expect(log.query({}, { order: 'oldest', cursor })).rejects.toMatchObject(refusal)
      }
      await expect(log.query({}, { order: 'newest', cursor: others })).rejects.toMatchObject(refusal)
      const reading = log.read({}, { order: 'partition', cursor: others })[Symbol.asyncIterator]()
      await expect(reading.next()).rejects.toMatchObject(refusal)
      for (const limit of [0, -1, 1.5, 1_000_000]) {
        await expect(log.query({}, { limit })).rejects.toMatchObject({ code: 'AUDIT_SELECTION_INVALID' })
      }
    })

    it('streams thousands of entries in order, and ends when the loop is left', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      const count = 3_000
      await insert(
        recordsOf(
          ofTopic,
          Array.from({ length: count }, (_, index) => ({
            timestampMs: kafkaTime(index),
            envelope: { payload: { after: { index, text: 'x'.repeat(500) } } },
          })),
        ),
      )

      let next = 0n
      for await (const { record } of log.read({ topics: [ofTopic] }, { order: 'partition' })) {
        expect(record.offset).toBe(next)
        next += 1n
      }
      expect(next).toBe(BigInt(count))

      for await (const { record } of log.read({ topics: [ofTopic] })) {
        if (record.offset === 9n) break
      }
      // The connection that was left is free for others.
      expect(await log.summarize({ topics: [ofTopic] })).toMatchObject({ entries: count })
    })

    it('ends with the reason of an abort', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      await insert(recordsOf(ofTopic, [{}, {}]))
      const reason = new Error('no longer wanted')
      const aborted = { signal: AbortSignal.abort(reason) }

      await expect(log.query({ topics: [ofTopic] }, aborted)).rejects.toBe(reason)
      await expect(log.summarize({ topics: [ofTopic] }, aborted)).rejects.toBe(reason)
      const abortedReading = log.read({ topics: [ofTopic] }, aborted)[Symbol.asyncIterator]()
      await expect(abortedReading.next()).rejects.toBe(reason)

      const controller = new AbortController()
      const reading = log.read({ topics: [ofTopic] }, { signal: controller.signal })[Symbol.asyncIterator]()
      await reading.next()
      controller.abort(reason)
      await expect(reading.next()).rejects.toBe(reason)
    })

    it('answers nothing once it is closed, and may be closed twice', async () => {
      const { another, topic } = getWorld()
      const log = await another()

      await log.close()
      await log.close()

      await expect(log.query({ topics: [topic()] })).rejects.toMatchObject({ code: 'AUDIT_LOG_CLOSED' })
      await expect(log.summarize({ topics: [topic()] })).rejects.toMatchObject({ code: 'AUDIT_LOG_CLOSED' })
    })
  })
}
