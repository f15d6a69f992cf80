import { describe, expect, it } from 'vitest'
import type { WitnessedRecord } from '../../witness/witnessed-record.ts'
import {
  aCopy,
  anOriginal,
  aReplay,
  aReplayHistory,
  aRunner,
  aTrail,
  type Changes,
  loggedOf,
} from './a-replay-history.ts'
import { checkReplays } from './check-replays.ts'
import type { MarkedRecord } from './marked-record.ts'

/** What a history shows, kinds without a finding left out. */
function found(changes: Changes): Readonly<Record<string, number>> {
  const { anomalies } = checkReplays(aReplayHistory(changes))
  return Object.fromEntries(Object.entries(anomalies).filter(([, count]) => count > 0))
}

const originals = [0, 1, 2, 3].map((offset) => anOriginal(offset))
const copies = originals.map((original, index) => aCopy(original, index))
const goodTrail = aTrail({ published: 4, failed: 0, leftOut: 0 })
/** The same, but for somebody who paused it. */
const pausedTrail = goodTrail.flatMap((line) =>
  line.kind === 'begun'
    ? [line, { ...line, kind: 'paused', state: 'paused', by: 'eve', step: 5, published: 2 }]
    : [line],
)

function standing(...replayed: readonly MarkedRecord[]): Pick<Changes, 'stored'> {
  return { stored: [...originals, ...replayed] }
}

/** The copies, one of them changed. */
function withCopy(index: number, change: (copy: MarkedRecord) => Partial<MarkedRecord>): Pick<Changes, 'stored'> {
  return standing(...copies.map((copy, at) => (at === index ? { ...copy, ...change(copy) } : copy)))
}

function marked(marks: Partial<MarkedRecord['marks']>): (copy: MarkedRecord) => Partial<MarkedRecord> {
  return (copy) => ({ marks: { ...copy.marks, ...marks } })
}

describe('a good run of replays', () => {
  it('passes: each planned entry once, as it was, in its order', () => {
    const report = checkReplays(aReplayHistory())
    expect(report.examples).toEqual([])
    expect(report.isOk).toBe(true)
    expect(report.counts).toEqual({
      ...{ originals: 4, planned: 4, published: 4, leftOut: 0, failed: 0, runners: 1, fenced: 0, gaveUp: 0 },
    })
  })

  it('passes with an entry left out and one that failed, where that was to be', () => {
    const fates = ['published', 'left-out', 'failed', 'published'] as const
    const replay = aReplay({
      fateOf: ({ offset, marks }) => (marks === undefined ? (fates[offset] ?? 'unselected') : 'unselected'),
      status: { state: 'completed', published: 2, failed: 1, leftOut: 1 },
      errors: [{ topic: 'orders', partition: 0, offset: 2 }],
    })
    const end = { state: 'completed', planned: 4, published: 2, failed: 1, leftOut: 1 }
    const [first, , , last] = copies
    if (first === undefined || last === undefined) throw new Error('four copies')
    expect(found({ ...standing(first, last), replays: [replay], runners: [aRunner({ end })] })).toEqual({})
  })

  it('passes by time: what was written late may stand first', () => {
    const replay = aReplay({ order: 'time' })
    const inTime = originals.toReversed().map((original, index) => aCopy(original, index))
    expect(found({ ...standing(...inTime), replays: [replay] })).toEqual({})
  })

  it('passes in a topic of fewer partitions, each key in one of them', () => {
    const replay = aReplay({ target: 'copy' })
    const elsewhere = copies.map((copy) => ({ ...copy, topic: 'copy', partition: copy.key === 'k0' ? 0 : 1 }))
    expect(found({ ...standing(...elsewhere), replays: [replay] })).toEqual({})
  })

  it('passes with records of an earlier replay, which are neither planned nor facts', () => {
    const before = aCopy(anOriginal(9), 0, { offset: 4 })
    const stored = [...originals, { ...before, marks: { ...before.marks, replayId: 'earlier' } }, ...copies]
    expect(found({ stored })).toEqual({})
  })

  it('passes with runners that were killed, shut out by another, or gave up for a while', () => {
    const counts = { planned: 4, published: 1, failed: 0, leftOut: 0 }
    const { end: _, ...killed } = aRunner({ name: 'killed', startedMs: 0, endedMs: 10 })
    const fenced = aRunner({
      name: 'old',
      startedMs: 10,
      endedMs: 30,
      end: { ...counts, state: 'failed', code: 'REPLAY_FENCED' },
    })
    const gaveUp = aRunner({
      ...{ name: 'unlucky', startedMs: 20, endedMs: 40 },
      end: { ...counts, state: 'failed', code: 'REPLAY_READ_FAILED', isRetriable: true },
    })
    const late = aRunner({ name: 'late', startedMs: 110, end: { ...counts, state: 'failed', code: 'REPLAY_ENDED' } })
    const report = checkReplays(aReplayHistory({ runners: [killed, fenced, gaveUp, aRunner({ startedMs: 50 }), late] }))
    expect(report.examples).toEqual([])
    expect(report.counts).toMatchObject({ runners: 5, fenced: 1, gaveUp: 1 })
  })
})

