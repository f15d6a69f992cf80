import type { ReplayRequest } from '@ledgerbus/replay'
import type { WitnessedRecord } from '../witness/witnessed-record.ts'
import type { Fate } from './checker/replay-history.ts'
import { fateOfOffset, transformName } from './some-transform.ts'

export const tablePrefix = 'chaos'
export const sinkGroupId = 'chaos-sink'

/** Where originals stand; a quarter of them beside. */
export const originTopics = [
  { name: 'chaos-orders', partitions: 12 },
  { name: 'chaos-users', partitions: 4 },
] as const

const [orders, users] = originTopics
/** Fewer partitions than the originals have: keys decide. */
const copyTopic = { name: 'chaos-copy', partitions: 7 } as const
const byTimeTopic = { name: 'chaos-by-time', partitions: 3 } as const

/** Everything is kept, and records may bear any time. */
export const topicSpecs = [...originTopics, copyTopic, byTimeTopic].map((topic) => ({
  ...topic,
  replicationFactor: 3,
  settings: {
    'min.insync.replicas': '2',
    'retention.ms': '-1',
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.after.max.ms': '9223372036854775807',
  },
}))

/** A replay of the run. */
export interface ChaosReplay {
  readonly name: string
  readonly request: ReplayRequest
  readonly mode: string
  /** What is to become of an original: said here once more, so that the platform's own selection is not judged by itself. */
  readonly fateOf: (original: WitnessedRecord) => Fate
}

/** All there are: records may bear times that no clock shows. */
const allTimes = { fromMs: 0, toMs: 253_402_300_800_000, timeField: 'kafka' } as const
const asked = { groups: ['billing', 'shipping'], by: 'chaos' }

/** What an earlier replay published is left out. */
function fateIn(topics: readonly string[]): (original: WitnessedRecord) => Fate {
  return ({ topic, marks }) => (topics.includes(topic) && marks === undefined ? 'published' : 'unselected')
}

/** Three at once: back to where they came from, to a topic of fewer partitions, and by time with a transform. */
export const chaosReplays: readonly ChaosReplay[] = [
  {
    name: 'own',
    mode: 'rehandle',
    request: { ...allTimes, ...asked, topics: [orders.name, users.name], reason: 'back to their own topics' },
    fateOf: fateIn([orders.name, users.name]),
  },
  {
    name: 'copy',
    mode: 'copy',
    request: {
      ...{ ...allTimes, ...asked, topics: [orders.name, users.name] },
      ...{ target: copyTopic.name, reason: 'to fewer partitions' },
    },
    fateOf: fateIn([orders.name, users.name]),
  },
  {
    name: 'by-time',
    mode: 'copy',
    request: {
      ...{ ...allTimes, ...asked, topics: [users.name], order: 'time', transform: transformName },
      ...{ target: byTimeTopic.name, reason: 'by time, some left out' },
    },
    fateOf(original) {
      const fate = fateIn([users.name])(original)
      return fate === 'published' ? fateOfOffset(original.offset) : fate
    },
  },
]
