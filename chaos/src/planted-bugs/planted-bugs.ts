/** A mistake that could have been made: one place of the source, changed. */
export interface PlantedBug {
  /** What the changed program does. */
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

const consumer = 'packages/consumer/src'

/** Each of them must be found by the simulator. When a place has changed, the hunt says so: plant the bug anew. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'commits what is not handled yet',
    file: `${consumer}/offsets/offset-tracker.ts`,
    find: '    committable: () => committable() as NextOffset | undefined,',
    replace: '    committable: () => position as NextOffset | undefined,',
  },
  {
    name: 'takes the map of one partition for that of another',
    file: `${consumer}/group/group-member.ts`,
    find: 'const takenOver = takeOver(epoch, { groupId, logger })',
    replace:
      'const [other = epoch] = partitions; const takenOver = takeOver({ ...epoch, committed: epoch.committed && { ...epoch.committed, metadata: other.committed?.metadata ?? "" } }, { groupId, logger })',
  },
  {
    name: 'reads the map one offset too far',
    file: `${consumer}/offsets/offset-tracker.ts`,
    find: 'const range = passRestored(offset)\n      if (range !== undefined && range.from <= offset)',
    replace: 'const range = passRestored(offset)\n      if (range !== undefined && range.from <= offset + 1n)',
  },
  {
    name: 'forgets what was finished ahead of the commit',
    file: `${consumer}/group/take-over.ts`,
    find: "const finished = map.kind === 'map' ? map.runs : []",
    replace: 'const finished: OffsetRuns = []',
  },
  {
    name: 'commits under an ownership that is over',
    file: `${consumer}/group/group-member.ts`,
    find: 'return found?.ownership.epoch === partition.epoch ? found : undefined',
    replace: 'return found',
  },
  {
    name: 'takes a record for handled whose handler threw',
    file: `${consumer}/pipeline/retry.ts`,
    find: "    end.kind === 'failed' ? tryAgain(work, { startedMs, error: end.error }, turn, tools) : end,",
    replace: "    end.kind === 'failed' ? { kind: 'handled' } : end,",
  },
  {
    name: 'takes a dead letter of unknown outcome for stored',
    file: `${consumer}/dead-letter/dead-letter-writer.ts`,
    find: "if (outcome.kind === 'ok') return true",
    replace: "if (outcome.kind !== 'failed') return true",
  },
  {
    name: 'does not wait until a dead letter stands',
    file: `${consumer}/pipeline/dead-letter.ts`,
    find: "  return stands ? { kind: 'dead-lettered' } : { kind: 'left' }",
    replace: "  return { kind: 'dead-lettered' }",
  },
  {
    name: 'runs two records of a key at once',
    file: `${consumer}/lanes/lane.ts`,
    find: 'if (records.size > 1 || isLeft) return',
    replace: 'if (isLeft) return',
  },
  {
    name: 'lets records overtake one that was left',
    file: `${consumer}/lanes/lane.ts`,
    find: 'function leave(): void {\n    isLeft = true',
    replace: 'function leave(): void {\n    records.shift(); goOn()',
  },
  {
    name: 'gives every record a lane of its own',
    file: `${consumer}/lanes/lane-key.ts`,
    find: 'return key === null ? keyless : `:${Buffer',
    replace: 'return key !== null ? undefined : `:${Buffer',
  },
  {
    name: 'drops a record that follows another without a gap',
    file: `${consumer}/offsets/offset-tracker.ts`,
    find: "if (position !== undefined && offset < position) return 'again'",
    replace: "if (position !== undefined && offset <= position && offset % 7n === 3n) return 'again'",
  },
  {
    name: 'counts what a handler returns after its partition was taken away',
    file: `${consumer}/group/owned-partition.ts`,
    find: '    if (ownership.isOver()) return\n    tracker.done',
    replace: '    tracker.done',
  },
  {
    name: 'takes a commit for stored that failed',
    file: `${consumer}/offsets/commit-scheduler.ts`,
    find: '        changed()\n        return outcome',
    replace: "        options.onCommitted(positions)\n        return { kind: 'ok' }",
  },
  {
    name: 'leaves the group without its last commit',
    file: `${consumer}/create-consumer.ts`,
    find: 'const committed = commits.commitNow().then((settled) => {',
    replace: "const committed = Promise.resolve({ kind: 'ok' } as const).then((settled) => {",
  },
  {
    name: 'stays on hold after a rebalance',
    file: `${consumer}/group/group-member.ts`,
    find: '      find(epoch)?.release()',
    replace: '      find(epoch)',
  },
]
