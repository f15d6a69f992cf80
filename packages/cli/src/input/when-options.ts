import type { OptionValues } from '@commander-js/extra-typings'
import { parseTime } from '../times/parse-time.ts'
import type { Typed } from './common-options.ts'

/** Flags of who and when, where something is looked for that people did. */
export type WhenFlags = { readonly by?: string; readonly from?: string; readonly to?: string }

/** @param what as the help calls it: `planned`, `done` */
export function withWhen<Args extends unknown[], Flags extends OptionValues>(
  command: Typed<Args, Flags>,
  what: { readonly by: string; readonly when: string },
): Typed<Args, Flags & WhenFlags> {
  command.option('--by <name>', what.by)
  command.option('--from <time>', `${what.when} from this time on: 2026-01-31, 2026-01-31T12:00:00Z, -2h, now`)
  command.option('--to <time>', `${what.when} before this time`)
  return command
}

/** The flags as conditions, with every time resolved. @throws CommandError `CLI_TIME_INVALID` */
export function toWhen(
  { by, from, to }: WhenFlags,
  nowMs: number,
): { readonly by?: string; readonly fromMs?: number; readonly toMs?: number } {
  return {
    ...(by !== undefined && { by }),
    ...(from !== undefined && { fromMs: parseTime(from, { flag: '--from', nowMs }) }),
    ...(to !== undefined && { toMs: parseTime(to, { flag: '--to', nowMs }) }),
  }
}
