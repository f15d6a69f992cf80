import type { Anomalies } from '../../checker/anomalies.ts'

/** What may not happen to replays. */
export type ReplayAnomalyKind =
  /** Planned, and not visible to readers of committed records. */
  | 'lost'
  /** Visible more than once. */
  | 'doubled'
  /** Visible, and not planned like this. */
  | 'invented'
  /** Behind one that it belongs before, or in another partition than the others of its key. */
  | 'inverted'
  /** With another key, value or header than the original, marks left out. */
  | 'bytes'
  /** Marked otherwise than planned; a place in the replay that is missing, or twice there. */
  | 'marks'
  /** Plan, status, report, list of errors and what stands in Kafka do not agree. */
  | 'counts'
  /** The history of a replay lacks a change, has one twice or out of order, or does not end as the replay did. */
  | 'trail'
  /** The log as read by default is not what it was before, or it does not hold what a replay published. */
  | 'facts'
  /** Something was published while the replay was paused. */
  | 'unpaused'
  /** Not completed when there was time enough. */
  | 'stuck'
  /** A runner ended by itself, for nothing that may end one. */
  | 'crashed'

export type ReplayAnomalies = Anomalies<ReplayAnomalyKind>

/** In the order of the verdict. */
export const replayAnomalyKinds: readonly ReplayAnomalyKind[] = [
  'lost',
  'doubled',
  'invented',
  'inverted',
  'bytes',
  'marks',
  'counts',
  'trail',
  'facts',
  'unpaused',
  'stuck',
  'crashed',
]
