import type { ReplayPlan } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { CommandError } from '../errors/command-error.ts'
import { counted, grouped } from '../output/table.ts'
import { write } from '../output/write.ts'
import { toIso } from '../times/iso.ts'

export interface Confirmation {
  readonly yes: boolean
  /** Topics typed out on the command line. */
  readonly topics: readonly string[]
}

/**
 * Publishing into the topic that live consumers read is the severe class: each topic has to be typed out. Into another topic a yes will do.
 *
 * @throws CommandError `CLI_NOT_CONFIRMED`
 */
export async function confirmReplay(plan: ReplayPlan, edge: Edge, given: Confirmation): Promise<void> {
  const topics = plan.topics.map(({ name }) => name)
  const isOriginal = plan.target === undefined || plan.summary.byTopic.some(({ topic }) => topic === plan.target)
  const missing = topics.filter((topic) => !given.topics.includes(topic))
  const stranger = given.topics.find((topic) => !topics.includes(topic))
  if (stranger !== undefined)
    throw refused(
      `--confirm ${stranger}: this replay publishes to ${topics.join(', ')}`,
      'correct --confirm, or the range',
    )
  if (missing.length === 0 || (!isOriginal && given.yes)) return
  if (edge.stdin.isTTY !== true || edge.stderr.isTTY !== true) {
    throw refused(
      isOriginal
        ? `publishing to ${missing.join(', ')} again has to be confirmed by name`
        : `publishing to ${missing.join(', ')} has to be confirmed`,
      isOriginal
        ? `look at the plan with --dry-run, then add ${missing.map((topic) => `--confirm ${topic}`).join(' ')}`
        : 'look at the plan with --dry-run, then add --yes',
    )
  }
  await write(edge.stderr, `\n${question(plan, topics)}\n`)
  if (isOriginal ? await typed(missing, edge) : await edge.prompts.confirm('Publish them?')) return
  throw refused('not confirmed; nothing was published')
}

function question(plan: ReplayPlan, topics: readonly string[]): string {
  const { entries, byName, firstMs, lastMs } = plan.summary
  const types = byName.map(({ name, entries: count }) => `${name} ${grouped(count)}`).join(', ')
  const range = firstMs === undefined || lastMs === undefined ? '' : ` from ${toIso(firstMs)} to ${toIso(lastMs)}`
  return `This publishes ${counted(entries, 'record')} (${types})${range} to ${topics.join(', ')} for ${plan.groups.join(', ')}.`
}

async function typed(topics: readonly string[], edge: Edge): Promise<boolean> {
  for (const topic of topics) {
    if ((await edge.prompts.type(`Type ${topic} to publish to this topic again`)) !== topic) return false
  }
  return true
}

function refused(message: string, remedy?: string): CommandError {
  return new CommandError(message, { code: 'CLI_NOT_CONFIRMED', ...(remedy !== undefined && { remedy }) })
}
