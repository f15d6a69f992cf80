import type { AppendOutcome } from '@ledgerbus/core'

/** The broker's word for a batch above its limit. Nothing of such a batch is stored. */
const tooLargeCode = 'BROKER_RECORD_TOO_LARGE'

export function isTooLarge(outcome: AppendOutcome): boolean {
  return outcome.kind === 'failed' && outcome.error.code === tooLargeCode
}

/**
 * Appends a batch; one that is too large is halved, and halved again, so that only records fail that are too large by themselves:
 * Kafka bounds the batch, not the record, so one of them would take its whole batch along.
 *
 * The parts go one after the other: the records keep their order.
 *
 * @param onOutcome called for each part with its outcome, in order; the parts together are the batch
 */
export async function appendInParts<Item>(
  batch: readonly Item[],
  append: (part: readonly Item[]) => Promise<AppendOutcome>,
  onOutcome: (part: readonly Item[], outcome: AppendOutcome) => void,
): Promise<void> {
  const outcome = await append(batch)
  if (batch.length === 1 || !isTooLarge(outcome)) {
    onOutcome(batch, outcome)
    return
  }
  const middle = Math.ceil(batch.length / 2)
  await appendInParts(batch.slice(0, middle), append, onOutcome)
  await appendInParts(batch.slice(middle), append, onOutcome)
}
