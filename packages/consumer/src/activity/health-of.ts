import type { ConsumerHealth, Degradation, PartitionHealth } from './consumer-health.ts'

/** The worst of what is known. */
export function healthOf(partitions: readonly PartitionHealth[], degradations: readonly Degradation[]): ConsumerHealth {
  const isStuck = partitions.some((partition) => partition.isStuck)
  const status = isStuck ? 'stuck' : degradations.length > 0 ? 'degraded' : 'ok'
  return { status, partitions, degradations }
}
