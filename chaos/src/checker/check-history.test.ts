import { describe, expect, it } from 'vitest'
import { aHistory, type HandMade } from './a-history.ts'
import type { AnomalyKind } from './anomalies.ts'
import { checkHistory } from './check-history.ts'

/** What a history shows, kinds without a finding left out. */
function found(history: HandMade, committed?: number): Partial<Record<AnomalyKind, number>> {
  const { anomalies } = checkHistory(history.build(committed))
  return Object.fromEntries(Object.entries(anomalies).filter(([, count]) => count > 0))
}

/** One partition, four events of two keys, one owner. */
function begun(): HandMade {
  const history = aHistory()
  for (const key of ['a', 'b', 'a', 'b']) history.publishes(key)
  history.owns('m1')
  return history
}

function handlesAll(history: HandMade, member = 'm1', offsets: readonly number[] = [0, 1, 2, 3]): void {
  for (const offset of offsets) history.handles(member, offset)
}

describe('a good history', () => {
  it('passes: handled, skipped, retried, dead-lettered, committed, closed', () => {
    const history = begun()
    history.begins('m1', 0)
    history.begins('m1', 1)
    history.ends('m1', 1, { result: 'skipped' })
    history.ends('m1', 0, { result: 'failed' })
    history.begins('m1', 0, { attempt: 2 })
    history.ends('m1', 0, { attempt: 2 })
    history.handles('m1', 2, 'failed')
    history.deadLetters('m1', 2)
    history.commits('m1', 3)
    history.handles('m1', 3)
    history.commits('m1', 4)
    history.closes('m1')

    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect(report.isOk).toBe(true)
    expect(report.counts).toMatchObject({ published: 4, stored: 4, runs: 5, handled: 2, skipped: 1, deadLettered: 1 })
  })

  it('passes with publishes that failed and are nowhere, and unknown ones that are there or not', () => {
    const history = aHistory()
    history.publishes('a', { outcome: 'failed' })
    history.publishes('a', { outcome: 'unknown', isStored: false })
    history.publishes('a', { outcome: 'unknown', isStored: true })
    history.owns('m1')
    history.handles('m1', 0)
    history.commits('m1', 1)
    expect(found(history)).toEqual({})
  })

  it('passes with records handled again after a kill, a loss and an unanswered last commit, and counts them by cause', () => {
    const history = begun()
    handlesAll(history, 'm1', [0])
    history.killed('m1')
    history.owns('m2')
    handlesAll(history, 'm2', [0, 1])
    history.loses('m2')
    history.owns('m3')
    handlesAll(history, 'm3', [0, 1, 2])
    history.commits('m3', 3, { outcome: 'unknown' })
    history.closes('m3', 'unknown')
    history.owns('m4')
    handlesAll(history, 'm4')
    history.commits('m4', 4)
    history.closes('m4')

    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect(report.repeated).toMatchObject({ killed: 1, lost: 2, unclear: 3 })
  })

  it('passes with a record handled again that its map had no room for', () => {
    const history = begun()
    history.handles('m1', 1)
    history.waits(500)
    history.commits('m1', 0, { metadata: 4_090 })
    history.killed('m1')
    history.owns('m2', { committed: 0 })
    handlesAll(history, 'm2')
    history.commits('m2', 4)
    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect(report.repeated['full-map']).toBe(1)
  })

  it('passes with a frozen owner whose handler goes on beside the next one, and counts it', () => {
    const history = begun()
    history.begins('m1', 0)
    history.owns('m2')
    history.begins('m2', 0)
    history.ends('m1', 0)
    history.loses('m1')
    history.commits('m1', 1, { outcome: 'fenced' })
    history.ends('m2', 0)
    handlesAll(history, 'm2', [1, 2, 3])
    history.commits('m2', 4)
    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect(report.overlaps).toBe(1)
  })

  it('passes with a handler that was called off when its member closed and goes on beside the next owner, and counts it', () => {
    const history = begun()
    history.begins('m1', 0)
    history.loses('m1')
    history.closes('m1')
    history.owns('m2')
    history.begins('m2', 0)
    history.ends('m1', 0, { isAborted: true })
    history.ends('m2', 0)
    handlesAll(history, 'm2', [1, 2, 3])
    history.commits('m2', 4)
    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect(report.overlaps).toBe(1)
  })

  it('passes with a member that was told late of an ownership that was over, and counts what it repeats', () => {
    const history = begun()
    history.handles('m1', 0)
    // Frozen between join and telling; it reads a commit of the owner that followed it.
    history.owns('m2', { committed: 0 })
    history.begins('m2', 1)
    history.begins('m1', 1)
    history.ends('m1', 1)
    history.ends('m2', 1)
    history.waits(500)
    history.commits('m1', 2)
    history.handles('m2', 2)
    handlesAll(history, 'm1', [2, 3])
    history.commits('m2', 3, { outcome: 'fenced' })
    history.loses('m2')
    history.commits('m1', 4)
    history.closes('m1')
    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect([report.repeated.stale, report.overlaps]).toEqual([2, 1])
  })

  it('passes with a dead letter that was written again because the first answer was lost', () => {
    const history = begun()
    history.handles('m1', 0, 'failed')
    history.deadLetters('m1', 0, { outcome: 'unknown', isStored: true })
    history.deadLetters('m1', 0)
    handlesAll(history, 'm1', [1, 2, 3])
    history.commits('m1', 4)
    const report = checkHistory(history.build())
    expect(report.examples).toEqual([])
    expect(report.repeated['dead-letter']).toBe(1)
  })
})

