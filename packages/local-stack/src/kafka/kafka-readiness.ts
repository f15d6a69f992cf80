import { askBroker, type BrokerAddress } from './ask-broker.ts'
import {
  apiVersions,
  type ClusterMetadata,
  describeGroup,
  describeTransaction,
  findCoordinator,
  initProducerId,
  type KafkaRequest,
  kafkaError,
  metadata,
  type TopicMetadata,
} from './kafka-wire.ts'

/** A broker to be looked at: its own listener, not what it advertises. */
export interface BrokerNode extends BrokerAddress {
  readonly nodeId: number
}

/** Kafka's own topics: coordinators keep their state in them, a partition each. */
const coordinators = [
  { kind: 'group', topic: '__consumer_offsets', describe: describeGroup },
  { kind: 'transaction', topic: '__transaction_state', describe: describeTransaction },
] as const

/** What one broker still lacks before it serves clients: a place in a cluster that has a controller. */
export async function brokerMissing(broker: BrokerNode, signal: AbortSignal): Promise<string | undefined> {
  const [versionsError] = await askBroker(broker, [apiVersions()], signal)
  if (versionsError !== kafkaError.none) return `it refuses ApiVersions (error ${versionsError})`
  const cluster = await readMetadata(broker, [], signal)
  if (cluster.controllerId < 0) return 'it knows no controller'
  if (!cluster.nodeIds.includes(broker.nodeId)) return 'the cluster does not count it as alive'
  return undefined
}

/**
 * What the cluster still lacks before a client's first group, transaction or idempotent producer succeeds at once.
 *
 * A broker that lists topics still answers 'coordinator loading' or 'not available' for a while, and clients log that as
 * an error. So every partition of both coordinator topics is asked, on the broker that leads it.
 */
export async function clusterMissing(nodes: readonly BrokerNode[], signal: AbortSignal): Promise<string | undefined> {
  for (const node of nodes) {
    const cluster = await readMetadata(node, [], signal)
    if (cluster.nodeIds.length < nodes.length) {
      return `broker ${node.nodeId} sees ${cluster.nodeIds.length} of ${nodes.length} brokers`
    }
  }
  for (const coordinator of coordinators) {
    const missing = await coordinatorMissing(nodes, coordinator, signal)
    if (missing !== undefined) return missing
  }
  for (const node of nodes) {
    const [error] = await askBroker(node, [initProducerId()], signal)
    if (error !== kafkaError.none) return `broker ${node.nodeId} hands out no producer ids yet (error ${error})`
  }
  return undefined
}

async function coordinatorMissing(
  nodes: readonly BrokerNode[],
  { kind, topic, describe }: (typeof coordinators)[number],
  signal: AbortSignal,
): Promise<string | undefined> {
  const [first] = nodes
  if (first === undefined) return 'there is no broker'
  const [error] = await askBroker(first, [findCoordinator('ledgerbus-ready', kind)], signal)
  if (error !== kafkaError.none) return `there is no ${kind} coordinator yet (error ${error})`
  const found = (await readMetadata(first, [topic], signal)).topics[0]
  const missing = topicMissing(topic, found)
  if (missing !== undefined || found === undefined) return missing
  const keys = keyPerPartition(found.partitions.length)
  for (const node of nodes) {
    const requests: KafkaRequest<number>[] = found.partitions
      .filter(({ leader }) => leader === node.nodeId)
      .map(({ partition }) => describe(keys[partition] ?? ''))
    const errors = await askBroker(node, requests, signal)
    const refused = errors.find((code) => !meansAbsent.has(code))
    if (refused !== undefined) return `broker ${node.nodeId} still loads the ${kind} coordinator (error ${refused})`
  }
  return undefined
}

/** What a coordinator that is loaded says about a name it does not know. */
const meansAbsent: ReadonlySet<number> = new Set([
  kafkaError.none,
  kafkaError.groupIdNotFound,
  kafkaError.transactionalIdNotFound,
])

function topicMissing(name: string, topic: TopicMetadata | undefined): string | undefined {
  if (topic === undefined || topic.error !== kafkaError.none || topic.partitions.length === 0) {
    return `${name} does not exist yet`
  }
  const unready = topic.partitions.find(
    ({ error, leader, replicas, inSync }) => error !== kafkaError.none || leader < 0 || inSync.length < replicas.length,
  )
  return unready && `${name}/${unready.partition} has not all its replicas yet`
}

/**
 * For each partition of a coordinator topic a name that belongs to it, as Kafka chooses: the name's Java hash without its
 * sign, modulo the number of partitions (`partitionFor` in `GroupCoordinatorService` and `TransactionStateManager`).
 */
export function keyPerPartition(partitions: number): readonly string[] {
  const keys: (string | undefined)[] = Array.from({ length: partitions })
  for (let number = 0, left = partitions; left > 0; number += 1) {
    const key = `ledgerbus-ready-${number}`
    const hash = javaHash(key)
    const partition = (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % partitions
    if (keys[partition] !== undefined) continue
    keys[partition] = key
    left -= 1
  }
  return keys as readonly string[]
}

/** `String.hashCode` of Java. */
export function javaHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

async function readMetadata(
  node: BrokerNode,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<ClusterMetadata> {
  const [answer] = await askBroker(node, [metadata(topics)], signal)
  if (answer === undefined) throw new Error(`broker ${node.nodeId} did not answer`)
  return answer
}
