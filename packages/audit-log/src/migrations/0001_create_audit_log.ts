import type { Migration } from './migration.ts'

/** Columns of every table of the log. As released as the migration: never changed. */
export const columns = `
  event_id UUID COMMENT 'The event''s id; nil where there is no event' CODEC(ZSTD(1)),
  event_name LowCardinality(String) COMMENT 'order.created; empty where there is no event',
  event_version UInt16 COMMENT 'Version of the event''s payload; 0 where there is no event' CODEC(ZSTD(1)),
  event_source LowCardinality(String) COMMENT 'The service that published it',
  correlation_id UUID COMMENT 'Shared by all events that followed from one first cause; nil where there is no event' CODEC(ZSTD(1)),
  causation_id UUID COMMENT 'The event that caused this one; nil for a first cause' CODEC(ZSTD(1)),
  timestamp DateTime64(3, 'UTC') COMMENT 'When the event happened; Kafka''s time where there is no event' CODEC(Delta(8), ZSTD(1)),
  organization_id LowCardinality(String) COMMENT 'Empty where the event names none',
  entity_type LowCardinality(String) COMMENT 'What the event is about; empty where it names nothing',
  entity_id String COMMENT 'What the event is about; empty where it names nothing' CODEC(ZSTD(1)),
  action LowCardinality(String) COMMENT 'created',
  actor_type LowCardinality(String) COMMENT 'Who caused the event; empty where it names nobody',
  actor_id String COMMENT 'Who caused the event; empty where it names nobody' CODEC(ZSTD(1)),
  processing_time_ms Float32 COMMENT 'Measured by the publisher; 0 where it did not' CODEC(ZSTD(1)),
  db_time_ms Float32 COMMENT 'Measured by the publisher; 0 where it did not' CODEC(ZSTD(1)),
  api_time_ms Float32 COMMENT 'Measured by the publisher; 0 where it did not' CODEC(ZSTD(1)),
  queue_time_ms Float32 COMMENT 'Measured by the publisher; 0 where it did not' CODEC(ZSTD(1)),
  custom_metrics Map(LowCardinality(String), Float64) COMMENT 'The publisher''s own figures' CODEC(ZSTD(1)),
  kafka_cluster LowCardinality(String) COMMENT 'Coordinates: id of the cluster',
  kafka_topic LowCardinality(String) COMMENT 'Coordinates: topic',
  kafka_partition UInt32 COMMENT 'Coordinates: partition' CODEC(ZSTD(1)),
  kafka_offset UInt64 COMMENT 'Coordinates: offset' CODEC(T64, ZSTD(1)),
  kafka_timestamp DateTime64(3, 'UTC') COMMENT 'Coordinates: Kafka''s time of the record; tells the records of a topic made again from the old ones' CODEC(Delta(8), ZSTD(1)),
  kafka_key Nullable(String) COMMENT 'The record''s key, byte for byte' CODEC(ZSTD(1)),
  kafka_headers Array(Tuple(String, Nullable(String))) COMMENT 'The record''s headers in their order, values byte for byte; names may repeat' CODEC(ZSTD(1)),
  replay_id String COMMENT 'The replay that published the record again; empty for a first-hand record' CODEC(ZSTD(1)),
  record_status LowCardinality(String) COMMENT 'ok, tombstone or undecodable',
  problem String COMMENT 'Why the value could not be decoded' CODEC(ZSTD(1)),
  value_format LowCardinality(String) COMMENT 'json, confluent-json or confluent-avro; empty where there is no event',
  decoded String COMMENT 'JSON text of a value that is not JSON itself; empty otherwise' CODEC(ZSTD(1)),
  raw String COMMENT 'The record''s value, byte for byte; empty for a tombstone' CODEC(ZSTD(1)),
  quarantine_reason LowCardinality(String) COMMENT 'Why the row stands in quarantine: kafka-timestamp, size or refused; empty for all others',
  ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the sink stored it' CODEC(Delta(8), ZSTD(1)),
  payload String ALIAS JSONExtractRaw(if(decoded = '', raw, decoded), 'payload') COMMENT 'The payload as JSON text, for questions by hand; empty where the server cannot read the value'`

export const sortKey = '(kafka_timestamp, kafka_cluster, kafka_topic, kafka_partition, kafka_offset)'

/** The table of the log. Why each clause is there: docs/decisions/0040-the-audit-log-table.md. */
export const createAuditLogTable: Migration = {
  name: '0001_create_audit_log',
  statements: [
    `CREATE TABLE IF NOT EXISTS {events} (${columns},
  INDEX ix_time timestamp TYPE minmax GRANULARITY 1,
  INDEX ix_event event_id TYPE bloom_filter(0.01) GRANULARITY 2,
  INDEX ix_corr correlation_id TYPE bloom_filter(0.01) GRANULARITY 2,
  INDEX ix_entity entity_id TYPE bloom_filter(0.01) GRANULARITY 2,
  INDEX ix_actor actor_id TYPE bloom_filter(0.01) GRANULARITY 2
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(kafka_timestamp)
ORDER BY ${sortKey}
TTL kafka_timestamp + INTERVAL 400 DAY DELETE
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000, ttl_only_drop_parts = 1,
  fsync_after_insert = 1, fsync_part_directory = 1, enable_block_number_column = 1, enable_block_offset_column = 1
COMMENT 'Ledgerbus: every record that passed through Kafka'`,
    // No partitions: the times of these rows may be any. So its time to live begins when a row was stored.
    `CREATE TABLE IF NOT EXISTS {quarantine} (${columns})
ENGINE = ReplacingMergeTree
ORDER BY ${sortKey}
TTL ingested_at + INTERVAL 400 DAY DELETE
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000,
  fsync_after_insert = 1, fsync_part_directory = 1, enable_block_number_column = 1, enable_block_offset_column = 1
COMMENT 'Ledgerbus: records that cannot stand in {events}'`,
    `CREATE TABLE IF NOT EXISTS {entries} (${columns})
ENGINE = Merge(currentDatabase(), '^({events}|{quarantine})$')
COMMENT 'Ledgerbus: {events} and {quarantine} as one, for reading; add FINAL to count'`,
  ],
}
