import type { ClickHouseClient } from '@clickhouse/client'

/** A month of a shop: stories of five events over twelve partitions. */
export interface LogShape {
  readonly entries: number
  readonly startMs: number
  readonly stepMs: number
  readonly organizations: number
  readonly entities: number
}

const partitions = 12
/** In each, every partition brings one insert: their times overlap, as those of a sink do. */
const slices = 4
/** Inserted a second time, as after a crash whose deduplication window has passed. */
const copiedInserts = 2

export function logShape(entries: number, endMs: number): LogShape {
  const stepMs = Math.floor((30 * 86_400_000) / entries)
  return { entries, stepMs, startMs: endMs - entries * stepMs, organizations: 500, entities: entries / 10 }
}

/** The event at a place: what the questions ask for. The same expressions in SQL, below. */
export const idExpressions = {
  correlation: 'reinterpretAsUUID(sipHash128(intDiv(k, 5), 1))',
  entity: (shape: LogShape): string => `concat('o-', toString(cityHash64(intDiv(k, 5)) % ${shape.entities}))`,
  organization: (shape: LogShape): string =>
    `concat('org-', toString(toUInt32(pow((cityHash64(intDiv(k, 5), 7) % 1000000) / 1000000, 2) * ${shape.organizations})))`,
}

/** Fills the table on the server. Background merges must stand still, so that the parts stay as they were inserted. */
export async function fillLog(
  client: ClickHouseClient,
  table: string,
  shape: LogShape,
  progress: (text: string) => void,
): Promise<void> {
  await client.command({ query: `SYSTEM STOP MERGES ${table}` })
  for (let slice = 0; slice < slices; slice += 1) {
    for (let partition = 0; partition < partitions; partition += 1) {
      await insert(client, table, shape, { slice, partition })
    }
    progress(`filled ${slice + 1} of ${slices} parts of the month`)
  }
  for (let copy = 0; copy < copiedInserts; copy += 1) {
    await insert(client, table, shape, { slice: slices - 1, partition: copy * 5 })
  }
}

async function insert(
  client: ClickHouseClient,
  table: string,
  shape: LogShape,
  { slice, partition }: { readonly slice: number; readonly partition: number },
): Promise<void> {
  const ofSlice = Math.floor(shape.entries / slices)
  const count = Math.ceil((ofSlice - partition) / partitions)
  const first = slice * ofSlice + partition
  await client.command({
    query: `INSERT INTO ${table} (${columns.join(', ')})
${eventsOf(shape)}
FROM (SELECT ${first} + number * ${partitions} AS k FROM numbers(${count}))`,
    clickhouse_settings: {
      max_block_size: '1000000',
      min_insert_block_size_rows: '1000000',
      min_insert_block_size_bytes: '0',
      max_insert_block_size: '1000000',
      insert_deduplicate: 0,
      max_threads: 2,
      wait_end_of_query: 1,
    },
  })
}

const columns = [
  ...['kafka_cluster', 'kafka_topic', 'kafka_partition', 'kafka_offset', 'kafka_timestamp', 'kafka_key', 'raw'],
  ...['record_status', 'value_format', 'event_id', 'event_name', 'event_version', 'event_source', 'correlation_id'],
  ...['causation_id', 'timestamp', 'organization_id', 'entity_type', 'entity_id', 'action', 'actor_type', 'actor_id'],
]

const words =
  "['please','leave','the','parcel','at','door','ring','twice','gift','card','inside','customer','asked','for','a','later','date','invoice','to','office','fragile','handle','with','care','second','floor','left','neighbour','call','before','delivery','thank','you','very','much','and','regards']"

function eventsOf(shape: LogShape): string {
  const offset = `intDiv(k, ${partitions})`
  return `WITH
  ['order.created', 'payment.authorized', 'order.paid', 'parcel.sent', 'order.completed'][1 + k % 5] AS name,
  reinterpretAsUUID(sipHash128(k, 2)) AS id,
  ${idExpressions.correlation} AS correlation,
  if(k % 5 = 0, toUUID('00000000-0000-0000-0000-000000000000'), reinterpretAsUUID(sipHash128(k - 1, 2))) AS cause,
  fromUnixTimestamp64Milli(toInt64(${shape.startMs} + k * ${shape.stepMs}), 'UTC') AS time,
  ${idExpressions.organization(shape)} AS organization,
  ${idExpressions.entity(shape)} AS entity,
  concat('u-', toString(cityHash64(intDiv(k, 5), 3) % 50000)) AS actor,
  splitByChar('.', name)[2] AS what,
  (cityHash64(k, 4) % 500000) / 100 AS total,
  arrayStringConcat(arrayMap(i -> ${words}[1 + cityHash64(k, i) % 37], range(65)), ' ') AS note,
  concat('{"event_id":"', toString(id), '","name":"', name, '","version":1,"correlation_id":"', toString(correlation), '"',
    if(k % 5 = 0, '', concat(',"causation_id":"', toString(cause), '"')),
    ',"timestamp":"', formatDateTime(time, '%Y-%m-%dT%H:%i:%S', 'UTC'), '.', leftPad(toString(toUnixTimestamp64Milli(time) % 1000), 3, '0'), 'Z"',
    ',"source":"shop","organization_id":"', organization, '","entity":{"type":"order","id":"', entity, '"},"action":"', what,
    '","actor":{"type":"user","id":"', actor, '"},"payload":{"after":{"status":"', what, '","total":', toString(total),
    ',"currency":"EUR","customer":{"email":"', actor, '@example.com","country":"', ['DE', 'AT', 'CH', 'FR'][1 + cityHash64(k, 5) % 4],
    '"},"items":[{"sku":"sku-', toString(cityHash64(k, 6) % 9000), '","quantity":', toString(1 + k % 3), ',"price":9.99},{"sku":"sku-',
    toString(cityHash64(k, 8) % 9000), '","quantity":1,"price":19.5}],"note":"', note, '"}},"metrics":{"processing_time_ms":', toString(k % 900), '}}') AS json
SELECT 'bench', 'order', k % ${partitions}, ${offset}, time + INTERVAL 7 MILLISECOND, entity, json, 'ok', 'json', id, name, 1, 'shop', correlation,
  cause, time, organization, 'order', entity, what, 'user', actor`
}
