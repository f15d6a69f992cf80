import { ReplayError } from '../replay-error.ts'
import { checkTargets } from './allowed-targets.ts'
import { planHash } from './plan-hash.ts'
import type { ReplayPlan } from './replay-plan.ts'
import type { ReplayMeans } from './replay-request.ts'

/** With what a plan shall be run: the means and guard rails of the runner, who need not be the planner. */
export interface RunnableOptions extends ReplayMeans {
  /** Says yes to what the plan has to be confirmed for. */
  readonly confirmed?: true
}

/**
 * Whether a plan may be run, by what it says itself. Asks nothing.
 *
 * @throws ReplayError `REPLAY_PLAN_ALTERED`, `REPLAY_PLAN_INCOMPLETE`, `REPLAY_TOO_LARGE`, `REPLAY_TARGET_NOT_ALLOWED`, `REPLAY_REQUEST_INVALID`, `REPLAY_NOT_CONFIRMED`
 */
export function checkRunnable(plan: ReplayPlan, options: RunnableOptions = {}): void {
  if (planHash(plan) !== plan.hash) {
    throw new ReplayError('the plan was altered after it was made; plan again', { code: 'REPLAY_PLAN_ALTERED' })
  }
  checkComplete(plan)
  checkSize(plan, options)
  checkTargets(
    plan.topics.map(({ name }) => name),
    options.allowedTargets,
  )
  checkMeans(plan, options)
  checkContent(plan)
  if (plan.confirmations.length > 0 && options.confirmed !== true) {
    throw new ReplayError(`the run has to be confirmed: ${plan.confirmations.join('; ')}`, {
      code: 'REPLAY_NOT_CONFIRMED',
    })
  }
}

function checkComplete({ groups, reason, by }: ReplayPlan): void {
  const missing = [
    ...(groups.length === 0 ? ['groups'] : []),
    ...(reason === '' ? ['reason'] : []),
    ...(by === '' ? ['`by` (who asks for it)'] : []),
  ]
  if (missing.length === 0) return
  throw new ReplayError(
    `the plan can be looked at but not run: it names no ${missing.join(' and no ')}; plan again with all of it`,
    { code: 'REPLAY_PLAN_INCOMPLETE' },
  )
}

function checkSize({ summary: { entries }, maxEntries }: ReplayPlan, runner: RunnableOptions): void {
  if (maxEntries !== undefined && entries > maxEntries) {
    throw tooLarge(
      `the plan has ${entries} entries, more than the ${maxEntries} it allows; narrow the range, or plan again with a higher maxEntries`,
    )
  }
  if (runner.maxEntries !== undefined && entries > runner.maxEntries) {
    throw tooLarge(
      `the plan has ${entries} entries, more than the ${runner.maxEntries} that whoever runs it may publish; narrow the range, or have that bound raised`,
    )
  }
}

function tooLarge(message: string): ReplayError {
  return new ReplayError(message, { code: 'REPLAY_TOO_LARGE' })
}

/** Planned by one process, run by another: the other may know less. */
function checkMeans({ transform, content }: ReplayPlan, { transforms, events }: RunnableOptions): void {
  const problems = [
    ...(transform !== undefined && !Object.hasOwn(transforms ?? {}, transform)
      ? [`its transform ${JSON.stringify(transform)} is not at hand here`]
      : []),
    ...(content === 'latest' && events === undefined
      ? ['it brings events to their newest version, and no definitions are at hand here']
      : []),
  ]
  if (problems.length === 0) return
  throw new ReplayError(`the plan cannot be run by this process: ${problems.join('; ')}`, {
    code: 'REPLAY_REQUEST_INVALID',
  })
}

/** Whatever the runner knows: nothing of it can be published as asked, and every entry would fail. */
function checkContent({ content, check }: ReplayPlan): void {
  if (content !== 'latest' || check?.framed === undefined || check.framed === 0 || check.framed < check.entries) return
  throw new ReplayError(
    `the plan brings events to their newest version, and a schema registry encoded all ${check.entries} entries of it: what their newest version would be there is not known; plan again with content 'stored', or with a transform`,
    { code: 'REPLAY_REQUEST_INVALID' },
  )
}
