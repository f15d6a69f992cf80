import { eventFactsOf, type FoundDeadLetter } from '@ledgerbus/consumer'
import { bytesView } from '../output/entry-view.ts'
import { printable } from '../output/printable.ts'
import { bytes } from '../output/table.ts'
import { toIso } from '../times/iso.ts'

const longestPayload = 10_000

/** A dead letter as JSON. The value only when asked for: it may hold what nobody at a terminal should see. */
export function letterView(letter: FoundDeadLetter, options: { readonly payload: boolean }): object {
  const { record, origin, failedAtMs, state, error, ...facts } = letter
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    ...facts,
    failedAt: toIso(failedAtMs),
    origin: { ...origin, ...(origin.timestampMs !== undefined && { timestampMs: Number(origin.timestampMs) }) },
    error,
    ...(state !== undefined && { state: { ...state, atMs: undefined, at: toIso(state.atMs) } }),
    event: eventFactsOf(record),
    ...bytesView('key', record.key),
    headers: record.headers.map(({ name, value }) => ({ name, ...bytesView('value', value) })),
    valueBytes: record.value?.byteLength ?? null,
    ...(options.payload && bytesView('value', record.value)),
  }
}

/** A dead letter in one line. */
export function letterLine(letter: FoundDeadLetter): string {
  const { record, status, failedAtMs, error, handler, step } = letter
  const { name = '(unknown)' } = eventFactsOf(record)
  const message = `${error.class ?? 'error'}: ${(error.message ?? '').split('\n', 1)[0] ?? ''}`
  const parts = [
    toIso(failedAtMs),
    `${record.partition}/${record.offset}`,
    status,
    name,
    `key=${keyText(record.key)}`,
    handler ?? step,
    error.fingerprint,
    message,
  ]
  return parts.map(printable).join('  ')
}

/** A dead letter in full for people; everything in it came from outside, so everything is escaped. */
export function letterText(letter: FoundDeadLetter, options: { readonly payload: boolean }): string {
  const { record, origin, error, state, copies } = letter
  const event = eventFactsOf(record)
  const facts: [string, string | undefined][] = [
    ['letter', `${record.topic}/${record.partition}/${record.offset}${copies > 1 ? `, written ${copies} times` : ''}`],
    ['status', state === undefined ? letter.status : `${letter.status} since ${toIso(state.atMs)}`],
    ['reason', state?.reason],
    ['from', originText(origin)],
    ['written by', letter.dialect],
    ['event', event.name === undefined ? undefined : `${event.name} ${event.eventId ?? ''}`],
    ['entity', event.entityType === undefined ? undefined : `${event.entityType}/${event.entityId ?? ''}`],
    ['key', keyText(record.key)],
    [
      'failed',
      `${toIso(letter.failedAtMs)} in ${letter.step}${letter.handler === undefined ? '' : ` of ${letter.handler}`}`,
    ],
    ['attempts', letter.attempts?.toString()],
    ['given up', letter.reason],
    [
      'redriven',
      letter.redriveCount === 0 ? undefined : `${letter.redriveCount} times, last by ${letter.redriveId ?? '-'}`,
    ],
    ['error', [error.class, error.code, error.message].filter((part) => part !== undefined).join(': ') || undefined],
    ['finger', error.fingerprint],
    ['value', record.value === null ? 'none: a tombstone' : bytes(record.value.byteLength)],
  ]
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(10)}  ${printable(value)}`],
  )
  const headers = record.headers.map(({ name, value }) => `  ${printable(name)} = ${printable(valueText(value))}`)
  return [
    ...lines,
    ...(headers.length === 0 ? [] : ['headers', ...headers]),
    ...(error.stack === undefined ? [] : ['stack', ...error.stack.split('\n').map((line) => `  ${printable(line)}`)]),
    ...(options.payload ? ['payload', `  ${printable(valueText(record.value).slice(0, longestPayload))}`] : []),
  ].join('\n')
}

function originText({ topic, partition, offset, group }: FoundDeadLetter['origin']): string {
  const at = topic === undefined ? 'unknown' : [topic, partition ?? '?', offset ?? '?'].join('/')
  return group === undefined ? at : `${at} of group ${group}`
}

function keyText(key: Uint8Array | null): string {
  return key === null ? '-' : valueText(key)
}

/** Text where it is text, else base64. */
function valueText(value: Uint8Array | null): string {
  return Object.values(bytesView('value', value)).map(String).join('')
}
