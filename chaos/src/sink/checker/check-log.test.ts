import { describe, expect, it } from 'vitest'
import { aLogHistory, type HandMadeLog } from './a-log-history.ts'
import { checkLog } from './check-log.ts'
import type { LogHistory, Standing } from './log-history.ts'

/** What a history shows, kinds without a finding left out. */
function found(history: LogHistory): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(checkLog(history).anomalies).filter(([, count]) => count > 0))
}

/** Four records, stored in two ranges by one sink and committed. */
function begun(): HandMadeLog {
  const log = aLogHistory()
  log.publishes(4)
  log.owns('s1')
  log.inserts('s1', 0, 2)
  log.commits('s1', 2)
  log.inserts('s1', 2, 4)
  log.commits('s1', 4)
  return log
}

/** The first of a list, changed. */
function changed<Item>(items: readonly Item[], change: Partial<Item>): Item[] {
  return items.map((item, index) => (index === 0 ? { ...item, ...change } : item))
}

describe('a good run of the sink', () => {
  it('passes: each record once in every view, with holes and with what was aborted left out', () => {
    const log = aLogHistory()
    log.publishes(2)
    log.hole()
    log.publishes(2, { outcome: 'failed' })
    log.publishes(1, { outcome: 'unknown', isStored: true })
    log.publishes(1, { outcome: 'unknown' })
    log.owns('s1')
    log.inserts('s1', 0, 4)
    log.commits('s1', 4)
    const report = checkLog(log.build())
    expect(report.examples).toEqual([])
    expect(report.isOk).toBe(true)
    expect(report.counts).toMatchObject({ published: 2, unknown: 2, failed: 2, stored: 3, read: 3, rows: 3, copies: 0 })
  })

  it('passes with a range stored again by the next owner, and counts it', () => {
    const log = aLogHistory()
    log.publishes(4)
    log.owns('s1')
    log.asksToInsert('s1', 0, 2)
    log.owns('s2', { committed: 0 })
    log.inserts('s2', 0, 2)
    log.inserts('s2', 2, 4, 'unknown')
    log.inserts('s2', 2, 4)
    log.commits('s2', 4)
    const report = checkLog(log.build())
    expect(report.examples).toEqual([])
    expect(report.counts).toMatchObject({ inserts: 4, repeatedInserts: 1, recoveries: 1, rewritten: 0 })
  })

  it('passes with a commit of what the log said it holds', () => {
    const log = aLogHistory()
    log.publishes(2)
    log.owns('s1')
    log.asksToInsert('s1', 0, 2)
    log.owns('s2')
    for (const offset of [0, 1]) log.fact('s2', { kind: 'found', topic: 'orders', partition: 0, offset })
    log.commits('s2', 2)
    expect(checkLog(log.build()).examples).toEqual([])
  })

  it('passes with copies that FINAL hides, and counts them', () => {
    const log = begun()
    log.owns('s2', { committed: 4 })
    log.inserts('s2', 1, 4)
    const report = checkLog(log.build(({ finalRows }) => ({ physicalRows: [...finalRows, ...finalRows.slice(1)] })))
    expect(report.examples).toEqual([])
    expect(report.counts).toMatchObject({ rows: 7, copies: 3, rewritten: 3 })
  })
})

