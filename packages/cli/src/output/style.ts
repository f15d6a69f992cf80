import pico from 'picocolors'
import type { Edge, OutputStream } from '../edge/edge.ts'

/** Colours for one stream; without a terminal, with `NO_COLOR` or `TERM=dumb` they change nothing. */
export type Style = ReturnType<typeof pico.createColors>

export function styleFor(stream: OutputStream, env: Edge['env']): Style {
  const wanted = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  return pico.createColors(wanted)
}
