import type { OffsetSpan } from '../ports/broker-reader.ts'

/** The same offsets in spans that neither overlap nor touch, rising; empty ones are left out. */
export function uniteSpans(spans: readonly OffsetSpan[]): readonly OffsetSpan[] {
  const rising = spans
    .filter(({ from, to }) => from < to)
    .toSorted((left, right) => (left.from < right.from ? -1 : left.from > right.from ? 1 : 0))
  const united: OffsetSpan[] = []
  for (const span of rising) {
    const last = united.at(-1)
    if (last === undefined || last.to < span.from) united.push(span)
    else if (last.to < span.to) united[united.length - 1] = { from: last.from, to: span.to }
  }
  return united
}
