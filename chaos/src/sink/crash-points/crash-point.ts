import { type SinkStep, sinkStepNames } from '@ledgerbus/audit-sink'

/**
 * Where a sink is killed.
 *
 * - `before`, `after`: it kills itself, as power does, just before or after a step.
 * - `unanswered`: the step was carried out by the server, the answer is lost on the way, and the sink is killed while it waits for it.
 */
export interface CrashPoint {
  readonly step: SinkStep['name']
  readonly phase: 'before' | 'after' | 'unanswered'
  /** At the how-manieth time of this step in its process, from 1. */
  readonly time: number
}

/** Points of one step, which one group of sinks goes through one after the other. */
export interface CrashChain {
  readonly name: string
  readonly points: readonly CrashPoint[]
}

/** All chains. @param times each point at its first, second, ... time */
export function crashChains(times: number): readonly CrashChain[] {
  const all = Array.from({ length: times }, (_, index) => index + 1)
  const points = (step: SinkStep['name'], phases: readonly CrashPoint['phase'][]): CrashPoint[] =>
    phases.flatMap((phase) => all.map((time) => ({ step, phase, time })))
  return [
    ...sinkStepNames.map((step) => ({ name: step, points: points(step, ['before', 'after']) })),
    { name: 'unanswered', points: points('insert', ['unanswered']) },
  ]
}

export function crashPointText({ step, phase, time }: CrashPoint): string {
  return phase === 'unanswered' ? `${step} ${time}, applied and unanswered` : `${phase} ${step} ${time}`
}
