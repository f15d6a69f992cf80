import type { ReplayPace, ReplayStatus } from '@ledgerbus/replay'
import type { SettingFlags } from '../config/settings.ts'
import { toPaceFlags } from '../input/replay-options.ts'
import { printable } from '../output/printable.ts'
import { duration, grouped, perSecond, table } from '../output/table.ts'
import { toIso } from '../times/iso.ts'
import { doneOf } from './done-of.ts'
import { factLines } from './plan-text.ts'
import { paceText, runCommand } from './run-command.ts'

/** A runner gives a sign of life every few seconds; after so long without one it is presumed dead. */
const silentAfterMs = 30_000

/** How long the runner of a replay has been silent; `undefined` where one is alive, or none has to be. */
export function silentForMs({ state, lastSignMs }: ReplayStatus, nowMs: number): number | undefined {
  if (state !== 'running' || lastSignMs === undefined) return undefined
  const sinceMs = nowMs - lastSignMs
  return sinceMs < silentAfterMs ? undefined : sinceMs
}

/** How a replay stands as JSON, without its plan: every time in RFC 3339. */
export function statusView(
  status: ReplayStatus,
  nowMs: number,
  ratePerSecond?: number,
): Readonly<Record<string, unknown>> {
  const { replayId, state, plan, published, failed, leftOut, by, note, startedAtMs, lastSignMs, endedAtMs } = status
  const { pace, waitingFor } = status
  const silentMs = silentForMs(status, nowMs)
  return {
    replayId,
    state,
    by,
    ...(note !== undefined && { note }),
    planned: plan.summary.entries,
    published,
    failed,
    leftOut,
    percent: percentOf(status),
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(waitingFor !== undefined && { waitingFor }),
    ...(pace !== undefined && { pace: paceView(pace) }),
    reason: plan.reason,
    plannedBy: plan.by,
    plannedAt: toIso(plan.plannedAtMs),
    groups: plan.groups,
    topics: plan.topics.map(({ name }) => name),
    ...(startedAtMs !== undefined && { startedAt: toIso(startedAtMs) }),
    ...(lastSignMs !== undefined && { lastSign: toIso(lastSignMs) }),
    ...(silentMs !== undefined && { silentForMs: silentMs }),
    ...(endedAtMs !== undefined && { endedAt: toIso(endedAtMs) }),
  }
}

/** A pace as JSON, which has no infinity. */
export function paceView({ maxLag, maxErrors, ...rest }: ReplayPace): object {
  const bound = (most: number): number | 'any' => (most === Number.POSITIVE_INFINITY ? 'any' : most)
  return { ...rest, maxLag: bound(maxLag), maxErrors: bound(maxErrors) }
}

function percentOf({ plan, ...counts }: ReplayStatus): number {
  const { entries } = plan.summary
  return entries === 0 ? 100 : Math.floor((doneOf(counts) / entries) * 100)
}

/** `1,000 of 1,200 (83 %)`, and what of it was not published. */
export function doneText(status: ReplayStatus): string {
  const { plan, failed, leftOut } = status
  const said = [
    ...(failed > 0 ? [`${grouped(failed)} failed`] : []),
    ...(leftOut > 0 ? [`${grouped(leftOut)} left out`] : []),
  ].join(', ')
  const done = `${grouped(doneOf(status))} of ${grouped(plan.summary.entries)} (${percentOf(status)} %)`
  return said === '' ? done : `${done}, ${said}`
}

/** How a status is shown to a person. */
export interface StatusTextOptions {
  readonly nowMs: number
  /** Of the last seconds; absent where nothing is known of it. */
  readonly ratePerSecond?: number | undefined
  /** What was typed to reach the same place: it stands in the commands that are suggested. */
  readonly flags: SettingFlags
}

