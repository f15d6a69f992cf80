import type {
  AuditLogWriter,
  AuditPartition,
  AuditRange,
  AuditReading,
  ConsumerRecord,
  NextOffset,
} from '@ledgerbus/core'

/** When a range is full. */
export interface RangeLimits {
  readonly maxRows: number
  readonly maxBytes: number
}

/** A range that was cut. */
export interface CutRange extends AuditRange {
  /** Between which of Kafka's times its records are, both inclusive. */
  readonly times: { readonly fromMs: bigint; readonly toMs: bigint }
  /** It stands: its memory may be used for others. */
  readonly release: () => void
}

/** The range of one partition that is being filled. */
export interface OpenRange {
  /** Where it begins. */
  readonly first: bigint
  readonly records: number
  readonly bytes: number
  /** When the oldest of its records arrived; `undefined` when there is none. */
  readonly oldestAtMs: number | undefined
  /** The next offset to arrive. */
  readonly position: NextOffset
  /** Where it has to end, whatever its size: so it was recorded. `undefined` once that is behind it. */
  readonly boundary: bigint | undefined
  /** Nothing more may be added before it is cut. */
  readonly isFull: boolean
  /** @param record at or behind the position, before the boundary. @returns how many bytes it takes */
  add(record: ConsumerRecord, atMs: number, reading?: AuditReading): number
  /** Offsets below `next` will not arrive any more, or need not be stored: a range covers them. Stops at the boundary. */
  moveTo(next: bigint): void
  /** Begins anew at another offset; it must be empty. */
  restartAt(offset: bigint): void
  /** Takes it off and begins the next; `undefined` when there is no record. */
  cut(): CutRange | undefined
}

/** @param start where the partition begins, and where its first range has to end, if that was recorded */
export function createOpenRange(
  auditLog: Pick<AuditLogWriter, 'createBlock'>,
  owner: AuditPartition,
  limits: RangeLimits,
  start: { readonly first: bigint; readonly boundary?: bigint },
): OpenRange {
  let { first, boundary } = start as { first: bigint; boundary: bigint | undefined }
  let position = first
  let block = auditLog.createBlock(owner)
  let bytes = 0
  let oldestAtMs: number | undefined
  let times: CutRange['times'] = { fromMs: 0n, toMs: 0n }

  function beginAt(offset: bigint): void {
    first = offset
    block = auditLog.createBlock(owner)
    bytes = 0
    oldestAtMs = undefined
  }

  return {
    get first() {
      return first
    },
    get records() {
      return block.records
    },
    get bytes() {
      return bytes
    },
    get oldestAtMs() {
      return oldestAtMs
    },
    get position() {
      return position as NextOffset
    },
    get boundary() {
      return boundary
    },
    get isFull() {
      if (boundary !== undefined) return position >= boundary
      return block.records >= limits.maxRows || bytes >= limits.maxBytes
    },
    add(record, atMs, reading) {
      block.add(record, reading)
      const before = bytes
      bytes = block.bytes
      const { timestampMs } = record
      if (oldestAtMs === undefined) times = { fromMs: timestampMs, toMs: timestampMs }
      else if (timestampMs < times.fromMs) times = { ...times, fromMs: timestampMs }
      else if (timestampMs > times.toMs) times = { ...times, toMs: timestampMs }
      oldestAtMs ??= atMs
      position = record.offset + 1n
      return bytes - before
    },
    moveTo(next) {
      const end = boundary !== undefined && next > boundary ? boundary : next
      if (end > position) position = end
      if (block.records === 0 && boundary === undefined) first = position
    },
    restartAt(offset) {
      boundary = undefined
      position = offset
      beginAt(offset)
    },
    cut() {
      const range = { first, next: position as NextOffset, block, times, release: block.release }
      boundary = undefined
      beginAt(position)
      return range.block.records === 0 ? undefined : range
    },
  }
}
