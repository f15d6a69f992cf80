import type { TopicPartition } from '@ledgerbus/core'

/** What a member tells the leader of its group, beside its topics. */
export interface MembershipClaim {
  readonly owned: readonly TopicPartition[]
  readonly generation: number
}

const none: MembershipClaim = { owned: [], generation: -1 }

export function encodeClaim({ owned, generation }: MembershipClaim): Buffer {
  const topics: Record<string, number[]> = {}
  for (const { topic, partition } of owned) topics[topic] = [...(topics[topic] ?? []), partition]
  return Buffer.from(JSON.stringify({ v: 1, generation, topics }))
}

/** Whatever does not read as a claim counts as none: the member gets what is left. */
export function decodeClaim(bytes: Uint8Array | null): MembershipClaim {
  if (bytes === null || bytes.length === 0) return none
  try {
    const claim: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const { v, generation, topics } = claim as {
      readonly v?: unknown
      readonly generation?: unknown
      readonly topics?: unknown
    }
    if (v !== 1 || typeof generation !== 'number' || typeof topics !== 'object' || topics === null) return none
    const owned = Object.entries(topics).flatMap(([topic, partitions]: [string, unknown]) =>
      Array.isArray(partitions)
        ? partitions.filter(Number.isInteger).map((partition: number) => ({ topic, partition }))
        : [],
    )
    return { owned, generation }
  } catch {
    return none
  }
}
