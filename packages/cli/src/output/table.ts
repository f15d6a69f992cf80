import Table from 'cli-table3'
import { printable } from './printable.ts'

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const

type Cell = string | number | bigint

/** Columns in line, numbers to the right, no borders: readable, and `awk` can still cut it. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const [first] = rows
  const built = new Table({
    head: [...head],
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (typeof first?.[column] === 'string' || first === undefined ? 'left' : 'right')),
  })
  for (const row of rows) built.push(row.map((cell) => (typeof cell === 'string' ? printable(cell) : grouped(cell))))
  return built
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** A whole number as people read it: `20,000`. */
export function grouped(value: number | bigint): string {
  return value.toLocaleString('en-US')
}

/** A number of things: `1 member`, `2 members`. */
export function counted(value: number | bigint, noun: string, plural: string = `${noun}s`): string {
  return `${grouped(value)} ${Number(value) === 1 ? noun : plural}`
}

/** A rate as people read it: `20,000/s`, `0.2/s`. */
export function perSecond(rate: number): string {
  return `${rate < 10 ? Number(rate.toFixed(1)) : grouped(Math.round(rate))}/s`
}

/** Bytes as people read them: `1.2 MB`, in steps of 1,000. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = value
  let unit = 0
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000
    unit += 1
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`
}

/** A duration as people read it: `850 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}
