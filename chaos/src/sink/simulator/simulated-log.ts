import { crc32 } from 'node:zlib'
import { AuditLogError } from '@ledgerbus/audit-log'
import type {
  AuditBlock,
  AuditLog,
  AuditLogWriter,
  AuditPartition,
  AuditRange,
  Clock,
  ConsumerRecord,
  InsertOptions,
  OpenAuditBlock,
  Outcome,
  Random,
  StandingRecords,
} from '@ledgerbus/core'

/** What becomes of one insert. */
export interface InsertFault {
  /** What the sink is told, at last. */
  readonly outcome: 'failed' | 'unknown'
  /** What happens all the same: an insert is atomic only within a part of a table. With `failed` nothing does. */
  readonly applied: 'all' | 'some' | 'none'
  /** When it happens, and when the sink is told: a request outlives its connection. */
  readonly appliedAfterMs: number
  readonly answeredAfterMs: number
}

/**
 * ClickHouse, as much of it as the sink's protocol rests on: rows lie in parts by month and by table; a part that has seen a token drops the insert in silence, whatever
 * it holds; everything else is added, copies as well; what reads is one row a record.
 */
export interface SimulatedLog {
  readonly writer: Pick<AuditLog, 'start'> & AuditLogWriter
  /** Waits for the next insert. */
  inject(fault: InsertFault): void
  goDown(): void
  comeBack(): void
  /** In the order of their arrival, copies too. */
  readonly rows: readonly ConsumerRecord[]
}

/** Keys that begin like this cannot stand among the events; those of `refusedKey` make the server refuse a block, which only trying tells. */
export const setAsideKey = 'aside-'
export const refusedKey = 'refused-'

interface SimulatedBlock extends AuditBlock {
  readonly held: readonly ConsumerRecord[]
}

/** Rows of one insert that stand or fall together. */
interface Piece {
  readonly part: string
  readonly records: readonly ConsumerRecord[]
}

export function createSimulatedLog(clock: Clock, random: Random): SimulatedLog {
  const rows: ConsumerRecord[] = []
  const tokens = new Set<string>()
  const faults: InsertFault[] = []
  let isDown = false

  function apply({ part, records }: Piece, token: string): void {
    if (tokens.has(`${part} ${token}`)) return
    tokens.add(`${part} ${token}`)
    rows.push(...records)
  }

  async function insert(range: AuditRange, { again, beforeQuarantine }: InsertOptions): Promise<Outcome> {
    if (isDown) return { kind: 'failed', error: unreachable() }
    const { held, topic, partition, records, digest } = range.block as SimulatedBlock
    // Sent now: what happens later happens with these bytes.
    const token = `${topic}/${partition} ${range.first}-${range.next} ${records} ${digest} ${again ?? ''}`
    const fault = faults.shift()
    const isRefused = held.some((record) => keyOf(record).startsWith(refusedKey))
    if (isRefused && held.length > 1 && fault === undefined) {
      return { kind: 'failed', error: new AuditLogError('a row is refused', { code: 'AUDIT_ROW_REFUSED' }) }
    }
    const isAside = (record: ConsumerRecord): boolean => keyOf(record).startsWith(setAsideKey) || isRefused
    const events = piecesOf(
      'events',
      held.filter((record) => !isAside(record)),
    )
    const aside = piecesOf('quarantine', held.filter(isAside))
    const isPossible = !(isRefused && held.length > 1)
    if (fault === undefined) {
      for (const piece of events) apply(piece, token)
      if (aside.length > 0) await beforeQuarantine?.()
      for (const piece of aside) apply(piece, token)
      return { kind: 'ok' }
    }
    const share = fault.applied === 'all' ? 1 : fault.applied === 'some' ? random.next() : 0
    const pieces = [...events, ...aside]
    const done = isPossible && fault.outcome === 'unknown' ? pieces.slice(0, Math.round(share * pieces.length)) : []
    clock.schedule(fault.appliedAfterMs, () => {
      for (const piece of done) apply(piece, token)
    })
    await clock.sleep(fault.answeredAfterMs)
    const error = new AuditLogError('simulated', {
      code: 'AUDIT_LOG_UNREACHABLE',
      outcome: fault.outcome,
      retriable: true,
    })
    return { kind: fault.outcome, error }
  }

  function standingOf({ topic, partition }: AuditPartition): readonly ConsumerRecord[] {
    if (isDown) throw unreachable()
    const known = new Map<bigint, ConsumerRecord>()
    for (const row of rows) if (row.topic === topic && row.partition === partition) known.set(row.offset, row)
    return [...known.values()].sort((left, right) => Number(left.offset - right.offset))
  }

  return {
    writer: {
      async start() {
        if (isDown) throw unreachable()
      },
      createBlock,
      insert: (range, options = {}) => insert(range, options),
      async standing({ first, next, ...partition }): Promise<StandingRecords> {
        const found = standingOf(partition).filter(({ offset }) => offset >= first && offset < next)
        const has = (record: { readonly offset: bigint }): boolean =>
          found.some(({ offset }) => offset === record.offset)
        return { records: found.length, digest: digestOf(found), has }
      },
      lastStanding: async (partition) => standingOf(partition).at(-1)?.offset,
    },
    inject: (fault) => void faults.push(fault),
    goDown() {
      isDown = true
    },
    comeBack() {
      isDown = false
    },
    rows,
  }
}

function unreachable(): AuditLogError {
  return new AuditLogError('the simulated log is away', { code: 'AUDIT_LOG_UNREACHABLE', retriable: true })
}

function keyOf({ key }: ConsumerRecord): string {
  return Buffer.from(key ?? '').toString()
}

function piecesOf(table: string, records: readonly ConsumerRecord[]): Piece[] {
  const parts = Map.groupBy(
    records,
    ({ timestampMs }) => `${table} ${new Date(Number(timestampMs)).toISOString().slice(0, 7)}`,
  )
  return [...parts].map(([part, members]) => ({ part, records: members }))
}

function digestOf(records: readonly ConsumerRecord[]): number {
  return crc32(records.map(({ offset, timestampMs }) => `${offset} ${timestampMs}`).join())
}

function createBlock(owner: AuditPartition): OpenAuditBlock {
  const held: ConsumerRecord[] = []
  let isReleased = false
  const block = blockOf(owner, () => {
    // Its memory is another block's by now.
    if (isReleased) throw new Error('a block was asked after it was released')
    return held
  })
  return Object.assign(block, {
    add: (record: ConsumerRecord) => void held.push(record),
    release() {
      isReleased = true
    },
  })
}

function blockOf({ cluster, topic, partition }: AuditPartition, now: () => readonly ConsumerRecord[]): SimulatedBlock {
  return {
    ...{ cluster, topic, partition },
    get held() {
      return now()
    },
    get records() {
      return now().length
    },
    get bytes() {
      return now().length * 300
    },
    get digest() {
      return digestOf(now())
    },
    offsetAt: (index) => now()[index]?.offset ?? -1n,
    tally: () => ({ tombstones: 0, undecodable: 0 }),
    part: (from, to) => blockOf({ cluster, topic, partition }, () => now().slice(from, to)),
  }
}
