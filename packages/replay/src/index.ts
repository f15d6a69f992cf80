export { type CreateReplayOptions, createReplay, type Replay } from './create-replay.ts'
export {
  type FrozenSelection,
  type ReplayGroup,
  type ReplayPlan,
  type ReplaySample,
  type ReplayTopic,
  replayDurationMs,
} from './plan/replay-plan.ts'
export { checkReplayRequest, type ReplayRequest } from './plan/replay-request.ts'
export { ReplayError, type ReplayErrorCode, type ReplayErrorFacts } from './replay-error.ts'
export { decodeReplayCursor, type ReplayCursor } from './run/replay-cursor.ts'
export type { ReplayProgress, ReplayReport } from './run/replay-report.ts'
export type { RunReplayOptions } from './run/run-replay.ts'