describe('lost', () => {
  it('is a confirmed publish that is not in the topic', () => {
    const history = begun()
    handlesAll(history)
    const event = 'vanished'
    history.fact('run', { kind: 'publish', event, key: 'a', sequence: 9 })
    history.fact('run', { kind: 'published', event, outcome: 'ok', at: { topic: 'orders', partition: 0, offset: 9 } })
    expect(found(history)).toEqual({ lost: 1 })
  })

  it('is a record below the commit that nobody finished, whatever the sums say', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 3])
    history.handles('m1', 0)
    expect(found(history)).toMatchObject({ lost: 1, doubled: 1 })
  })

  it('is a record whose only run was called off', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.begins('m1', 3)
    history.ends('m1', 3, { isAborted: true })
    expect(found(history)).toEqual({ lost: 1 })
  })

  it('is a record that failed and was never set aside', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.handles('m1', 3, 'failed')
    expect(found(history)).toEqual({ lost: 1 })
  })

  it('is a confirmed dead letter that stands nowhere', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.handles('m1', 3, 'failed')
    history.deadLetters('m1', 3, { isStored: false })
    // Twice: the dead letter is gone, and so the record came to no end.
    expect(found(history)).toEqual({ lost: 2 })
  })
})

describe('doubled', () => {
  it('is a record handed out twice in one ownership', () => {
    const history = begun()
    handlesAll(history)
    history.handles('m1', 3)
    expect(found(history)).toEqual({ doubled: 1 })
  })

  it('is a record handled again after its owner closed with a confirmed commit', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1])
    history.commits('m1', 1)
    history.closes('m1')
    history.owns('m2', { committed: 1 })
    handlesAll(history, 'm2', [1, 2, 3])
    history.commits('m2', 4)
    expect(found(history)).toEqual({ doubled: 1 })
  })

  it('is a record handed out below the commit', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1])
    history.commits('m1', 2)
    history.killed('m1')
    history.owns('m2', { committed: 2 })
    handlesAll(history, 'm2', [1, 2, 3])
    history.commits('m2', 4)
    expect(found(history)).toEqual({ doubled: 1 })
  })

  it('is a record finished ahead of the commit whose map covers it, even after a kill', () => {
    const history = begun()
    history.handles('m1', 1)
    history.waits(500)
    history.commits('m1', 0)
    history.killed('m1')
    history.owns('m2', { committed: 0 })
    handlesAll(history, 'm2')
    history.commits('m2', 4)
    expect(found(history)).toEqual({ doubled: 1 })
  })

  it('is an event that was published once and stands twice', () => {
    const history = begun()
    handlesAll(history)
    const built = history.build()
    const [first] = built.stored.values()
    if (first === undefined) throw new Error('the history is empty')
    const stored = new Map([...built.stored, ['orders/0@7', { ...first, offset: 7 }]])
    const { anomalies } = checkHistory({ ...built, stored })
    expect(anomalies).toMatchObject({ doubled: 1, stuck: 1 })
  })

  it('is a dead letter that stands more often than it was written', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.handles('m1', 3, 'failed')
    history.deadLetters('m1', 3)
    history.deadLetters('m1', 3, { outcome: 'failed', isStored: true })
    expect(found(history)).toEqual({ doubled: 1 })
  })
})