describe('a bad run of the sink', () => {
  it.each<[string, keyof Standing]>([
    ['as read', 'entries'],
    ['as FINAL shows it', 'finalRows'],
  ])('shows a record below the commit that is not in the log %s', (_, view) => {
    expect(found(begun().build((standing) => ({ [view]: standing[view].slice(1) })))).toEqual({ lost: 1 })
  })

  it('shows a record that its producer was told of, and Kafka has not', () => {
    const history = begun().build((standing) => ({
      stored: standing.stored.slice(1),
      entries: standing.entries.slice(1),
      finalRows: standing.finalRows.slice(1),
      physicalRows: standing.physicalRows.slice(1),
    }))
    expect(found(history)).toEqual({ lost: 1 })
  })

  it('shows a loss beside a duplicate, which no sum would', () => {
    const history = begun().build(({ entries }) => ({ entries: [...entries.slice(1), ...entries.slice(1, 2)] }))
    expect(found(history)).toEqual({ lost: 1, doubled: 1 })
  })

  it('shows a record twice: as read, as FINAL shows it, and in Kafka', () => {
    expect(found(begun().build(({ entries }) => ({ entries: [...entries, ...entries.slice(0, 1)] })))).toEqual({
      doubled: 1,
    })
    expect(found(begun().build(({ finalRows }) => ({ finalRows: [...finalRows, ...finalRows.slice(3)] })))).toEqual({
      doubled: 1,
    })
    expect(found(begun().build(({ stored }) => ({ stored: changed(stored, { digest: 'd1' }) })))).toMatchObject({
      doubled: 1,
    })
  })

  it('shows an entry and a row that are not in Kafka: of another place, or of another time', () => {
    const change = ({ entries, finalRows }: Standing): Partial<Standing> => ({
      entries: [...entries, ...changed(entries.slice(0, 1), { offset: 77 })],
      physicalRows: [...finalRows, ...changed(finalRows.slice(0, 1), { offset: 77 })],
    })
    expect(found(begun().build(change))).toEqual({ invented: 2 })
    const ofAnotherTime = ({ entries }: Standing): Partial<Standing> => ({
      entries: [...entries, ...changed(entries.slice(0, 1), { timestampMs: '9' })],
    })
    expect(found(begun().build(ofAnotherTime))).toEqual({ invented: 1 })
  })

  it('shows a record in Kafka that nobody published, or whose transaction was aborted', () => {
    const log = begun()
    log.publishes(1, { outcome: 'failed', isStored: true })
    log.inserts('s1', 4, 5)
    expect(found(log.build())).toEqual({ invented: 1 })
    const stranger = begun()
    stranger.publishes(1, { outcome: 'unknown', isStored: true })
    stranger.inserts('s1', 4, 5)
    const history = stranger.build(({ stored, entries }) => ({
      stored: stored.map((record) => (record.offset === 4 ? { ...record, digest: 'x' } : record)),
      entries: entries.map((entry) => (entry.offset === 4 ? { ...entry, digest: 'x' } : entry)),
    }))
    expect(found(history)).toEqual({ invented: 1 })
  })

  it('shows other bytes: as read, in the order of headers, in a row, and in a hidden copy', () => {
    expect(found(begun().build(({ entries }) => ({ entries: changed(entries, { digest: 'x' }) })))).toEqual({
      bytes: 1,
    })
    expect(found(begun().build(({ entries }) => ({ entries: changed(entries, { digestInOrder: 'x' }) })))).toEqual({
      bytes: 1,
    })
    expect(found(begun().build(({ finalRows }) => ({ finalRows: changed(finalRows, { hash: 'x' }) })))).toEqual({
      bytes: 1,
    })
    expect(found(begun().build(({ finalRows }) => ({ finalRows: changed(finalRows, { isTombstone: true }) })))).toEqual(
      { bytes: 1 },
    )
    const copied = begun().build(({ finalRows }) => ({
      physicalRows: [...finalRows, ...changed(finalRows.slice(0, 1), { hash: 'x' })],
    }))
    expect(found(copied)).toEqual({ bytes: 1 })
  })

  it('shows a commit before the insert was answered, also one whose own outcome is unknown', () => {
    const log = aLogHistory()
    log.publishes(2)
    log.owns('s1')
    const insert = log.asksToInsert('s1', 0, 2)
    log.commits('s1', 2, 'unknown')
    log.answers('s1', insert)
    expect(found(log.build())).toEqual({ commits: 1 })
  })

  it('shows a commit of what only an insert of unknown outcome holds', () => {
    const log = aLogHistory()
    log.publishes(2)
    log.owns('s1')
    log.inserts('s1', 0, 2, 'unknown')
    log.commits('s1', 2)
    expect(found(log.build())).toEqual({ commits: 1 })
  })

  it('shows a commit that moved back, and one past the end', () => {
    const log = begun()
    log.commits('s1', 2)
    expect(found(log.build())).toEqual({ commits: 1 })
    expect(found(begun().build(({ ends }) => ({ ends: changed(ends, { committed: 9 }) })))).toEqual({ commits: 1 })
  })

  it('shows a commit of an owner that another had followed', () => {
    const log = aLogHistory()
    log.publishes(4)
    log.owns('s1')
    log.owns('s2')
    log.inserts('s2', 0, 2)
    log.commits('s2', 2)
    log.inserts('s1', 0, 4)
    log.commits('s1', 4)
    expect(found(log.build())).toMatchObject({ commits: 1 })
  })

  it('shows what is not committed in time, and what is not stored above the commit', () => {
    expect(found(begun().build(({ ends }) => ({ ends: changed(ends, { committed: 2 }) })))).toEqual({ stuck: 1 })
    const history = begun().build(({ ends, entries }) => ({
      ends: changed(ends, { committed: 3 }),
      entries: entries.slice(0, 3),
    }))
    expect(found(history)).toEqual({ stuck: 2 })
  })

  it('shows a sink that ended by itself', () => {
    const log = begun()
    log.fact('run', { kind: 'ended', member: 's1', code: 1, signal: null, isExpected: false })
    expect(found(log.build())).toEqual({ crashed: 1 })
  })
})
