import { createRowBinaryReader, type RowBinaryReader } from '../../src/row/row-binary-reader.ts'

/** A row by its columns. */
export type NativeRow = Readonly<Record<string, unknown>>

type Read = (reader: RowBinaryReader, rows: number) => readonly unknown[]

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const each =
  (read: (reader: RowBinaryReader) => unknown): Read =>
  (reader, rows) =>
    Array.from({ length: rows }, () => read(reader))

/** By the names of types alone, as the server does. Bytes are texts of Latin-1. */
function valuesOf(type: string, reader: RowBinaryReader, rows: number): readonly unknown[] {
  const list = /^Array\((.*)\)$|^Map\((.*)\)$/.exec(type)
  if (list !== null) {
    const ends = each((one) => Number(one.uint64()))(reader, rows) as readonly number[]
    const item = list[1] ?? `Tuple(${list[2]})`
    const items = valuesOf(item, reader, ends.at(-1) ?? 0)
    return ends.map((end, row) => items.slice(row === 0 ? 0 : ends[row - 1], end))
  }
  const tuple = /^Tuple\((\w+(?:\(\w+\))?), (\w+(?:\(\w+\))?)\)$/.exec(type)
  if (tuple !== null) {
    const [left, right] = [tuple[1], tuple[2]].map((one) => valuesOf(one as string, reader, rows))
    return Array.from({ length: rows }, (_, row) => [left?.[row], right?.[row]])
  }
  const nullable = /^Nullable\((.*)\)$/.exec(type)
  if (nullable !== null) {
    const nulls = each((one) => one.uint8() === 1)(reader, rows)
    return valuesOf(nullable[1] as string, reader, rows).map((value, row) => (nulls[row] === true ? null : value))
  }
  const read = readers[type]
  if (read === undefined) throw new Error(`no reader for ${type}`)
  return read(reader, rows)
}

const readers: Readonly<Record<string, Read>> = {
  UUID: each((reader) => [reader.uint64(), reader.uint64()]),
  UInt16: each((reader) => reader.uint16()),
  UInt32: each((reader) => reader.uint32()),
  UInt64: each((reader) => reader.uint64()),
  "DateTime64(3, 'UTC')": each((reader) => reader.int64()),
  Float32: each((reader) => new DataView(Uint32Array.of(reader.uint32()).buffer).getFloat32(0, true)),
  Float64: each((reader) => new DataView(BigUint64Array.of(reader.uint64()).buffer).getFloat64(0, true)),
  String: each((reader) => text(reader.bytes())),
}

/** The rows of one block of ClickHouse's Native format, read to its end; none of no bytes. */
export function nativeRows(bytes: Uint8Array): readonly NativeRow[] {
  if (bytes.length === 0) return []
  const reader = createRowBinaryReader(bytes)
  const columns = reader.varint()
  const rows = reader.varint()
  const named = Array.from({ length: columns }, () => {
    const name = reader.text()
    return [name, valuesOf(reader.text(), reader, rows)] as const
  })
  if (reader.position !== bytes.length) throw new Error(`${bytes.length - reader.position} bytes behind a block`)
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(named.map(([name, values]) => [name, values[row]])),
  )
}
