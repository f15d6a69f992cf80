import type { WaitOptions } from '@ledgerbus/core'
import { ReplayError } from '../replay-error.ts'
import { type ReplayState, replayStates } from '../status/replay-status.ts'
import { unknownFields } from '../unknown-fields.ts'

/** Which replays to list; all conditions hold together. */
export interface ListReplaysOptions extends WaitOptions {
  /** In one of these states now. @default any */
  readonly states?: readonly ReplayState[]
  /** Planned by this person, or brought by them into the state it is in. @default anybody */
  readonly by?: string
  /** Planned from this time on, in milliseconds since 1970. @default ever */
  readonly fromMs?: number
  /** Planned before this time. @default ever */
  readonly toMs?: number
}

/** Which changes to tell; all conditions hold together. */
export interface ReplayHistoryOptions extends WaitOptions {
  /** Of this replay. @default all */
  readonly replayId?: string
  /** Made by this person. @default anybody */
  readonly by?: string
  /** From this time on, in milliseconds since 1970. @default ever */
  readonly fromMs?: number
  /** Before this time. @default ever */
  readonly toMs?: number
}

const listFields: Readonly<Record<keyof ListReplaysOptions, true>> = {
  states: true,
  by: true,
  fromMs: true,
  toMs: true,
  signal: true,
}
const historyFields: Readonly<Record<keyof ReplayHistoryOptions, true>> = {
  replayId: true,
  by: true,
  fromMs: true,
  toMs: true,
  signal: true,
}
/** @throws ReplayError `REPLAY_REQUEST_INVALID` with every problem */
export function checkListOptions(options: ListReplaysOptions): void {
  const states: unknown = options.states
  const known: readonly unknown[] = replayStates
  const isList = Array.isArray(states) && states.length > 0 && states.every((state) => known.includes(state))
  refuse('listing replays', [
    ...problemsOf(options, listFields),
    ...(states === undefined || isList ? [] : [`states: one or more of ${replayStates.join(', ')}`]),
  ])
}

/** @throws ReplayError `REPLAY_REQUEST_INVALID` with every problem */
export function checkHistoryOptions(options: ReplayHistoryOptions): void {
  const replayId: unknown = options.replayId
  refuse('the history of replays', [
    ...problemsOf(options, historyFields),
    ...(replayId === undefined || isName(replayId) ? [] : ['replayId: the id of a replay']),
  ])
}

/** For callers without types: a condition under another name would be none, and more be told than was asked for. */
function problemsOf(
  options: ListReplaysOptions | ReplayHistoryOptions,
  fields: Readonly<Record<string, true>>,
): string[] {
  const { fromMs, toMs, by } = options
  const isReversed = isTime(fromMs) && isTime(toMs) && fromMs >= toMs
  return [
    ...unknownFields(options, fields),
    ...Object.entries({ fromMs, toMs }).flatMap(([name, time]) =>
      time === undefined || isTime(time) ? [] : [`${name}: a number of milliseconds since 1970`],
    ),
    ...(isReversed ? ['the range is empty or reversed: `fromMs` must lie before `toMs` (exclusive)'] : []),
    ...(by === undefined || isName(by) ? [] : ['by: the name of whoever did it']),
  ]
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new ReplayError(`${what}: ${problems.join('; ')}`, { code: 'REPLAY_REQUEST_INVALID' })
}

/** Whether a time lies in the range asked for. */
export function isWithin(
  atMs: number,
  { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY }: Pick<ReplayHistoryOptions, 'fromMs' | 'toMs'>,
): boolean {
  return atMs >= fromMs && atMs < toMs
}
