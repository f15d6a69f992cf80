/** Names of a run of the sink. */
export const topic = 'chaos-log'
export const groupId = 'chaos-sink'
export const tablePrefix = 'chaos'
export const partitions = 12

/** Everything is kept, and records may bear any time. */
export const topicSpec = {
  name: topic,
  partitions,
  replicationFactor: 3,
  settings: {
    'min.insync.replicas': '2',
    'retention.ms': '-1',
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.after.max.ms': '9223372036854775807',
  },
}
