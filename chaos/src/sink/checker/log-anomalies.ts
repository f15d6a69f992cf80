import type { Anomalies } from '../../checker/anomalies.ts'

/** What may not happen to a log. */
export type LogAnomalyKind =
  /** In Kafka, below what the group committed, and not in the log as read; or confirmed to its producer and not in Kafka. */
  | 'lost'
  /** Read more than once. */
  | 'doubled'
  /** In the log and not in Kafka; or in Kafka, and nobody published it like this. */
  | 'invented'
  /** Where it should be, with another key, value, time or header. */
  | 'bytes'
  /** A commit that moved back, or passed what stands. */
  | 'commits'
  /** Not in the log, or not committed, when there was time enough. */
  | 'stuck'
  /** A sink ended by itself. */
  | 'crashed'

export type LogAnomalies = Anomalies<LogAnomalyKind>

/** In the order of the verdict. */
export const logAnomalyKinds: readonly LogAnomalyKind[] = [
  'lost',
  'doubled',
  'invented',
  'bytes',
  'commits',
  'stuck',
  'crashed',
]
