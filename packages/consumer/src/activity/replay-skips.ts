/** How many records were skipped for being part of a replay, by the replay's id and the rule. */
export interface ReplaySkips {
  count(replayId: string, rule: string): void
  read(): Readonly<Record<string, Readonly<Record<string, number>>>>
}

// Ids come from headers, which whoever may write to the topic can fill: neither their number nor their length is theirs to choose.
const maxReplays = 20
const maxIdLength = 100

/** Counts of the twenty replays that were skipped last. */
export function createReplaySkips(): ReplaySkips {
  /** The one skipped longest ago comes first. */
  const replays = new Map<string, Map<string, number>>()

  return {
    count(replayId, rule) {
      const id = replayId.slice(0, maxIdLength)
      const rules = replays.get(id) ?? new Map<string, number>()
      rules.set(rule, (rules.get(rule) ?? 0) + 1)
      replays.delete(id)
      replays.set(id, rules)
      const [oldest] = replays.keys()
      if (replays.size > maxReplays && oldest !== undefined) replays.delete(oldest)
    },
    read: () => Object.fromEntries([...replays].map(([id, rules]) => [id, Object.fromEntries(rules)])),
  }
}
