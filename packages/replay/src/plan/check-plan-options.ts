import type { PlanOptions } from '../replay.ts'
import { ReplayError } from '../replay-error.ts'
import { unknownFields } from '../unknown-fields.ts'

const knownOptions: Readonly<Record<keyof PlanOptions, true>> = Object.freeze({
  keep: true,
  onProgress: true,
  signal: true,
})

/** For callers without types: a field of the request among the options would be passed over. @throws ReplayError `REPLAY_REQUEST_INVALID` with every problem */
export function checkPlanOptions(options: PlanOptions): void {
  const keep: unknown = options.keep
  const problems = [
    ...unknownFields(options, knownOptions),
    ...(keep === undefined || keep === 'yes' || keep === 'no' ? [] : ['keep: one of yes, no']),
    ...(options.onProgress === undefined || typeof options.onProgress === 'function' ? [] : ['onProgress: a function']),
  ]
  if (problems.length === 0) return
  throw new ReplayError(`planning a replay: ${problems.join('; ')}`, { code: 'REPLAY_REQUEST_INVALID' })
}