describe('inverted', () => {
  it('is a run of a key that goes back', () => {
    const history = begun()
    history.begins('m1', 0)
    history.ends('m1', 0)
    handlesAll(history, 'm1', [1])
    // 2 is skipped over first.
    history.publishes('a')
    history.handles('m1', 4)
    history.handles('m1', 2)
    history.handles('m1', 3)
    // By the run, and by the first finishes of the key.
    expect(found(history)).toEqual({ inverted: 2 })
  })

  it('is a run that begins while another of its key runs', () => {
    const history = begun()
    history.begins('m1', 0)
    history.begins('m1', 2)
    history.ends('m1', 0)
    history.ends('m1', 2)
    handlesAll(history, 'm1', [1, 3])
    expect(found(history)).toEqual({ inverted: 1 })
  })

  it('is a run that begins while the record before it waits for its next attempt', () => {
    const history = begun()
    history.handles('m1', 0, 'failed')
    history.handles('m1', 2)
    history.begins('m1', 0, { attempt: 2 })
    history.ends('m1', 0, { attempt: 2 })
    handlesAll(history, 'm1', [1, 3])
    expect(found(history)).toEqual({ inverted: 3 })
  })

  it('is a run that begins before the dead letter of the record before it is known to stand', () => {
    const history = begun()
    history.handles('m1', 0, 'failed')
    history.deadLetters('m1', 0, { outcome: 'unknown', isStored: true })
    history.handles('m1', 2)
    history.deadLetters('m1', 0)
    handlesAll(history, 'm1', [1, 3])
    expect(found(history)).toEqual({ inverted: 2 })
  })

  it('is a run that begins after its partition was lost', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.loses('m1')
    history.handles('m1', 3)
    expect(found(history)).toEqual({ inverted: 1 })
  })

  it('is a key run by two owners at once, of which the earlier closed in order', () => {
    const history = begun()
    history.begins('m1', 0)
    history.owns('m2')
    history.begins('m2', 0)
    history.ends('m1', 0, { isAborted: true })
    history.ends('m2', 0)
    history.closes('m1')
    handlesAll(history, 'm2', [1, 2, 3])
    expect(found(history)).toEqual({ inverted: 1 })
  })

  it('is a key whose confirmed events are stored in another order than they were published', () => {
    const history = aHistory()
    history.publishes('a')
    history.owns('m1')
    history.handles('m1', 0)
    history.publishes('a')
    history.handles('m1', 1)
    const built = history.build()
    const publishes = new Map(
      [...built.publishes].map(([event, publish]) => [event, { ...publish, sequence: -publish.sequence }]),
    )
    expect(checkHistory({ ...built, publishes }).anomalies.inverted).toBe(1)
  })
})

describe('invented', () => {
  it('is a run of an event that does not stand at its place', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.begins('m1', 3, { hash: 'other' })
    history.ends('m1', 3)
    expect(found(history)).toEqual({ invented: 1 })
  })

  it('is a publish that failed and is stored', () => {
    const history = aHistory()
    history.publishes('a', { outcome: 'failed', isStored: true })
    history.owns('m1')
    history.handles('m1', 0)
    expect(found(history)).toEqual({ invented: 1 })
  })

  it('is a record that nobody published', () => {
    const history = begun()
    handlesAll(history)
    const built = history.build()
    const publishes = new Map([...built.publishes].slice(1))
    expect(checkHistory({ ...built, publishes }).anomalies.invented).toBe(1)
  })

  it('is a dead letter with other bytes', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.handles('m1', 3, 'failed')
    history.deadLetters('m1', 3, { hash: 'other' })
    expect(found(history)).toEqual({ invented: 1 })
  })
})

it('finds a record that was handled and set aside', () => {
  const history = begun()
  handlesAll(history)
  history.killed('m1')
  history.owns('m2')
  history.handles('m2', 3, 'failed')
  history.deadLetters('m2', 3)
  expect(found(history)).toEqual({ states: 1 })
})

describe('commits', () => {
  it('never move back under one owner', () => {
    const history = begun()
    handlesAll(history)
    history.commits('m1', 4)
    history.commits('m1', 2)
    expect(found(history)).toEqual({ commits: 1 })
  })

  it('are never forgotten for the next owner', () => {
    const history = begun()
    handlesAll(history)
    history.commits('m1', 4)
    history.killed('m1')
    history.owns('m2', { committed: 3 })
    expect(found(history)).toEqual({ commits: 1 })
  })

  it('never pass a record that is not finished, not even one that is finished later', () => {
    const history = begun()
    handlesAll(history, 'm1', [0, 1, 2])
    history.begins('m1', 3)
    history.commits('m1', 4)
    history.ends('m1', 3)
    expect(found(history)).toEqual({ commits: 1 })
  })

  it('are not taken from a member that has lost the partition', () => {
    const history = begun()
    handlesAll(history)
    history.loses('m1')
    history.commits('m1', 4)
    expect(found(history)).toEqual({ commits: 1 })
  })

  it('are not taken from an owner that another followed', () => {
    const history = begun()
    handlesAll(history)
    history.owns('m2')
    history.commits('m2', 0)
    history.commits('m1', 4)
    expect(found(history)).toEqual({ commits: 1 })
  })
})

it('finds what is stuck: records without an end above the commit, and the commit itself', () => {
  const history = begun()
  handlesAll(history, 'm1', [0, 1, 2])
  history.commits('m1', 3)
  expect(found(history, 3)).toEqual({ stuck: 2 })
})

it('finds a member that died by itself', () => {
  const history = begun()
  handlesAll(history)
  history.fact('run', { kind: 'ended', member: 'm1', code: 1, signal: null, isExpected: false })
  expect(found(history)).toEqual({ crashed: 1 })
})
