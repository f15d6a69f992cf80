import type { AuditEntry, AuditSelection, AuditTrace } from '@ledgerbus/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { AuditRecordInput } from '../../builders/an-audit-record.ts'
import { type AuditLogWorld, baseMs, eventTime, kafkaTime, recordsOf } from './audit-log-world.ts'

/** An id of the test's own, from the name of its topic. */
function idOf(topic: string, number: number): string {
  return `${topic.slice(-36, -12)}${String(number).padStart(12, '0')}`
}

function totals(...values: readonly unknown[]): readonly AuditRecordInput[] {
  return values.map((total) => ({ envelope: { payload: { after: { total } } } }))
}

function outline({ steps }: AuditTrace): readonly string[] {
  return steps.map(({ entry, depth }) => {
    const name = entry.reading.status === 'ok' ? entry.reading.envelope.name : entry.reading.status
    return `${'  '.repeat(depth)}${name}`
  })
}

/** Filters, counts, stories, timelines, tails and exports. */
export function questionSentences(getWorld: () => AuditLogWorld): void {
  async function lines(selection: AuditSelection): Promise<readonly Record<string, unknown>[]> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const bytes of getWorld().log.export(selection, { format: 'jsonl' })) {
      text += decoder.decode(bytes, { stream: true })
    }
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  describe('a filter', () => {
    it('selects the events that the filter language matches, in pages, streams, summaries and counts alike', async () => {
      const { log, topic, insert, offsets } = getWorld()
      const ofTopic = topic()
      await insert(
        recordsOf(ofTopic, [...totals(1_500, 1_000, 999.5, '1500', null, undefined), { value: null }, { value: '{' }]),
      )
      const cases: readonly (readonly [filter: string, offsets: readonly bigint[]])[] = [
        ['payload.after.total >= 1000', [0n, 1n]],
        ['!(payload.after.total >= 1000)', [2n]],
        ['payload.after.total == "1500"', [3n]],
        ['payload.after.total != 1000', [0n, 2n, 3n, 4n]],
        ['has(payload.after.total)', [0n, 1n, 2n, 3n, 4n]],
        ['!has(payload.after.total)', [5n]],
        ['payload.after.total == null', [4n]],
        ['payload.after.total / 2 == 500 || name == "none"', [1n]],
        ['name == "order.created" && version == 1', [0n, 1n, 2n, 3n, 4n, 5n]],
        ['name.startsWith("user.")', []],
      ]
      for (const [filter, found] of cases) {
        const selection = { topics: [ofTopic], filter }
        expect(await offsets(selection), filter).toEqual(found)
        const page = await log.query(selection, { order: 'oldest' })
        expect(page.entries.map(({ record }) => record.offset).toSorted(), filter).toEqual(found)
        expect((await log.summarize(selection)).entries, filter).toBe(found.length)
        expect((await log.stats(selection)).entries, filter).toBe(found.length)
      }
    })

    it('pages through what matches, each once, whatever the size of a page', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      await insert(recordsOf(ofTopic, totals(...Array.from({ length: 20 }, (_, index) => index))))
      const selection = { topics: [ofTopic], filter: 'payload.after.total % 3 == 0' }
      for (const limit of [1, 2, 7]) {
        const seen: AuditEntry[] = []
        let cursor: string | undefined
        do {
          const page = await log.query(selection, {
            order: 'partition',
            limit,
            ...(cursor !== undefined && { cursor }),
          })
          expect(page.entries.length).toBeLessThanOrEqual(limit)
          seen.push(...page.entries)
          cursor = page.nextCursor
        } while (cursor !== undefined)
        expect(seen.map(({ record }) => record.offset)).toEqual([0n, 3n, 6n, 9n, 12n, 15n, 18n])
      }
    })

    it('is refused with its place when it is none', async () => {
      const { log } = getWorld()
      const refusal = { code: 'FILTER_INVALID', issues: [expect.objectContaining({ position: 0 })] }
      await expect(log.query({ filter: 'paylod.after == 1' })).rejects.toMatchObject(refusal)
      await expect(log.stats({ filter: 'paylod.after == 1' })).rejects.toMatchObject(refusal)
      expect(() => log.explain({ filter: 'paylod.after == 1' })).toThrow(expect.objectContaining(refusal))
    })

    it('is explained: what the store decides, and what runs over rows', () => {
      const { condition, onRows } = getWorld().log.explain({ filter: 'size(payload.after.items) > 3' })
      expect(condition).not.toBe('')
      expect(onRows).toBe('size(payload.after.items) > 3')
      expect(getWorld().log.explain({}).onRows).toBeUndefined()
    })
  })

  describe('stats', () => {
    it('count by name, topic, status, organization and actor, and by time', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      const day = 86_400_000
      await insert(
        recordsOf(ofTopic, [
          { envelope: { name: 'order.created', organizationId: 'acme', timestamp: eventTime(0) } },
          { envelope: { name: 'order.created', organizationId: 'acme', timestamp: eventTime(1) } },
          { envelope: { name: 'order.paid', actor: { type: 'user', id: 'u-2' }, timestamp: eventTime(day) } },
          { value: null, timestampMs: kafkaTime(day) },
        ]),
      )
      const selection = { topics: [ofTopic] }
      const counted = async (options: Parameters<typeof log.stats>[1]): Promise<readonly unknown[]> =>
        (await log.stats(selection, options)).groups.map(({ bytes, ...facts }) => {
          expect(bytes).toBeGreaterThan(0)
          return facts
        })

      const all = await log.stats(selection)
      expect(all).toMatchObject({ entries: 4, groups: [{ entries: 4, bytes: all.bytes }] })
      expect(await counted({ by: ['name'] })).toEqual([
        { name: 'order.created', entries: 2 },
        { name: 'order.paid', entries: 1 },
        { entries: 1 },
      ])
      expect(await counted({ by: ['status', 'topic'] })).toEqual([
        { status: 'ok', topic: ofTopic, entries: 3 },
        { status: 'tombstone', topic: ofTopic, entries: 1 },
      ])
      expect(await counted({ by: ['organization', 'actor'], limit: 1 })).toEqual([
        { organizationId: 'acme', actor: { type: 'user', id: 'u-1' }, entries: 2 },
      ])
      expect((await log.stats(selection, { by: ['organization', 'actor'], limit: 1 })).rest).toMatchObject({
        entries: 2,
      })
      // The base is noon of Saturday, 31 January 2026.
      expect(await counted({ interval: 'day' })).toEqual([
        { fromMs: baseMs - day / 2, entries: 2 },
        { fromMs: baseMs + day / 2, entries: 2 },
      ])
      expect(await counted({ interval: 'week' })).toEqual([{ fromMs: Date.UTC(2026, 0, 26), entries: 4 }])
    })

    it('count a record once that was stored twice, and nothing where there is nothing', async () => {
      const { log, topic, insert } = getWorld()
      const [ofTopic, empty] = [topic(), topic()]
      const records = recordsOf(ofTopic, [{}, {}, {}])
      await insert(records)
      // Cut elsewhere than before, so that the store cannot know the range again.
      await insert(records.slice(1))
      expect(await log.stats({ topics: [ofTopic] }, { by: ['topic'] })).toMatchObject({
        entries: 3,
        groups: [{ topic: ofTopic, entries: 3 }],
      })
      expect(await log.stats({ topics: [empty] })).toEqual({ entries: 0, bytes: 0, groups: [] })
    })

    it('refuse what they cannot count by', async () => {
      const { log } = getWorld()
      await expect(log.stats({}, { limit: 0 })).rejects.toMatchObject({ code: 'AUDIT_SELECTION_INVALID' })
      await expect(log.stats({}, { by: ['colour' as 'name'] })).rejects.toMatchObject({
        code: 'AUDIT_SELECTION_INVALID',
      })
    })
  })

  describe('a trace', () => {
    it('is the causation tree of a correlation, found by its id or any event of it', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      const correlationId = idOf(ofTopic, 1)
      const event = (number: number, name: string, cause?: number): AuditRecordInput => ({
        envelope: {
          ...{ name, correlationId, eventId: idOf(ofTopic, number), timestamp: eventTime(number) },
          ...(cause !== undefined && { causationId: idOf(ofTopic, cause).toUpperCase() }),
        },
      })
      await insert(
        recordsOf(ofTopic, [
          event(14, 'order.completed', 12),
          event(10, 'order.created'),
          event(12, 'order.paid', 10),
          event(11, 'mail.sent', 10),
          event(13, 'parcel.sent', 12),
          event(15, 'refund.asked', 99),
          event(12, 'order.paid', 10),
        ]),
      )
      const trace = await log.trace({ eventId: idOf(ofTopic, 13) })

      expect(outline(trace)).toEqual([
        'order.created',
        '  mail.sent',
        '  order.paid',
        '    parcel.sent',
        '    order.completed',
        'refund.asked',
      ])
      expect(trace).toMatchObject({ correlationId, isCut: false })
      expect(trace.steps[2]?.repeats).toHaveLength(1)
      expect(trace.steps[5]?.cause).toEqual({ eventId: idOf(ofTopic, 99).toUpperCase() })
      expect(outline(await log.trace({ correlationId }))).toEqual(outline(trace))
      expect(await log.trace({ correlationId }, { limit: 2 })).toMatchObject({ isCut: true, steps: { length: 2 } })
      expect(await log.trace({ eventId: idOf(ofTopic, 77) })).toEqual({ steps: [], isCut: false })
    })
  })

  describe('a timeline', () => {
    it('tells what each event of an entity changed', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      const about = { type: 'order', id: ofTopic }
      await insert(
        recordsOf(
          ofTopic,
          [
            { envelope: { entity: about, payload: { after: { total: 1, note: 'a' } } } },
            { envelope: { entity: { type: 'order', id: 'another' } } },
            { envelope: { entity: about, payload: { before: { total: 1 }, after: { total: 2 } } } },
            { envelope: { entity: about, payload: { after: { total: 2, vip: true } } } },
          ].map((input, index) => ({ ...input, timestampMs: kafkaTime(index) })),
        ),
      )
      const told: unknown[] = []
      for await (const { entry, changes, against } of log.timeline({ entityType: 'order', entityId: ofTopic })) {
        told.push([entry.record.offset, against, changes.map(({ kind, path }) => `${kind} ${path.join('.')}`)])
      }
      expect(told).toEqual([
        [0n, 'nothing', ['added total', 'added note']],
        [2n, 'before', ['changed total']],
        [3n, 'previous', ['added vip']],
      ])
    })
  })

  describe('a tail', () => {
    it('gives what is stored from now on, each record once, whatever its time', async () => {
      const { log, topic, insert } = getWorld()
      const ofTopic = topic()
      await insert(recordsOf(ofTopic, [{ offset: 1_000n, timestampMs: kafkaTime(0) }]))
      const controller = new AbortController()
      const seen: bigint[] = []
      const followed = new Set<number>()
      const following = (async () => {
        const options = { signal: controller.signal, pollMs: 20 }
        for await (const { record } of log.tail({ topics: [ofTopic] }, options)) {
          if (record.offset >= 2_000n) followed.add(record.partition)
          else seen.push(record.offset)
          if (seen.length === 6) break
        }
      })()
      // Markers until one of each partition is seen: only then does it follow wherever their records are stored.
      let marker = 2_000n
      await eventually(async () => {
        const timestampMs = kafkaTime(Number(marker))
        for (const partition of [0, 1]) await insert(recordsOf(ofTopic, [{ offset: marker, timestampMs, partition }]))
        marker += 1n
        return followed.size === 2
      })
      const late = recordsOf(ofTopic, [{ offset: 3n, timestampMs: kafkaTime(-90_000_000) }])
      await insert(
        recordsOf(ofTopic, [
          { offset: 5n, timestampMs: kafkaTime(9_000) },
          { offset: 6n, timestampMs: kafkaTime(8_000) },
        ]),
      )
      await insert(late)
      await insert([...late, ...recordsOf(ofTopic, [{ offset: 4n, timestampMs: kafkaTime(-80_000_000) }])])
      // Partitions may be stored apart, and are then told in no order among each other.
      await eventually(() => seen.length === 4)
      await insert(
        recordsOf(
          ofTopic,
          [0n, 1n].map((offset) => ({ offset, partition: 1 })),
        ),
      )
      await following
      controller.abort()
      expect(seen).toEqual([5n, 6n, 3n, 4n, 0n, 1n])
    })

    it('ends with the reason of its signal', async () => {
      const controller = new AbortController()
      const next = getWorld().log.tail({}, { signal: controller.signal })[Symbol.asyncIterator]().next()
      controller.abort(new Error('enough'))
      await expect(next).rejects.toThrow('enough')
    })
  })

  describe('an export', () => {
    it('has one entry a line with coordinates, event and value, bytes that are no text in base64', async () => {
      const { topic, insert } = getWorld()
      const ofTopic = topic()
      const odd = Uint8Array.of(0xff, 0x00)
      await insert(
        recordsOf(ofTopic, [
          { envelope: { name: 'order.created' }, timestampMs: kafkaTime(0) },
          {
            value: odd,
            key: odd,
            headers: [
              ['h', odd],
              ['n', null],
            ],
            timestampMs: kafkaTime(1),
          },
          { value: null, timestampMs: kafkaTime(2) },
        ]),
      )
      const [event, undecodable, tombstone, ...more] = await lines({ topics: [ofTopic] })

      expect(more).toEqual([])
      expect(event).toMatchObject({
        ...{
          topic: ofTopic,
          partition: 0,
          offset: '0',
          cluster: 'test-cluster',
          kafkaTime: eventTime(0),
          status: 'ok',
        },
        event: { name: 'order.created', payload: { after: { total: 100 } } },
      })
      expect(JSON.parse(String(event?.['value']))).toMatchObject({ name: 'order.created' })
      expect(undecodable).toMatchObject({
        ...{ status: 'undecodable', keyBase64: '/wA=', valueBase64: '/wA=' },
        headers: [
          { name: 'h', valueBase64: '/wA=' },
          { name: 'n', value: null },
        ],
      })
      expect(tombstone).toMatchObject({ status: 'tombstone', offset: '2' })
    })
  })
}
