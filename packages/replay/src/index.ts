export { createReplay } from './create-replay.ts'
export type { CreateReplayOptions } from './create-replay-options.ts'
export type { ListReplaysOptions, ReplayHistoryOptions } from './history/find-options.ts'
export type { ReplayChange, ReplayChangeKind } from './history/replay-change.ts'
export type { PlanProgress } from './plan/plan-progress.ts'
export {
  type FrozenSelection,
  type ReplayCheck,
  type ReplayContent,
  type ReplayGroup,
  type ReplayOrder,
  type ReplayPlan,
  type ReplaySample,
  type ReplayTopic,
  replayDurationMs,
} from './plan/replay-plan.ts'
export { checkReplayRequest, type ReplayRequest } from './plan/replay-request.ts'
export type { PlanOptions, Replay, ReplayControlOptions } from './replay.ts'
export { ReplayError, type ReplayErrorCode, type ReplayErrorFacts } from './replay-error.ts'
export { defaultReplayPace, type ReplayPace } from './run/replay-pace.ts'
export type { ReplayCounts, ReplayPause, ReplayProgress, ReplayReport } from './run/replay-report.ts'
export type { ReplayTransform, TransformedRecord } from './run/replay-transform.ts'
export type { RunReplayOptions } from './run/run-options.ts'
export { type ReplayEntryError, type ReplayState, type ReplayStatus, replayStates } from './status/replay-status.ts'
