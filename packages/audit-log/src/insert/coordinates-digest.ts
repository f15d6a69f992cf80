import { crc32 } from 'node:zlib'

/** Coordinates of the records of a block, and their digest. */
export interface CoordinatesList {
  readonly count: number
  add(offset: bigint, timestampMs: bigint): void
  offsetAt(index: number): bigint
  /** The CRC-32 of the records `[from, to)`, as `AuditBlock.digest` has it. */
  digest(from: number, to: number): number
  /** The same of those records for which `holds` says so. */
  digestWhere(from: number, to: number, holds: (index: number) => boolean): number
}

const recordBytes = 16
const firstRecords = 256

export function createCoordinatesList(): CoordinatesList {
  let bytes = new Uint8Array(firstRecords * recordBytes)
  let view = new DataView(bytes.buffer)
  let count = 0

  return {
    get count() {
      return count
    },
    add(offset, timestampMs) {
      const at = count * recordBytes
      if (at === bytes.length) {
        const larger = new Uint8Array(bytes.length * 2)
        larger.set(bytes)
        bytes = larger
        view = new DataView(bytes.buffer)
      }
      view.setBigUint64(at, offset, true)
      view.setBigInt64(at + 8, timestampMs, true)
      count += 1
    },
    offsetAt: (index) => view.getBigUint64(index * recordBytes, true),
    digest: (from, to) => crc32(bytes.subarray(from * recordBytes, to * recordBytes)),
    digestWhere(from, to, holds) {
      let digest = 0
      for (let index = from; index < to; index += 1) {
        if (holds(index)) digest = crc32(bytes.subarray(index * recordBytes, (index + 1) * recordBytes), digest)
      }
      return digest
    },
  }
}
