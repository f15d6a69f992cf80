/**
 * The columns of the log by name and type: what rows are written and read as, what filters name, and what `start()` expects to find. The
 * statements that make them stand in `migrations`.
 */
export const auditColumns = {
  event_id: 'UUID',
  event_name: 'LowCardinality(String)',
  event_version: 'UInt16',
  event_source: 'LowCardinality(String)',
  correlation_id: 'UUID',
  causation_id: 'UUID',
  timestamp: "DateTime64(3, 'UTC')",
  organization_id: 'LowCardinality(String)',
  entity_type: 'LowCardinality(String)',
  entity_id: 'String',
  action: 'LowCardinality(String)',
  actor_type: 'LowCardinality(String)',
  actor_id: 'String',
  processing_time_ms: 'Float32',
  db_time_ms: 'Float32',
  api_time_ms: 'Float32',
  queue_time_ms: 'Float32',
  custom_metrics: 'Map(LowCardinality(String), Float64)',
  kafka_cluster: 'LowCardinality(String)',
  kafka_topic: 'LowCardinality(String)',
  kafka_partition: 'UInt32',
  kafka_offset: 'UInt64',
  kafka_timestamp: "DateTime64(3, 'UTC')",
  kafka_key: 'Nullable(String)',
  kafka_headers: 'Array(Tuple(String, Nullable(String)))',
  replay_id: 'String',
  record_status: 'LowCardinality(String)',
  problem: 'String',
  value_format: 'LowCardinality(String)',
  decoded: 'String',
  raw: 'String',
  quarantine_reason: 'LowCardinality(String)',
  ingested_at: "DateTime64(3, 'UTC')",
} as const

export type AuditColumn = keyof typeof auditColumns

/** A record's coordinates in the order of the table: equal for every copy of a record, different for any two records. */
export const sortKeyColumns: readonly AuditColumn[] = [
  'kafka_timestamp',
  'kafka_cluster',
  'kafka_topic',
  'kafka_partition',
  'kafka_offset',
]