describe('a bad run of replays', () => {
  const [first, second, third, fourth] = copies
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) {
    throw new Error('four copies')
  }

  it('is found out by an entry that is missing', () => {
    expect(found(standing(first, second, third))).toEqual({ lost: 1, marks: 1 })
  })

  it('is found out by an entry that is there twice, also where another is missing', () => {
    expect(found(standing(first, second, third, fourth, { ...fourth, offset: 104 }))).toMatchObject({
      doubled: 1,
      marks: 1,
    })
    const twice = aCopy(originals[2] as WitnessedRecord, 3)
    expect(found(standing(first, second, third, twice))).toEqual({ lost: 1, doubled: 1 })
  })

  it('is found out by what was not planned', () => {
    const unselected = aReplay({ fateOf: ({ offset }) => (offset < 3 ? 'published' : 'unselected'), planned: 4 })
    expect(found({ replays: [unselected] })).toMatchObject({ invented: 1 })
    const nothing = marked({ of: { topic: 'orders', partition: 0, offset: 77 } })
    expect(found(withCopy(3, nothing))).toMatchObject({ invented: 1, lost: 1 })
    expect(found(withCopy(3, () => ({ topic: 'elsewhere' })))).toMatchObject({ invented: 1 })
  })

  it('is found out by what was to be left out, or to fail, and was published', () => {
    const leftOut = aReplay({
      fateOf: ({ offset }) => (offset === 1 ? 'left-out' : 'published'),
      status: { state: 'completed', published: 3, failed: 0, leftOut: 1 },
    })
    expect(found({ replays: [leftOut], runners: [] })).toMatchObject({ invented: 1 })
  })

  it('is found out by an order that was not kept', () => {
    const turned = [aCopy(anOriginal(1), 0), aCopy(anOriginal(0), 1), third, fourth]
    expect(found(standing(...turned))).toEqual({ inverted: 1 })
    const late = [first, { ...third, offset: 101 }, { ...second, offset: 102 }, fourth]
    expect(found(standing(...late))).toEqual({ inverted: 2 })
  })

  it('is found out by a key in two partitions, and by an entry that left its own', () => {
    expect(found(withCopy(3, () => ({ partition: 1 })))).toEqual({ inverted: 1 })
    const elsewhere = copies.map((copy, index) => ({ ...copy, topic: 'copy', partition: index === 3 ? 1 : 0 }))
    expect(found({ ...standing(...elsewhere), replays: [aReplay({ target: 'copy' })] })).toEqual({ inverted: 1 })
  })

  it('is found out by times that run backwards where they must not', () => {
    expect(found({ replays: [aReplay({ order: 'time' })] })).toEqual({ inverted: 3 })
  })

  it('is found out by another key, value or header', () => {
    expect(found(withCopy(0, () => ({ bare: 'changed' })))).toEqual({ bytes: 1 })
    expect(found(withCopy(0, () => ({ isTombstone: true })))).toEqual({ bytes: 1 })
  })

  it.each([{ mode: 'copy' }, { groups: '["others"]' }, { reason: 'because' }, { originalTimestampMs: '5' }])(
    'is found out by wrong marks: %j',
    (marks) => {
      expect(found(withCopy(0, marked(marks)))).toEqual({ marks: 1 })
    },
  )

  it('is found out by a place that stands twice, or beyond the plan', () => {
    expect(found(withCopy(3, marked({ sequence: 2 })))).toMatchObject({ marks: 2 })
    expect(found(withCopy(3, marked({ sequence: 4 })))).toMatchObject({ marks: 1 })
    expect(found(withCopy(3, marked({ sequence: Number.NaN })))).toMatchObject({ marks: 1 })
  })

  it('is found out by a plan, a status or a list of errors that says otherwise', () => {
    expect(found({ replays: [aReplay({ planned: 5 })], runners: [] })).toMatchObject({ counts: 1 })
    const status = { state: 'completed', published: 3, failed: 0, leftOut: 0 }
    expect(found({ replays: [aReplay({ status })], runners: [] })).toEqual({ counts: 1 })
    expect(found({ replays: [aReplay({ errors: [{ topic: 'orders', partition: 0, offset: 1 }] })] })).toEqual({
      counts: 1,
    })
    const failing = aReplay({
      fateOf: ({ offset }) => (offset === 1 ? 'failed' : 'published'),
      status: { state: 'completed', published: 3, failed: 1, leftOut: 0 },
    })
    expect(found({ ...standing(first, third, fourth), replays: [failing], runners: [] })).toEqual({ counts: 1 })
    const place = { topic: 'orders', partition: 0, offset: 1 }
    const listed = aReplay({ ...failing, errors: [place, place] })
    expect(found({ ...standing(first, third, fourth), replays: [listed], runners: [] })).toEqual({ counts: 1 })
  })

  it('is found out by a report that says otherwise than the status', () => {
    const end = { state: 'completed', planned: 4, published: 3, failed: 0, leftOut: 0 }
    expect(found({ runners: [aRunner({ end })] })).toEqual({ counts: 2 })
    const ahead = { state: 'interrupted', planned: 4, published: 5, failed: 0, leftOut: 0 }
    expect(found({ runners: [aRunner({ end: ahead })] })).toEqual({ counts: 1 })
  })

  it('is found out by facts that became more, or fewer', () => {
    expect(found({ log: { factsAfter: { orders: 8 } } })).toEqual({ facts: 1 })
    expect(found({ log: { factsAfter: { orders: 4, copy: 4 } } })).toEqual({ facts: 1 })
    expect(found({ log: { factsAfter: {} } })).toEqual({ facts: 1 })
  })

  it('is found out by a log whose default view shows what a replay published, or hides an original', () => {
    const { log } = aReplayHistory()
    const asFact = { topic: 'orders', partition: 0, offset: 100, bareInOrder: 'ordered b0' }
    expect(found({ log: { facts: [...log.facts, asFact] } })).toEqual({ facts: 1 })
    expect(found({ log: { facts: [...log.facts, ...log.facts.slice(0, 1)] } })).toEqual({ facts: 1 })
    expect(found({ log: { facts: log.facts.slice(1) } })).toMatchObject({ facts: 1 })
  })

  it('is found out by a log that holds other than what a replay published', () => {
    const replayed = copies.flatMap(loggedOf)
    expect(found({ log: { replayed: replayed.slice(1) } })).toEqual({ facts: 1 })
    expect(found({ log: { replayed: [...replayed, ...replayed.slice(0, 1)] } })).toEqual({ facts: 1 })
    const foreign = replayed.map((entry) => (entry.offset === 100 ? { ...entry, offset: 200 } : entry))
    expect(found({ log: { replayed: foreign } })).toEqual({ facts: 2 })
    const turned = replayed.map((entry) => (entry.offset === 100 ? { ...entry, bareInOrder: 'turned' } : entry))
    expect(found({ log: { replayed: turned } })).toEqual({ bytes: 1 })
  })

  it('is found out by what was published while it was paused', () => {
    const replays = [aReplay({ trail: pausedTrail })]
    const pause = { replayId: 'r', publishedAtFirst: 2, publishedAtLast: 3 }
    expect(found({ replays, pauses: [pause] })).toEqual({ unpaused: 1 })
    expect(found({ replays, pauses: [{ ...pause, publishedAtLast: 2 }] })).toEqual({})
  })

  it('is found out by a replay that is not completed', () => {
    const status = { state: 'running', published: 4, failed: 0, leftOut: 0 }
    expect(found({ replays: [aReplay({ status, trail: goodTrail.slice(0, 2) })], runners: [] })).toEqual({
      stuck: 1,
    })
  })

  it('is found out by a history that lacks a change, has one twice, or tells what was not so', () => {
    const [planned, begun, completed] = goodTrail
    if (planned === undefined || begun === undefined || completed === undefined) throw new Error('three lines')
    const trails = [
      [],
      [begun, completed],
      [planned, begun],
      [planned, begun, begun, completed],
      [planned, completed, begun],
      [planned, begun, { ...completed, published: 3 }],
      [planned, { ...begun, failed: 1 }, { ...completed, failed: 1 }],
      [planned, begun, { ...completed, by: 'r0.2' }],
    ]
    for (const trail of trails) expect(Object.keys(found({ replays: [aReplay({ trail })] }))).toEqual(['trail'])
    const pauses = [{ replayId: 'r', publishedAtFirst: 2, publishedAtLast: 2 }]
    expect(found({ pauses })).toEqual({ trail: 1 })
  })

  it('is found out by a runner that ended for nothing', () => {
    const failed = { state: 'failed', planned: 4, published: 1, failed: 0, leftOut: 0 }
    const { end: _, ...died } = aRunner({ name: 'r0.2', crash: 'exit code 1, signal null' })
    expect(found({ runners: [aRunner(), died] })).toEqual({ crashed: 1 })
    const mismatch = aRunner({ name: 'r0.2', end: { ...failed, code: 'REPLAY_COUNT_MISMATCH', isRetriable: false } })
    expect(found({ runners: [aRunner(), mismatch] })).toEqual({ crashed: 1 })
    const alone = aRunner({ name: 'r0.2', startedMs: 200, endedMs: 300, end: { ...failed, code: 'REPLAY_FENCED' } })
    expect(found({ runners: [aRunner(), alone] })).toEqual({ crashed: 1 })
  })
})
