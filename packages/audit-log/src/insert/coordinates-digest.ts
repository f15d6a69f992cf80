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
  let bytes = Buffer.allocUnsafeSlow(firstRecords * recordBytes)
  let count = 0

  return {
    get count() {
      return count
    },
    add(offset, timestampMs) {
      const at = count * recordBytes
      if (at === bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2)
      bytes.writeBigUInt64LE(offset, at)
      bytes.writeBigInt64LE(timestampMs, at + 8)
      count += 1
    },
    offsetAt: (index) => bytes.readBigUInt64LE(index * recordBytes),
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
