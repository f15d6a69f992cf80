import { describe, expect, it } from 'vitest'
import { ReplayError } from '../replay-error.ts'
import { checkReplayRequest, type ReplayMeans, type ReplayRequest } from './replay-request.ts'

const request: ReplayRequest = { fromMs: 1, toMs: 2, groups: ['billing'], reason: 'bug 42' }

function refusal(change: Readonly<Record<string, unknown>>, means?: ReplayMeans): ReplayError {
  try {
    checkReplayRequest({ ...request, ...change }, means)
  } catch (error) {
    if (error instanceof ReplayError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('replay request', () => {
  it('is accepted with both bounds, groups and a reason', () => {
    expect(() => checkReplayRequest(request)).not.toThrow()
  })

  it('is accepted without groups and reason: such a plan can be looked at', () => {
    expect(() => checkReplayRequest({ ...request, groups: [], reason: '' })).not.toThrow()
  })

  it.each([
    ['fromMs', undefined],
    ['toMs', undefined],
    ['fromMs', Number.NaN],
    ['toMs', null],
  ])('needs both bounds: %s is %s', (bound, value) => {
    const error = refusal({ [bound]: value })
    expect(error.code).toBe('REPLAY_BOUNDS_REQUIRED')
    expect(error.message).toBe(`a replay needs both bounds: ${bound} is missing`)
  })

  it('names both bounds when both are missing', () => {
    expect(refusal({ fromMs: undefined, toMs: Number.NaN }).message).toMatch(/fromMs is missing; toMs is missing$/u)
  })

  it.each([
    ['a Date', 'fromMs', new Date(1)],
    ['a text', 'toMs', '2026-01-31'],
    ['a bigint', 'fromMs', 1n],
    ['infinite', 'toMs', Number.POSITIVE_INFINITY],
    ['before all calendars', 'fromMs', Number.MIN_SAFE_INTEGER],
  ])('takes a bound that is %s for none, and says what it has to be', (_what, bound, value) => {
    const error = refusal({ [bound]: value })
    expect(error.code).toBe('REPLAY_BOUNDS_REQUIRED')
    expect(error.message).toBe(`a replay needs both bounds: ${bound} is no number of milliseconds since 1970`)
  })

  it.each([
    ['equal', 2],
    ['later', 3],
  ])('is refused when `from` is %s', (_how, fromMs) => {
    expect(refusal({ fromMs }).code).toBe('REPLAY_BOUNDS_REVERSED')
  })

  it.each([
    ['an empty group name', { groups: [''] }, /group name/u],
    ['a group name with a space', { groups: ['bill ing'] }, /group name/u],
    ['a group named twice', { groups: ['billing', 'billing'] }, /twice/u],
    ['no list of groups', { groups: 'billing' }, /a list/u],
    ['fifty-one groups', { groups: Array.from({ length: 51 }, (_, index) => `group-${index}`) }, /at most 50/u],
    ['a blank reason', { reason: '  ' }, /say why/u],
    ['a reason of several lines', { reason: 'a\nb' }, /line breaks/u],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, /at most 500/u],
    ['an empty list of names, which would match nothing', { names: [] }, /leave it out/u],
    ['a text where a list of names belongs', { names: 'order.*' }, /names: a list/u],
    ['a text where a list of statuses belongs', { statuses: 'ok' }, /statuses: a list/u],
    ['an empty list of event ids', { eventIds: [] }, /leave it out/u],
    ['an empty target', { target: '' }, /target/u],
    [
      'a field that a replay does not have',
      { name: 'order.created' },
      /name: there is no such field, only fromMs, .*names/u,
    ],
    ['a name that is no pattern', { names: ['order.**.created.'] }, /names: /u],
    ['a number among the names', { names: [1] }, /names: a list of texts/u],
    ['an empty entity id, which would match what has none', { entityId: '' }, /entityId: a text/u],
    ['a number for an actor', { actorId: 7 }, /actorId: a text/u],
    ['an empty filter', { filter: '' }, /filter: a text/u],
    ['erased entries', { statuses: ['erased'] }, /nothing is left/u],
    ['a status that is none', { statuses: ['fine'] }, /statuses: ok, tombstone, undecodable; not "fine"/u],
    ['a range without a partition', { ranges: [{ topic: 'orders' }] }, /ranges\[0\]: a topic and a partition/u],
    [
      'a range of numbers',
      { ranges: [{ topic: 'orders', partition: 0, from: 1 }] },
      /ranges\[0\]: offsets are bigints/u,
    ],
    [
      'a range without an offset',
      { ranges: [{ topic: 'orders', partition: 0, from: 2n, below: 2n }] },
      /ranges\[0\]: holds no offset/u,
    ],
    ['bounds without a cluster', { below: [{ topic: 'orders', partition: 0, below: 1n }] }, /below\[0\]: a cluster/u],
    ['an unknown time', { timeField: 'kafka-time' }, /timeField: event, kafka/u],
    ['an unknown word about replays', { replays: 'all' }, /replays: exclude, include, only, or the id/u],
    ['a replay without an id', { replays: { id: '' } }, /replays: /u],
    ['an unknown word about redrives', { redrives: 'only' }, /redrives: exclude, include/u],
    ['an unknown source', { readFrom: 'disk' }, /readFrom: one of log, kafka/u],
    ['an unknown order', { order: 'random' }, /order: one of key, time/u],
    ['an unknown content', { content: 'newest' }, /content: one of stored, latest/u],
    ['an empty transform', { transform: '' }, /transform: the name/u],
    ['two makers of records', { transform: 'anonymous', content: 'latest' }, /exclude each other/u],
    ['an unknown mode', { mode: 'again' }, /mode: one of rehandle/u],
    ['no entries allowed', { maxEntries: 0 }, /maxEntries: a whole number/u],
    ['half an entry allowed', { maxEntries: 1.5 }, /maxEntries: a whole number/u],
    ['an unknown word about the check', { check: 'some' }, /check: one of all, none/u],
    ['the newest version unchecked', { content: 'latest', check: 'none' }, /check: content 'latest' needs it/u],
    ['a rate of 0', { ratePerSecond: 0 }, /ratePerSecond: a number above 0/u],
    ['a rate as text', { ratePerSecond: '500' }, /ratePerSecond: a number above 0/u],
    ['a speed without an end', { speed: Number.POSITIVE_INFINITY, order: 'time' }, /speed: a number above 0/u],
    ['a speed in the order of keys', { speed: 2 }, /speed: only with `order: 'time'`/u],
    ['somebody of 201 characters', { by: 'x'.repeat(201) }, /by: at most 200/u],
    ['somebody of two lines', { by: 'a\nb' }, /by: no line breaks/u],
  ])('is refused with %s', (_what, change, message) => {
    const error = refusal(change)
    expect(error.code).toBe('REPLAY_REQUEST_INVALID')
    expect(error.message).toMatch(message)
  })

  it('is accepted with everything a replay can be asked', () => {
    const all: Required<Omit<ReplayRequest, 'transform'>> = {
      ...request,
      timeField: 'kafka',
      names: ['order.*', '**'],
      entityType: 'order',
      entityId: 'o-1',
      actorType: 'user',
      actorId: 'u-1',
      correlationId: 'c',
      organizationId: 'acme',
      topics: ['orders'],
      eventIds: ['e-1'],
      excludedEventIds: [],
      ranges: [{ topic: 'orders', partition: 0 }],
      statuses: ['ok', 'tombstone', 'undecodable'],
      replays: { id: 'r-1' },
      redrives: 'include',
      filter: 'true',
      below: [],
      by: 'x'.repeat(200),
      readFrom: 'kafka',
      order: 'time',
      content: 'latest',
      mode: 'fill-gaps',
      target: 'orders-again',
      maxEntries: 1,
      check: 'all',
      ratePerSecond: 0.5,
      speed: 2,
    }
    expect(() => checkReplayRequest(all)).not.toThrow()
  })

  it('is looked at without the means of a replay where none are given', () => {
    expect(() => checkReplayRequest({ ...request, transform: 'anonymous' })).not.toThrow()
    expect(() => checkReplayRequest({ ...request, content: 'latest' })).not.toThrow()
    expect(refusal({ transform: 'toString' }, { transforms: {} }).message).toMatch(
      /transform: "toString" is none of the replay's; it has none/u,
    )
    expect(refusal({ content: 'latest' }, {}).message).toMatch(/content: latest needs the definitions/u)
  })

  it('names every problem at once', () => {
    const { message } = refusal({ groups: [''], reason: ' ', names: [] })
    expect(message).toMatch(/groups.*reason.*names/u)
  })
})
