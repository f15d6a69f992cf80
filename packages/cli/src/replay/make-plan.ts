import type { Replay, ReplayPlan, ReplayRequest } from '@ledgerbus/replay'
import type { Session } from '../edge/session.ts'
import { withReplayFrom } from '../edge/with-replay.ts'
import { CommandError } from '../errors/command-error.ts'
import { didYouMean } from '../input/closest-names.ts'
import { guessingTopics } from '../input/guessing-topics.ts'
import { requireKnownNames } from '../input/known-entries.ts'
import { createPlanTeller } from './plan-teller.ts'

/**
 * Plans, and does something with the plan while everything is still connected.
 *
 * @throws CommandError `CLI_TOPIC_UNKNOWN`, `CLI_EVENT_UNKNOWN`, `CLI_USAGE`, with the nearest name
 */
export async function makePlan(
  session: Session,
  request: ReplayRequest,
  { keep }: { readonly keep: 'yes' | 'no' },
  action: (plan: ReplayPlan, replay: Replay) => Promise<void>,
): Promise<void> {
  requireTransform(session, request.transform)
  const { readFrom = 'log', target, topics = [], ranges = [] } = request
  await withReplayFrom(session, readFrom, async (replay, auditLog) => {
    // The log knows topics that Kafka has forgotten.
    const read = [...topics, ...ranges.map(({ topic }) => topic)]
    const named = [...(readFrom === 'kafka' ? read : []), ...(target === undefined ? [] : [target])]
    const plan = await guessingTopics(session, named, () => planTelling(session, replay, request, keep))
    if (plan.summary.entries === 0 && auditLog !== undefined) {
      await requireKnownNames(request, auditLog, session.settings)
    }
    await action(plan, replay)
  })
}

async function planTelling(
  { edge }: Session,
  replay: Replay,
  request: ReplayRequest,
  keep: 'yes' | 'no',
): Promise<ReplayPlan> {
  const teller = createPlanTeller(edge)
  try {
    return await replay.plan(request, { keep, signal: edge.interrupted, onProgress: teller.tell })
  } finally {
    await teller.stop()
  }
}

function requireTransform({ settings }: Session, transform: string | undefined): void {
  if (transform === undefined) return
  const known = Object.keys(settings.project.replay?.transforms ?? {})
  if (known.includes(transform)) return
  throw new CommandError(`there is no transform ${transform}${didYouMean(transform, known)}`, {
    code: 'CLI_USAGE',
    remedy:
      known.length === 0
        ? 'declare it in ledgerbus.config.ts: defineConfig({ replay: { transforms: { name: (entry) => ({ ... }) } } })'
        : `${settings.projectFile ?? 'the project file'} has ${known.join(', ')}`,
  })
}
