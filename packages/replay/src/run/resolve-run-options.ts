import type { ReplayPlan } from '../plan/replay-plan.ts'
import { ReplayError } from '../replay-error.ts'
import { defaultReplayPace as usual } from './replay-pace.ts'
import type { RunReplayOptions } from './run-options.ts'
import { unknownFields } from '../unknown-fields.ts'

/** The options of a run with their defaults. */
export interface ResolvedRunOptions {
  readonly ratePerSecond: number | undefined
  readonly maxInFlight: number
  readonly speed: number | undefined
  readonly maxGapMs: number
  readonly maxLag: number
  readonly maxErrors: number
}

/** What a plan says about how fast it is run. */
type PlannedPace = Pick<ReplayPlan, 'order' | 'ratePerSecond' | 'speed'>

const fields: Readonly<Record<keyof RunReplayOptions, true>> = {
  confirmed: true,
  by: true,
  ratePerSecond: true,
  maxInFlight: true,
  speed: true,
  maxGapMs: true,
  maxLag: true,
  maxErrors: true,
  onProgress: true,
  signal: true,
}

const mostInFlight = 2_000
const mostWriterCharacters = 200

/** @throws ReplayError `REPLAY_REQUEST_INVALID` with every problem */
export function resolveRunOptions(options: RunReplayOptions, plan: PlannedPace): ResolvedRunOptions {
  const { ratePerSecond = plan.ratePerSecond, speed = plan.speed, by } = options
  const { maxInFlight = usual.maxInFlight, maxGapMs = usual.maxGapMs } = options
  const { maxLag = usual.maxLag, maxErrors = usual.maxErrors } = options
  const problems = [
    ...unknownFields(options, fields),
    ...(ratePerSecond === undefined || isAbove0(ratePerSecond)
      ? []
      : [`ratePerSecond: a number above 0, or Infinity, not ${ratePerSecond}`]),
    ...(speed === undefined || isAbove0(speed) ? [] : [`speed: a number above 0, or Infinity, not ${speed}`]),
    ...(bounded(speed) !== undefined && plan.order === 'key'
      ? ["speed: only for a plan with `order: 'time'`, since keys in their order have no common time"]
      : []),
    ...(Number.isInteger(maxInFlight) && maxInFlight >= 1 && maxInFlight <= mostInFlight
      ? []
      : [`maxInFlight: a whole number from 1 to ${mostInFlight}, not ${maxInFlight}`]),
    ...(Number.isFinite(maxGapMs) && maxGapMs >= 0
      ? []
      : [`maxGapMs: a number of milliseconds from 0, not ${maxGapMs}`]),
    ...(options.maxGapMs === undefined || bounded(speed) !== undefined
      ? []
      : ['maxGapMs: only with `speed`, which makes gaps']),
    ...(isFrom0(maxLag) ? [] : [`maxLag: a number of records from 0, or Infinity, not ${maxLag}`]),
    ...(isFrom0(maxErrors) ? [] : [`maxErrors: a number from 0, or Infinity, not ${maxErrors}`]),
    ...(by === undefined || (typeof by === 'string' && by !== '' && by.length <= mostWriterCharacters)
      ? []
      : [`by: who runs it, 1 to ${mostWriterCharacters} characters`]),
  ]
  if (problems.length > 0) {
    throw new ReplayError(`running a replay: ${problems.join('; ')}`, { code: 'REPLAY_REQUEST_INVALID' })
  }
  return { ratePerSecond: bounded(ratePerSecond), maxInFlight, speed: bounded(speed), maxGapMs, maxLag, maxErrors }
}

function isAbove0(value: number): boolean {
  return typeof value === 'number' && value > 0
}

/** `Infinity`: as fast as it goes, whatever was planned. */
function bounded(pace: number | undefined): number | undefined {
  return pace === Number.POSITIVE_INFINITY ? undefined : pace
}

function isFrom0(value: number): boolean {
  return typeof value === 'number' && value >= 0
}
