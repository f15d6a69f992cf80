/** A mistake that could have been made: the source with some places changed. More than one where one alone is caught by a second line of defence. */
export interface PlantedBug {
  /** What the changed program does. */
  readonly name: string
  /** Whose simulation is to find it. */
  readonly part: 'consumer' | 'sink' | 'replay'
  readonly changes: readonly Change[]
}

export interface Change {
  /** From the root of the repository. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

type ChangeText = readonly [file: string, find: string, replace: string]

function bugOf(
  part: PlantedBug['part'],
  folder: string,
): (name: string, ...changes: readonly ChangeText[]) => PlantedBug {
  return (name, ...changes) => ({
    name,
    part,
    changes: changes.map(([file, find, replace]) => ({ file: `${folder}/${file}`, find, replace })),
  })
}

const bug = bugOf('consumer', 'packages/consumer/src')
const sinkBug = bugOf('sink', 'packages/audit-sink/src')
const replayBug = bugOf('replay', 'packages/replay/src')

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

  sinkBug('confirms a range before it is inserted', [
    'partition/range-protocol.ts',
    'const result = await insert(part)\n',
    'void confirm(part, isChecked); const result = await insert(part)\n',
  ]),
  sinkBug('inserts a range that it never recorded', [
    'partition/range-protocol.ts',
    'if (!isRecorded && !isChecked && needs.hasMetadata && !(await record(part))) return false',
    '',
  ]),
  sinkBug('inserts a range before Kafka confirmed its record', [
    'partition/range-protocol.ts',
    '!(await record(part))) return false',
    'void record(part) === null) return false',
  ]),
  sinkBug('cuts a recorded range anew after a restart', [
    'partition/where-to-begin.ts',
    'recorded: recorded !== undefined && recorded.next > first ? recorded : undefined',
    'recorded: undefined',
  ]),
  sinkBug('ends a recorded range one record early', [
    'partition/partition-sink.ts',
    'boundary: recorded.next }',
    'boundary: recorded.next - 1n }',
  ]),
  sinkBug('takes an insert of unknown outcome for stored', [
    'partition/insert-until-stored.ts',
    "if (outcome.kind === 'ok') {",
    "if (outcome.kind !== 'failed') {",
  ]),
  sinkBug('takes an insert that failed for stored', [
    'partition/insert-until-stored.ts',
    "if (outcome.kind === 'ok') {",
    "if (outcome.kind !== 'unknown') {",
  ]),
  sinkBug('takes an insert of unknown outcome for failed, and cuts its range anew', [
    'partition/insert-until-stored.ts',
    "if (error.code === 'AUDIT_ROW_REFUSED' && records > 1) return 'refused'",
    "if (records > 1) return 'refused'",
  ]),
  sinkBug('leaves out the half behind a refused record', [
    'partition/range-protocol.ts',
    'from = to\n',
    'from = refusedBefore ?? to\n',
  ]),
  sinkBug('keeps the older of two commits that wait', [
    'partition/commit-queue.ts',
    '...(isNewer ? request : known)',
    '...(isNewer ? known : request)',
  ]),
  sinkBug('takes a commit for stored whose outcome is unknown', [
    'partition/commit-queue.ts',
    'for (const request of requests) enqueue(request, false)\n',
    "tell(requests, 'committed'); return 0\n",
  ]),
  sinkBug(
    'goes on with a partition that was taken away, as if its commits were its own',
    ['partition/partition-sink.ts', 'AbortSignal.any([assigned.signal, needs.signal])', 'needs.signal'],
    ['partition/commit-queue.ts', '=> ownership.signal.aborted', '=> ownership.signal.aborted && false'],
    [
      'partition/commit-queue.ts',
      "tell(requests, 'over')\n        return failures",
      "tell(requests, 'committed')\n        return failures",
    ],
    [
      'partition/commit-queue.ts',
      'if (signal.aborted || request.ownership.signal.aborted) return',
      'if (signal.aborted) return',
    ],
  ),

  replayBug('takes a page of unknown outcome for published', [
    'run/checkpoint-writer.ts',
    "      if (outcome?.kind === 'ok') {",
    "      if (outcome?.kind === 'ok' || outcome?.kind === 'unknown') {",
  ]),
  replayBug('takes a page of unknown outcome for not published: the last checkpoint is not looked at', [
    'run/checkpoint-writer.ts',
    'if (known !== undefined) return known\n',
    '',
  ]),
  replayBug(
    'goes on though another runner wrote in between',
    [
      'run/checkpoint-writer.ts',
      "return found === undefined || found.step === before?.step ? undefined : { kind: 'displaced', by: found }",
      'return undefined',
    ],
    [
      'run/checkpoint-writer.ts',
      '    last = await store.lastCheckpoint(replayId, wait)\n',
      '    last ??= await store.lastCheckpoint(replayId, wait)\n',
    ],
  ),
  replayBug('shuts nobody out: each runner has a transactional id of its own', [
    'run/checkpoint-writer.ts',
    'createTransactionalPages(broker, transactionalIdOf(replayId))',
    'createTransactionalPages(broker, transactionalIdOf(`${replayId}-${random.next()}`))',
  ]),
  replayBug('publishes a page and then its checkpoint, in two transactions', [
    'run/checkpoint-writer.ts',
    'const page = [...records, ...beside]',
    "const first = records.length > 0 ? await pages.publish(records) : undefined; if (first !== undefined && first.kind !== 'ok') return first; const page = beside; records = []",
  ]),
  replayBug('goes on one entry too far', ['run/position.ts', 'from: offset + 1n', 'from: offset + 2n']),
  replayBug('goes on with the entry that it ended with', ['run/position.ts', 'from: offset + 1n', 'from: offset']),
  replayBug('goes on behind the first entry of a page by time', [
    'run/position.ts',
    'cursor: source.cursorOf(last)',
    'cursor: source.cursorOf(entries[0] ?? last)',
  ]),
  replayBug('forgets the partitions that a page has no entry of', [
    'run/position.ts',
    'new Map(position.starts.map((start) => [nameOf(start), start]))',
    'new Map<string, PartitionStart>()',
  ]),
  replayBug('goes on from what it knew, not from what stands, when it takes a replay over', [
    'run/runner.ts',
    'const last = (await writer.open(wait)) ?? current',
    'const found = await writer.open(wait); const last = current.step === 0 ? (found ?? current) : current',
  ]),
  replayBug(
    'takes a replay back from somebody who paused it',
    ['run/run-replay.ts', "if (checkpoint.state !== 'paused') return await heed(checkpoint)", 'return undefined'],
    ['run/runner.ts', 'if (hasLooked && isOfOthers(last)) throw new Displaced(last)', ''],
  ),
  replayBug('takes a replay back from whoever had the last word while it could not ask', [
    'run/runner.ts',
    'if (hasLooked && isOfOthers(last)) throw new Displaced(last)',
    '',
  ]),
  replayBug('counts places from the beginning of each run', [
    'run/publish-entries.ts',
    'sequence: first + index',
    'sequence: index',
  ]),
]
