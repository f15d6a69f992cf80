/** A mistake that could have been made: the source with some places changed. More than one where one alone is caught by a second line of defence. */
export interface PlantedBug {
  /** What the changed program does. */
  readonly name: string
  readonly changes: readonly Change[]
}

export interface Change {
  /** From the root of the repository. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

const consumer = 'packages/consumer/src'

function bug(
  name: string,
  ...changes: readonly (readonly [file: string, find: string, replace: string])[]
): PlantedBug {
  return { name, changes: changes.map(([file, find, replace]) => ({ file: `${consumer}/${file}`, find, replace })) }
}

/** Each of them must be found by the simulator. When a place has changed, the hunt says so: plant the bug anew. */
export const plantedBugs: readonly PlantedBug[] = [
  bug('commits what is not handled yet', [
    'offsets/offset-tracker.ts',
    'committable: () => committable() as NextOffset | undefined,',
    'committable: () => position as NextOffset | undefined,',
  ]),
  bug('takes the map of one partition for that of another', [
    'group/group-member.ts',
    'const takenOver = takeOver(epoch, { groupId, logger })',
    'const [other = epoch] = partitions; const takenOver = takeOver({ ...epoch, committed: epoch.committed && { ...epoch.committed, metadata: other.committed?.metadata ?? "" } }, { groupId, logger })',
  ]),
  bug('reads the map one offset too far', [
    'offsets/offset-tracker.ts',
    'if (range !== undefined && range.from <= offset) return',
    'if (range !== undefined && range.from <= offset + 1n) return',
  ]),
  bug('forgets what was finished ahead of the commit', [
    'group/take-over.ts',
    "const finished = map.kind === 'map' ? map.runs : []",
    'const finished: OffsetRuns = []',
  ]),
  bug(
    'goes on with a partition that was taken away, and commits it under the epoch of the moment',
    ['group/group-member.ts', 'owned.delete(nameOf(epoch))', ''],
    ['group/group-member.ts', 'partition.lose(epoch.signal.reason)', ''],
    ['group/ownership.ts', "else signal.addEventListener('abort', () => lose(signal.reason), { once: true })", ''],
  ),
  bug('takes a record for handled whose handler threw', [
    'pipeline/retry.ts',
    "end.kind === 'failed' ? tryAgain(work, end, startedMs, turn, tools) : end,",
    "end.kind === 'failed' ? { kind: 'handled' } : end,",
  ]),
  bug('takes a dead letter of unknown outcome for stored', [
    'dead-letter/append-until-stored.ts',
    "if (outcome.kind === 'ok') return outcome.baseOffset",
    "if (outcome.kind === 'ok') return outcome.baseOffset; if (outcome.kind === 'unknown') return 0n",
  ]),
  bug('takes a dead letter for stored before it stands', [
    'pipeline/dead-letter.ts',
    "return stands ? { kind: 'dead-lettered' } : { kind: 'left' }",
    "return { kind: 'dead-lettered' }",
  ]),
  bug('runs two records of a key at once', [
    'lanes/lane.ts',
    'if (records.size > 1 || isLeft) return',
    'if (isLeft) return',
  ]),
  bug('lets records overtake one that was left', [
    'lanes/lane.ts',
    'function leave(): void {\n    isLeft = true',
    'function leave(): void {\n    records.shift(); goOn()',
  ]),
  bug('gives every record a lane of its own', [
    'lanes/lane-key.ts',
    'return key === null ? keyless : `:${',
    'return key !== null ? undefined : `:${',
  ]),
  bug('drops a record now and then', [
    'offsets/offset-tracker.ts',
    "if (position !== undefined && offset < position) return 'again'",
    "if (position !== undefined && offset <= position && offset % 7n === 3n) return 'again'",
  ]),
  bug('takes a commit for stored that failed', [
    'offsets/commit-scheduler.ts',
    '        changed()\n        return outcome',
    "        options.onCommitted(positions)\n        return { kind: 'ok' }",
  ]),
  bug('leaves the group without its last commit', [
    'create-consumer.ts',
    'const committed = commits.commitNow().then((settled) => {',
    "const committed = Promise.resolve({ kind: 'ok' } as const).then((settled) => {",
  ]),
  bug('stays on hold after a rebalance', ['group/group-member.ts', '      partition.release()\n', '']),
]