/** How a replay stands, for people. */
export function statusText(status: ReplayStatus, { nowMs, ratePerSecond, flags }: StatusTextOptions): string {
  const { replayId, plan, state, by, note, startedAtMs, endedAtMs, pace, waitingFor } = status
  const facts: [string, string | undefined][] = [
    ['replay', replayId],
    ['state', by === '' || state === 'planned' ? state : `${state}, by ${by}`],
    ['note', note],
    ['planned', `${toIso(plan.plannedAtMs)}${plan.by === '' ? '' : ` by ${plan.by}`}`],
    ['reason', plan.reason === '' ? undefined : plan.reason],
    ['to', `${plan.topics.map(({ name }) => name).join(', ') || '-'} for ${plan.groups.join(', ') || '-'}`],
    ['done', doneText(status)],
    ['started', startedAtMs === undefined ? undefined : toIso(startedAtMs)],
    ['pace', pace === undefined ? undefined : paceText(toPaceFlags(pace)) || 'as fast as it goes'],
    ['waits for', waitingFor],
    ['rate', ratePerSecond === undefined ? undefined : rateText(status, ratePerSecond)],
    ['last sign', lastSignText(status, nowMs)],
    ['ended', endedAtMs === undefined ? undefined : toIso(endedAtMs)],
  ]
  const lines = factLines(facts.filter((one): one is [string, string] => one[1] !== undefined))
  const next = nextText(status, nowMs, runCommand(replayId, { ...toPaceFlags(pace, plan), ...flags }))
  return next === undefined ? lines : `${lines}\n\n${next}`
}

function rateText(status: ReplayStatus, ratePerSecond: number): string {
  const leftMs = ((status.plan.summary.entries - doneOf(status)) / ratePerSecond) * 1_000
  return `${perSecond(ratePerSecond)}${Number.isFinite(leftMs) ? `, about ${duration(leftMs)} left` : ''}`
}

function lastSignText({ state, lastSignMs }: ReplayStatus, nowMs: number): string | undefined {
  if (lastSignMs === undefined || state !== 'running') return undefined
  return `${duration(Math.max(nowMs - lastSignMs, 0))} ago`
}

/** What a person may want to do next. */
function nextText(status: ReplayStatus, nowMs: number, command: string): string | undefined {
  const { replayId, state } = status
  const silentMs = silentForMs(status, nowMs)
  if (silentMs !== undefined) {
    return `no sign of life for ${duration(silentMs)}: killed? go on with ${command}`
  }
  if (state === 'planned') return `not run yet: ${command}`
  if (state === 'paused') {
    return `goes on with ledgerbus replay resume ${replayId} while its runner waits, else with ${command}`
  }
  if (state === 'failed') return `what is published stays; go on with ${command}`
  return status.failed > 0 ? `the entries that failed: ledgerbus replay errors ${replayId}` : undefined
}

/** One line, as a replay goes on. */
export function statusLine(status: ReplayStatus, ratePerSecond?: number): string {
  const { state, by, note, lastSignMs, endedAtMs, waitingFor } = status
  const atMs = endedAtMs ?? lastSignMs
  const rate = ratePerSecond === undefined || state !== 'running' ? [] : [perSecond(ratePerSecond)]
  const who =
    state === 'planned' || state === 'running' || state === 'completed'
      ? []
      : [`by ${by}`, ...(note === undefined ? [] : [note])]
  const waits = waitingFor === undefined ? [] : [`waits for ${waitingFor}`]
  return [atMs === undefined ? '-' : toIso(atMs), state, doneText(status), ...rate, ...who, ...waits]
    .map(printable)
    .join('  ')
}

function stateText(status: ReplayStatus, nowMs: number): string {
  if (silentForMs(status, nowMs) !== undefined) return `${status.state}, silent`
  return status.waitingFor === undefined ? status.state : `${status.state}, waits`
}

/** Many of them, a line each. */
export function statusTable(statuses: readonly ReplayStatus[], nowMs: number): string {
  return table(
    ['REPLAY', 'STATE', 'PLANNED AT', 'BY', 'DONE', 'ENTRIES', 'TO', 'REASON'],
    statuses.map((status) => [
      status.replayId,
      stateText(status, nowMs),
      toIso(status.plan.plannedAtMs),
      status.plan.by || '-',
      doneOf(status),
      status.plan.summary.entries,
      status.plan.topics.map(({ name }) => name).join(', ') || '-',
      status.plan.reason || '-',
    ]),
  )
}
