import type { ClickHouseClient } from '@clickhouse/client'

/** What the Kafka table engine reads and where it writes. */
export interface KafkaEngineOptions {
  readonly client: ClickHouseClient
  readonly brokers: readonly string[]
  readonly topic: string
  readonly group: string
  readonly cluster: string
  /** The same table as the sink's, made by the same migration. */
  readonly events: string
}

/**
 * ClickHouse's own way from Kafka into the same table: a `Kafka` table and a materialised view that takes the columns out of
 * the value on the server. Flushes like the sink: 50,000 rows or a second.
 */
export async function startKafkaEngine(options: KafkaEngineOptions): Promise<() => Promise<void>> {
  const { client, brokers, topic, group, cluster, events } = options
  const queue = `${events}_queue`
  const view = `${events}_view`
  await client.command({
    query: `CREATE TABLE ${queue} (raw String) ENGINE = Kafka SETTINGS
      kafka_broker_list = '${brokers.join(',')}', kafka_topic_list = '${topic}', kafka_group_name = '${group}',
      kafka_format = 'RawBLOB', kafka_thread_per_consumer = 1, kafka_num_consumers = 1,
      kafka_max_block_size = 50000, kafka_poll_max_batch_size = 50000, kafka_flush_interval_ms = 1000,
      kafka_handle_error_mode = 'stream'`,
  })
  await client.command({
    query: `CREATE MATERIALIZED VIEW ${view} TO ${events} AS SELECT
      toUUIDOrZero(JSONExtractString(raw, 'event_id')) AS event_id,
      JSONExtractString(raw, 'name') AS event_name,
      JSONExtractUInt(raw, 'version') AS event_version,
      JSONExtractString(raw, 'source') AS event_source,
      toUUIDOrZero(JSONExtractString(raw, 'correlation_id')) AS correlation_id,
      toUUIDOrZero(JSONExtractString(raw, 'causation_id')) AS causation_id,
      parseDateTime64BestEffortOrZero(JSONExtractString(raw, 'timestamp'), 3, 'UTC') AS timestamp,
      JSONExtractString(raw, 'organization_id') AS organization_id,
      JSONExtractString(raw, 'entity', 'type') AS entity_type,
      JSONExtractString(raw, 'entity', 'id') AS entity_id,
      JSONExtractString(raw, 'action') AS action,
      JSONExtractString(raw, 'actor', 'type') AS actor_type,
      JSONExtractString(raw, 'actor', 'id') AS actor_id,
      JSONExtract(raw, 'metrics', 'processing_time_ms', 'Float32') AS processing_time_ms,
      JSONExtract(raw, 'metrics', 'db_time_ms', 'Float32') AS db_time_ms,
      JSONExtract(raw, 'metrics', 'api_time_ms', 'Float32') AS api_time_ms,
      JSONExtract(raw, 'metrics', 'queue_time_ms', 'Float32') AS queue_time_ms,
      JSONExtract(raw, 'metrics', 'custom_metrics', 'Map(LowCardinality(String), Float64)') AS custom_metrics,
      '${cluster}' AS kafka_cluster, _topic AS kafka_topic, _partition AS kafka_partition, _offset AS kafka_offset,
      _timestamp_ms AS kafka_timestamp, _key AS kafka_key,
      arrayZip(_headers.name, CAST(_headers.value, 'Array(Nullable(String))')) AS kafka_headers,
      '' AS replay_id, 'ok' AS record_status, '' AS problem, 'json' AS value_format, '' AS decoded, raw
      FROM ${queue} WHERE length(_error) = 0`,
  })
  return async () => {
    await client.command({ query: `DROP VIEW ${view} SYNC` })
    await client.command({ query: `DROP TABLE ${queue} SYNC` })
  }
}
