/** A key whose records wait for one handler, by their offsets in the topic from which they were parked. */
export interface ParkedKey {
  /** The lowest that is not done: what the others wait for. */
  readonly head: bigint
  /** All of the key's records up to here are parked, or were done before the first of them was. */
  readonly highest: bigint
}

/** A record on the parking topic. */
export interface ParkedRecord {
  readonly key: string
  /** Where it stood when it was parked. */
  readonly origin: bigint
}

/** The keys that are parked in one partition: nothing here is stored, all of it stands in the parking topic. */
export interface ParkedKeys {
  get(key: string): ParkedKey | undefined
  /** It stands on the parking topic, or is about to: later records of the key belong behind it. */
  add(record: ParkedRecord): void
  /** It does not stand there after all. */
  undo(record: ParkedRecord): void
  /** How a record that is read there stands: `twice`, as another copy of it was done; `behind-dead`, `dead`: a mark behind it says so. */
  read(record: ParkedRecord, offset: bigint): 'open' | 'twice' | 'behind-dead' | 'dead'
  /** Its end is known. The key is free when it was the last. */
  done(record: ParkedRecord): void
  /** Whether others of the key wait behind it, and no mark says yet that they are dead. @param offset its own, of the parking topic */
  hasUnmarkedBehind(record: ParkedRecord, offset: bigint): boolean
  /** The record is dead, and so are those behind it up to the mark at this offset of the parking topic. */
  marked(record: ParkedRecord, offset: bigint): void
  readonly size: number
}

interface Entry {
  readonly open: Set<bigint>
  highest: bigint
  lastDone: bigint | undefined
  /** Marks: what was parked before each, from the dead one on. */
  readonly dead: { readonly origin: bigint; readonly before: bigint }[]
}

/** The mark behind a record that says it is dead. */
function markOf({ dead }: Entry, origin: bigint, offset: bigint): Entry['dead'][number] | undefined {
  return dead.find((mark) => offset < mark.before && origin >= mark.origin)
}

export function createParkedKeys(): ParkedKeys {
  const entries = new Map<string, Entry>()

  function entryOf({ key, origin }: ParkedRecord): Entry {
    const known = entries.get(key)
    if (known !== undefined) return known
    const made: Entry = { open: new Set(), highest: origin, lastDone: undefined, dead: [] }
    entries.set(key, made)
    return made
  }

  function forgetIfDone(key: string, entry: Entry): void {
    if (entry.open.size === 0) entries.delete(key)
  }

  return {
    get(key) {
      const entry = entries.get(key)
      // In the order in which they were parked, and so in the order of their offsets.
      const [head] = entry?.open ?? []
      return entry === undefined || head === undefined ? undefined : { head, highest: entry.highest }
    },
    add(record) {
      const entry = entryOf(record)
      entry.open.add(record.origin)
      if (record.origin > entry.highest) entry.highest = record.origin
    },
    undo({ key, origin }) {
      const entry = entries.get(key)
      if (entry === undefined) return
      entry.open.delete(origin)
      const last = [...entry.open].at(-1)
      if (last !== undefined) entry.highest = last
      forgetIfDone(key, entry)
    },
    read(record, offset) {
      const entry = entryOf(record)
      const { origin } = record
      if (entry.lastDone !== undefined && origin <= entry.lastDone) return 'twice'
      entry.open.add(origin)
      if (origin > entry.highest) entry.highest = origin
      const mark = markOf(entry, origin, offset)
      if (mark === undefined) return 'open'
      return origin === mark.origin ? 'dead' : 'behind-dead'
    },
    done({ key, origin }) {
      const entry = entries.get(key)
      if (entry === undefined) return
      entry.open.delete(origin)
      if (entry.lastDone === undefined || origin > entry.lastDone) entry.lastDone = origin
      forgetIfDone(key, entry)
    },
    hasUnmarkedBehind({ key, origin }, offset) {
      const entry = entries.get(key)
      if (entry === undefined || markOf(entry, origin, offset) !== undefined) return false
      return [...entry.open].some((other) => other > origin)
    },
    marked(record, offset) {
      const entry = entryOf(record)
      entry.dead.push({ origin: record.origin, before: offset })
      forgetIfDone(record.key, entry)
    },
    get size() {
      return entries.size
    },
  }
}
