import type { RedrivePlan } from '@ledgerbus/consumer'
import type { Edge } from '../edge/edge.ts'
import { CommandError } from '../errors/command-error.ts'
import { counted, grouped } from '../output/table.ts'
import { write } from '../output/write.ts'

/**
 * Asks a person before anything is done with the letters of a plan; without a terminal `--yes` has to say it.
 *
 * @throws CommandError `CLI_NOT_CONFIRMED`
 */
export async function confirmLetters(
  plan: RedrivePlan,
  edge: Edge,
  asked: { readonly yes: boolean; readonly does: 'redrive' | 'discard' },
): Promise<void> {
  if (asked.yes) return
  const what = `${asked.does === 'redrive' ? 'redriving' : 'discarding'} ${counted(plan.counts.letters, 'dead letter')}`
  if (edge.stdin.isTTY !== true || edge.stderr.isTTY !== true) {
    throw new CommandError(`${what} has to be confirmed`, {
      code: 'CLI_NOT_CONFIRMED',
      remedy: 'look at the plan with `ledgerbus dlq plan`, then add --yes',
    })
  }
  await write(edge.stderr, `\n${question(plan, asked.does)}\n`)
  if (await edge.prompts.confirm(asked.does === 'redrive' ? 'Redrive them?' : 'Discard them?')) return
  throw new CommandError('not confirmed; nothing was done', { code: 'CLI_NOT_CONFIRMED' })
}

function question({ counts, destinations, seenBy }: RedrivePlan, does: 'redrive' | 'discard'): string {
  const events = counts.byEvent.map(({ name = 'unknown', letters }) => `${name} ${grouped(letters)}`).join(', ')
  const letters = `${counted(counts.letters, 'dead letter')} (${events})`
  if (does === 'discard') return `This notes that ${letters} are not to be redriven; they stay where they are.`
  const topics = destinations.map(({ topic }) => topic).join(', ')
  return `This publishes ${letters} to ${topics}, for ${seenBy.map(({ groupId }) => groupId).join(', ') || 'nobody'}.`
}
