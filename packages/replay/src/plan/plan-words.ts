import type { AuditSummary, PartitionBound, PartitionOffsets } from '@ledgerbus/core'
import { strangersIn } from './guard-rails.ts'
import type { ReplayCheck, ReplayContent, ReplayGroup } from './replay-plan.ts'

/** Above so many entries a run wants a yes. */
const confirmedAbove = 1_000
const namedGroups = 10

/** What a plan is looked at for when it is put into words. */
export interface PlanFacts {
  readonly summary: AuditSummary
  readonly target?: string
  readonly content: ReplayContent
  readonly maxEntries?: number
  readonly check?: ReplayCheck
  readonly targetGroups: readonly ReplayGroup[]
  readonly otherGroups: readonly ReplayGroup[]
  readonly cluster: string
  readonly partitions: readonly PartitionOffsets[]
  readonly bounds: readonly PartitionBound[]
  readonly sinkGroups: readonly string[] | undefined
}

/** Whether all entries go back to the topic they came from. */
export function returnsToItsTopic({ byTopic }: AuditSummary, target: string | undefined): boolean {
  return target === undefined || (byTopic.length > 0 && byTopic.every(({ topic }) => topic === target))
}

/** What a run has to be confirmed for. */
export function confirmationsOf({ summary, target, otherGroups, sinkGroups }: PlanFacts): string[] {
  if (summary.entries === 0) return []
  const confirmations: string[] = []
  if (summary.entries > confirmedAbove) confirmations.push(`it publishes ${summary.entries} records`)
  const strangers = strangersIn(otherGroups, sinkGroups)
  if (strangers.length > 0) {
    const isOriginal = target === undefined || summary.byTopic.some(({ topic }) => topic === target)
    const handled = isOriginal ? 'handles it again' : 'handles it as new'
    confirmations.push(
      `${groupNames(strangers)} also ${strangers.length === 1 ? 'reads' : 'read'} what is published to ${isOriginal ? 'the original topic' : target}: groups on Ledgerbus skip it, anything else ${handled}`,
    )
  }
  return confirmations
}

/** What a person should know before running a plan. */
export function warningsOf(facts: PlanFacts): string[] {
  const { summary, maxEntries } = facts
  if (summary.entries === 0) return []
  return [
    ...(maxEntries !== undefined && summary.entries > maxEntries
      ? [`entries: ${summary.entries}, more than the ${maxEntries} allowed; the plan can be looked at, not run`]
      : []),
    ...facts.targetGroups.flatMap(groupWarnings),
    ...statusWarnings(summary),
    ...checkWarnings(facts),
    ...topicWarnings(facts),
  ]
}

function groupWarnings({ groupId, known, members, lag }: ReplayGroup): string[] {
  if (!known) return [`group ${groupId} is unknown to the broker; check its name`]
  if (lag === undefined && members === 0) return [`group ${groupId} does not read the target topics`]
  return members === 0 ? [`group ${groupId} has no members; it handles the records once it runs again`] : []
}

function statusWarnings({ byStatus }: AuditSummary): string[] {
  return byStatus.flatMap(({ status, entries }) => {
    if (entries === 0) return []
    if (status === 'undecodable') return [`not decodable: ${entries}; published again as they are`]
    return status === 'tombstone' ? [`tombstones: ${entries}; published again as tombstones`] : []
  })
}

function checkWarnings({ check, content, summary }: PlanFacts): string[] {
  if (check === undefined) return []
  const { framed = 0, unknown, notUpcast, invalid, undecodable, entries } = check
  const end =
    content === 'latest'
      ? 'a run cannot bring them to the newest version and lists them as errors'
      : 'published again as they are'
  const counted = [
    { what: 'encoded by a schema registry (only their stored bytes can be published)', count: framed },
    { what: 'without a definition', count: unknown },
    { what: 'not upcast (no definition leads on from their version, or an upcaster failed)', count: notUpcast },
    { what: 'refused by their definition', count: invalid },
    ...(content === 'latest' ? [{ what: 'not decodable', count: undecodable }] : []),
  ]
  const changed =
    entries === summary.entries
      ? []
      : [`counted: ${summary.entries}, read: ${entries}; the range changed meanwhile, plan again`]
  return [...counted.filter(({ count }) => count > 0).map(({ what, count }) => `${what}: ${count}; ${end}`), ...changed]
}

/** The log remembers a topic that was made anew: its entries then have offsets that the topic of today does not reach. */
function topicWarnings({ bounds, partitions, cluster }: PlanFacts): string[] {
  return bounds.flatMap(({ topic, partition, below, ...bound }) => {
    const today = partitions.find((one) => one.topic === topic && one.partition === partition)
    if (bound.cluster !== cluster || today === undefined || below <= today.end) return []
    return [
      `${topic}/${partition} ends at ${today.end} and entries of it go up to ${below - 1n}: the topic was made anew, or lost records`,
    ]
  })
}

/** `groups billing, shipping and 3 more`: not a list as long as the cluster has groups. */
export function groupNames(groups: readonly Pick<ReplayGroup, 'groupId'>[]): string {
  const named = groups.slice(0, namedGroups).map(({ groupId }) => groupId)
  const more = groups.length - named.length
  return `${groups.length === 1 ? 'group' : 'groups'} ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
