import { type Replay, ReplayError, type ReplayPlan, type ReplayStatus } from '@ledgerbus/replay'

const plannedAtMs = Date.UTC(2026, 0, 31, 11, 59)

/** The plan of 20 orders, for billing, to the topic they came from. */
export function aReplayPlan(more: Partial<ReplayPlan> = {}): ReplayPlan {
  const fromMs = Date.UTC(2026, 0, 31)
  const entries = 20
  return {
    replayId: 'r-1',
    hash: '0'.repeat(64),
    plannedAtMs,
    reason: 'bug 42 is fixed',
    by: 'ann',
    readFrom: 'log',
    selection: {
      fromMs,
      toMs: fromMs + 86_400_000,
      timeField: 'event',
      replays: 'exclude',
      redrives: 'exclude',
      below: [{ cluster: 'in-memory', topic: 'orders', partition: 1, below: 20n }],
    },
    mode: 'rehandle',
    order: 'key',
    content: 'stored',
    groups: ['billing'],
    summary: {
      entries,
      bytes: 9_000,
      keys: 20,
      byName: [{ name: 'order.created', version: 1, entries }],
      byTopic: [{ topic: 'orders', entries }],
      byDay: [{ day: '2026-01-31', entries }],
      byStatus: [{ status: 'ok', entries }],
      firstMs: fromMs + 43_200_000,
      lastMs: fromMs + 43_800_000,
      bounds: [{ cluster: 'in-memory', topic: 'orders', partition: 1, below: 20n }],
    },
    topics: [{ name: 'orders', partitions: 3 }],
    targetGroups: [{ groupId: 'billing', known: true, members: 1, lag: 0n }],
    otherGroups: [{ groupId: 'shipping', known: true, members: 2, lag: 7n }],
    confirmations: [],
    warnings: [],
    ...more,
  }
}

/** How that plan stands: not run yet. */
export function aReplayStatus(more: Partial<ReplayStatus> = {}): ReplayStatus {
  const plan = more.plan ?? aReplayPlan()
  return {
    replayId: plan.replayId,
    state: 'planned',
    plan,
    by: plan.by,
    published: 0,
    failed: 0,
    leftOut: 0,
    ...more,
  }
}

/** A replay whose answers a test gives; what it does not give ends with an error. */
export function createFakeReplay(statuses: readonly ReplayStatus[], answers: Partial<Replay> = {}): Replay {
  function statusOf(replayId: string): ReplayStatus {
    const found = statuses.find((status) => status.replayId === replayId)
    if (found !== undefined) return found
    throw new ReplayError(`no replay ${replayId} is known`, { code: 'REPLAY_UNKNOWN' })
  }

  const notGiven = async (): Promise<never> => {
    throw new Error('this test gave no answer for it')
  }

  return {
    plan: notGiven,
    run: notGiven,
    status: async (replayId) => statusOf(replayId),
    async *watch(replayId) {
      yield statusOf(replayId)
    },
    list: async () => statuses,
    history: async () => [],
    async *errors() {},
    pause: async (replayId, { by, note }) => changed(statusOf(replayId), { state: 'paused', by, note }),
    resume: async (replayId, { by, note }) => changed(statusOf(replayId), { state: 'running', by, note }),
    cancel: async (replayId, { by, note }) => changed(statusOf(replayId), { state: 'cancelled', by, note }),
    close: async () => undefined,
    ...answers,
  }
}

function changed(
  status: ReplayStatus,
  { note, ...facts }: Pick<ReplayStatus, 'state' | 'by'> & { readonly note: string | undefined },
): ReplayStatus {
  return { ...status, ...facts, ...(note !== undefined && { note }) }
}
