import { describe, expect, it } from 'vitest'
import { ReplayError } from '../replay-error.ts'
import { checkReplayRequest, type ReplayRequest } from './replay-request.ts'

const request: ReplayRequest = { fromMs: 1, toMs: 2, groups: ['billing'], reason: 'bug 42' }

function refusal(change: Partial<Record<keyof ReplayRequest, unknown>>): ReplayError {
  try {
    checkReplayRequest({ ...request, ...change } as ReplayRequest)
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
    ['an empty replay id', { replayId: '' }, /replayId/u],
  ])('is refused with %s', (_what, change, message) => {
    const error = refusal(change)
    expect(error.code).toBe('REPLAY_REQUEST_INVALID')
    expect(error.message).toMatch(message)
  })

  it('names every problem at once', () => {
    const { message } = refusal({ groups: [''], reason: ' ', names: [] })
    expect(message).toMatch(/groups.*reason.*names/u)
  })
})
