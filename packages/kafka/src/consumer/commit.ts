import type { Clock, CommitOutcome, CommitPosition, NotOk, Random } from '@ledgerbus/core'
import type { Broker, Cluster, TopicOffsets } from 'kafkajs'
import { type Backoff, backoffMs } from '../client/backoff.ts'
import { settle } from '../client/settle.ts'
import { readClientError } from '../errors/read-client-error.ts'
import { toBrokerError } from '../errors/to-broker-error.ts'
import type { Assignment } from './assignment.ts'
import { commitUnanswered, metadataTooLarge, stillRebalancing } from './consumer-error.ts'
import type { MemberIdentity } from './member.ts'
import type { Membership } from './membership.ts'

export interface CommitOptions {
  readonly groupId: string
  readonly assignment: Assignment
  readonly membership: Membership
  /** The cluster of the member of the moment. */
  readonly cluster: () => Cluster | undefined
  /** The group goes on without this member: its epochs are over. */
  readonly onFenced: () => void
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** Commits positions of one member, one call at a time. */
export interface Committer {
  commit(positions: readonly CommitPosition[]): Promise<CommitOutcome>
  /** Resolves when no commit is under way. */
  idle(): Promise<unknown>
}

/** Kafka's own default of `offset.metadata.max.bytes`. A longer one is refused, but the other partitions of the request are stored. */
const mostMetadata = 4_096
const backoff: Backoff = { firstMs: 50, mostMs: 1_000 }

/**
 * Commits under the member id and generation in which the partitions are owned, by requests of our own: Kafka checks these two and not the owner.
 * kafkajs would commit under the generation of the moment, after a rejoin too, and resolves without writing once it began to stop.
 */
export function createCommitter(options: CommitOptions): Committer {
  const { groupId, assignment, membership, cluster, onFenced, timeoutMs, clock, random } = options
  let coordinator: { readonly of: Cluster; readonly broker: Broker } | undefined
  let last: Promise<unknown> = Promise.resolve()

  function living(positions: readonly CommitPosition[]): readonly CommitPosition[] {
    return positions.filter((position) => assignment.find(position) !== undefined)
  }

  async function send(positions: readonly CommitPosition[], identity: MemberIdentity): Promise<void> {
    const of = cluster()
    if (of === undefined) throw stillRebalancing(groupId)
    if (coordinator?.of !== of) coordinator = { of, broker: await of.findGroupCoordinator({ groupId }) }
    await coordinator.broker.offsetCommit({
      groupId,
      memberId: identity.memberId,
      groupGenerationId: identity.generationId,
      topics: toTopics(positions),
    })
  }

  async function commitWithin(positions: readonly CommitPosition[], deadlineMs: number): Promise<CommitOutcome> {
    const leftMs = () => Math.max(0, deadlineMs - clock.monotonicMs())
    let lastFailure: NotOk = { kind: 'failed', error: stillRebalancing(groupId) }
    for (let failures = 1; ; failures += 1) {
      // A join in which the positions are still those of the generation before: what it decides comes first.
      if (membership.isJoining && membership.identity === undefined)
        await settle(membership.settled(), { clock, withinMs: leftMs() })
      const alive = living(positions)
      if (alive.length === 0) return { kind: 'fenced' }
      const { identity } = membership
      if (identity !== undefined) {
        const sent = await settle(send(alive, identity), { clock, withinMs: leftMs() })
        if (sent.kind === 'value') return toOk(positions, alive)
        coordinator = undefined
        if (sent.kind !== 'error') return { kind: 'unknown', error: commitUnanswered(groupId) }
        const { row } = readClientError(sent.error)
        const isJoinUnderWay =
          row.code === 'BROKER_REBALANCING' || (row.code === 'BROKER_MEMBER_FENCED' && membership.isJoining)
        if (row.code === 'BROKER_MEMBER_FENCED' && !membership.isJoining) {
          if (membership.identity === identity) onFenced()
          continue
        }
        const error = isJoinUnderWay
          ? stillRebalancing(groupId)
          : toBrokerError(sent.error, { where: `group ${groupId}`, groupId })
        // Once a commit may have been stored, a later failure does not make it undone.
        lastFailure = { kind: lastFailure.kind === 'unknown' ? 'unknown' : error.outcome, error }
        if (isJoinUnderWay) await settle(membership.settled(), { clock, withinMs: leftMs() })
        else if (!error.retriable) return lastFailure
      }
      if (leftMs() === 0) return lastFailure
      await clock.sleep(Math.min(leftMs(), backoffMs(backoff, failures, random)))
    }
  }

  return {
    commit(positions) {
      const mine = last.then(async (): Promise<CommitOutcome> => {
        if (positions.length === 0) return { kind: 'ok' }
        const tooLarge = positions.find(({ metadata = '' }) => metadata.length > mostMetadata)
        if (tooLarge !== undefined) return { kind: 'failed', error: metadataTooLarge(groupId, tooLarge, mostMetadata) }
        return commitWithin(positions, clock.monotonicMs() + timeoutMs)
      })
      last = mine
      return mine
    },
    idle: () => last,
  }
}

function toOk(positions: readonly CommitPosition[], stored: readonly CommitPosition[]): CommitOutcome {
  const fenced = positions.filter((position) => !stored.includes(position))
  return fenced.length === 0 ? { kind: 'ok' } : { kind: 'ok', fenced }
}

/** kafkajs's types leave out the metadata. */
function toTopics(positions: readonly CommitPosition[]): TopicOffsets[] {
  return [...new Set(positions.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: positions
      .filter((position) => position.topic === topic)
      .map(({ partition, offset, metadata = '' }) => ({ partition, offset: offset.toString(), metadata })),
  }))
}
