import type { ReplayPlan } from '@ledgerbus/replay'
import type { Edge } from '../edge/edge.ts'
import { CommandError } from '../errors/command-error.ts'
import type { SettingFlags } from '../config/settings.ts'
import type { ConfirmFlags, PaceFlags } from '../input/replay-options.ts'
import { printable } from '../output/printable.ts'
import { counted, grouped } from '../output/table.ts'
import { write } from '../output/write.ts'
import { toIso } from '../times/iso.ts'
import { runCommand } from './run-command.ts'

/** Whether somebody said yes, or there was nothing to ask. A run that nobody confirmed looks again at who would see its records. */
export type Confirmation = 'given' | 'not needed'

/**
 * Publishing into the topic that live consumers read is the severe class: each topic has to be typed out. Into another topic a yes will do, where the plan asks for
 * one at all: it is large, or other groups read that topic.
 *
 * @throws CommandError `CLI_NOT_CONFIRMED`
 */
export async function confirmReplay(
  plan: ReplayPlan,
  edge: Edge,
  flags: ConfirmFlags & SettingFlags & PaceFlags,
): Promise<Confirmation> {
  const { yes, confirm = [] } = flags
  if (plan.summary.entries === 0) return 'not needed'
  const topics = plan.topics.map(({ name }) => name)
  const isOriginal = plan.target === undefined || plan.summary.byTopic.some(({ topic }) => topic === plan.target)
  const missing = topics.filter((topic) => !confirm.includes(topic))
  const stranger = confirm.find((topic) => !topics.includes(topic))
  if (stranger !== undefined)
    throw refused(
      `--confirm ${stranger}: this replay publishes to ${topics.join(', ')}`,
      'correct --confirm, or the range',
    )
  if (missing.length === 0 || (!isOriginal && yes === true)) return 'given'
  if (!isOriginal && plan.confirmations.length === 0) return 'not needed'
  if (edge.stdin.isTTY !== true || edge.stderr.isTTY !== true)
    throw refusedUnasked(plan, { missing, isOriginal, flags })
  await write(edge.stderr, `\n${question(plan, topics)}\n`)
  if (isOriginal ? await typed(missing, edge) : await edge.prompts.confirm('Publish them?')) return 'given'
  throw refused('not confirmed; nothing was published', `the plan is kept: ${runCommand(plan.replayId, flags)}`)
}

function refusedUnasked(
  { replayId }: ReplayPlan,
  {
    missing,
    isOriginal,
    flags,
  }: {
    readonly missing: readonly string[]
    readonly isOriginal: boolean
    readonly flags: SettingFlags & PaceFlags
  },
): CommandError {
  const names = missing.join(', ')
  const answer = isOriginal ? missing.map((topic) => `--confirm ${topic}`).join(' ') : '--yes'
  return refused(
    isOriginal
      ? `publishing to ${names} again has to be confirmed by name`
      : `publishing to ${names} has to be confirmed`,
    `look at \`ledgerbus replay show ${replayId}\`, then add ${answer} to \`${runCommand(replayId, flags)}\``,
  )
}

function question({ summary, groups, confirmations }: ReplayPlan, topics: readonly string[]): string {
  const { entries, byName, firstMs, lastMs } = summary
  const types = byName.map(({ name, entries: count }) => `${name} ${grouped(count)}`).join(', ')
  const range = firstMs === undefined || lastMs === undefined ? '' : ` from ${toIso(firstMs)} to ${toIso(lastMs)}`
  return [
    `This publishes ${counted(entries, 'record')} (${types})${range} to ${topics.join(', ')} for ${groups.join(', ')}.`,
    ...confirmations,
  ]
    .map(printable)
    .join('\n')
}

async function typed(topics: readonly string[], edge: Edge): Promise<boolean> {
  for (const topic of topics) {
    if ((await edge.prompts.type(`Type ${topic} to publish to this topic again`)) !== topic) return false
  }
  return true
}

function refused(message: string, remedy: string): CommandError {
  return new CommandError(message, { code: 'CLI_NOT_CONFIRMED', remedy })
}
