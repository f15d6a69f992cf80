import { type Broker, type Clock, deepFreeze, type Ids, type WaitOptions } from '@ledgerbus/core'
import { RedriveError } from '../redrive-error.ts'
import { createLetterCounter } from '../survey/count-letters.ts'
import { factsOfLetter, type LetterFacts } from '../survey/letter-facts.ts'
import { compileFilter, lazyEvent } from '../survey/letter-filter.ts'
import type { SurveyedLetter } from '../survey/survey-partition.ts'
import { surveyTopic, type SurveyTools } from '../survey/survey-topic.ts'
import { withTools } from '../with-tools.ts'
import { destinationOf, type Routing } from './destination.ts'
import { isRedrivable } from './is-redrivable.ts'
import { encodeOffsets } from './offset-list.ts'
import type { PlannedBound, RedriveDestination, RedriveGroup, RedrivePlan, SelectedLetters } from './redrive-plan.ts'
import { redrivePlanHash } from './redrive-plan-hash.ts'
import { type CheckedRequest, resolveRedriveRequest, hintsOf, type RedriveRequest } from './redrive-request.ts'
import { failedGroups, otherReaders } from './seen-by.ts'

/** What planning needs. */
export interface PlanRedriveNeeds {
  readonly broker: Broker
  readonly clock: Clock
  readonly ids: Ids
  /** Topics that records may go back to. */
  readonly originTopics: readonly string[]
}

/** Makes the plan: the letters as they stand at this moment. Publishes nothing and changes nothing. */
export async function planRedrive(
  request: RedriveRequest,
  needs: PlanRedriveNeeds,
  wait: WaitOptions = {},
): Promise<RedrivePlan> {
  const checked = resolveRedriveRequest(request)
  const redriveId = needs.ids.next()
  const plannedAtMs = needs.clock.nowMs()
  return await withTools(needs.broker, wait, async (tools) => {
    const selection = await select(checked, redriveId, tools, wait)
    const { limit: _limit, ...frozen } = checked
    const about = await aboutDestinations(selection.routes, checked, needs.originTopics, tools)
    const { routes: _routes, ...counted } = selection
    const plan = { redriveId, plannedAtMs, ...frozen, ...counted, ...about }
    return deepFreeze({ ...plan, hash: redrivePlanHash(plan) })
  })
}

interface Routes {
  readonly letters: Map<string, { kind: RedriveDestination['kind']; letters: number }>
  readonly origins: Set<string>
  readonly groups: Set<string>
}

type Selection = Pick<RedrivePlan, 'bounds' | 'selected' | 'counts' | 'beyondLimit' | 'left' | 'withoutOrigin'> & {
  readonly routes: Routes
}

async function select(
  request: CheckedRequest,
  redriveId: string,
  tools: SurveyTools,
  wait: WaitOptions,
): Promise<Selection> {
  const { source, limit } = request
  const routing: Routing = { ...request, deadLetterTopic: source.deadLetterTopic }
  const eligibility = { ...request, redriveId }
  const routes: Routes = { letters: new Map(), origins: new Set(), groups: new Set() }
  const counter = createLetterCounter()
  const bounds: PlannedBound[] = []
  const selected: SelectedLetters[] = []
  const left: Record<string, number> = {}
  let taken = 0
  let beyondLimit = 0
  let withoutOrigin = 0

  for await (const { partition, span, letters } of surveyTopic(tools, source.deadLetterTopic, {
    ...wait,
    hints: hintsOf(request.source),
    keep: keepFitting(request.filter),
  })) {
    bounds.push({ partition, low: String(span.from), end: String(span.to) })
    const offsets: bigint[] = []
    for (const letter of letters.toSorted(byOrigin)) {
      const status = letter.kept.redriveCount > 0 ? 'failed-again' : 'pending'
      const to = destinationOf(letter.kept, routing)
      if (!isRedrivable(status, letter.state, eligibility)) left[letter.status] = (left[letter.status] ?? 0) + 1
      else if (to === undefined) withoutOrigin += 1
      else if (taken === limit) beyondLimit += 1
      else {
        taken += 1
        offsets.push(letter.offset)
        counter.add(letter)
        if (to !== 'nowhere') note(routes, letter.kept, to)
      }
    }
    if (offsets.length > 0) selected.push({ partition, offsets: encodeOffsets(offsets) })
  }
  return { bounds, selected, counts: counter.read(), beyondLimit, left, withoutOrigin, routes }
}

function keepFitting(filter: CheckedRequest['filter']) {
  const fits = compileFilter(filter)
  return (letter: Parameters<typeof fits>[0]): LetterFacts | undefined => {
    const event = lazyEvent(letter)
    return fits(letter, event) ? factsOfLetter(letter, event) : undefined
  }
}

function note(routes: Routes, { origin }: LetterFacts, to: Pick<RedriveDestination, 'topic' | 'kind'>): void {
  const route = routes.letters.get(to.topic) ?? { kind: to.kind, letters: 0 }
  route.letters += 1
  routes.letters.set(to.topic, route)
  if (to.kind === 'parked') return
  if (to.kind === 'origin') routes.origins.add(to.topic)
  if (origin.group !== undefined) routes.groups.add(origin.group)
}

/** The oldest record first: a record that failed again stands behind those that failed after it, and yet comes before them. */
function byOrigin(a: SurveyedLetter<LetterFacts>, b: SurveyedLetter<LetterFacts>): number {
  const left = a.kept.origin
  const right = b.kept.origin
  return (
    compare(left.topic ?? '', right.topic ?? '') ||
    (left.partition ?? -1) - (right.partition ?? -1) ||
    compare(left.offset ?? a.offset, right.offset ?? b.offset) ||
    compare(a.offset, b.offset)
  )
}

function compare<Value extends bigint | string>(a: Value, b: Value): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

async function aboutDestinations(
  routes: Routes,
  request: CheckedRequest,
  originTopics: readonly string[],
  { admin }: SurveyTools,
): Promise<Pick<RedrivePlan, 'destinations' | 'seenBy' | 'warnings'>> {
  const strangers = [...routes.origins].filter((topic) => !originTopics.includes(topic))
  if (strangers.length > 0) {
    throw new RedriveError(
      `${strangers.join(', ')}: not among the topics that records may go back to; name them in originTopics, or redrive to the group alone`,
      { code: 'REDRIVE_ORIGIN_NOT_ALLOWED' },
    )
  }
  const topics = await admin.describeTopics([...routes.letters.keys()])
  const destinations = [...routes.letters].map(([topic, route]) => ({
    topic,
    ...route,
    partitions: topics.find(({ name }) => name === topic)?.partitions ?? 0,
  }))
  const failed = await failedGroups(admin, [...routes.groups])
  const others = await otherReaders(admin, [...routes.origins], [...routes.groups])
  const seenBy = [...failed, ...others]
  return { destinations, seenBy, warnings: [...warningsOf(destinations, seenBy, request)] }
}

function* warningsOf(
  destinations: readonly RedriveDestination[],
  seenBy: readonly RedriveGroup[],
  request: CheckedRequest,
): Generator<string> {
  for (const { topic, partitions, kind } of destinations) {
    if (partitions > 0 || kind === 'parked') continue
    yield `${topic} does not exist; a consumer of the group makes it when it starts`
  }
  for (const { groupId, failed, members } of seenBy) {
    if (failed && members === 0) yield `group ${groupId} has no members; it handles the records once it runs again`
    if (!failed) yield `group ${groupId} reads the same topic and sees the records again`
  }
  if (request.unanswered !== undefined) yield 'what was never answered may have been handled; it may be handled twice'
}
