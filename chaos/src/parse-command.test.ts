import { expect, it } from 'vitest'
import { parseChaosCommand } from './parse-command.ts'

const parse = (...args: string[]) => parseChaosCommand(args, () => 42)

it('fills in what is left out, and names the command that repeats the run', () => {
  expect(parse('consumer')).toMatchObject({
    options: { events: 200_000, faults: 60, keys: 5_000, seed: 42 },
    isKept: false,
    text: 'pnpm chaos consumer --events 200000 --faults 60 --keys 5000 --seed 42',
  })
  expect(parse('rolling-restart', '--restarts', '3', '--seed', '0', '--keep')).toMatchObject({
    options: { faults: 3, seed: 0 },
    isKept: true,
    text: 'pnpm chaos rolling-restart --events 100000 --restarts 3 --keys 5000 --seed 0',
  })
})

it('takes what pnpm puts before the arguments', () => {
  expect(parse('--', 'consumer', '--events', '10')).toMatchObject({ options: { events: 10 } })
})

it('refuses what it does not know', () => {
  for (const args of [
    [],
    ['sinks'],
    ['constructor'],
    ['consumer', 'consumer'],
    ['consumer', '--event', '1'],
    ['consumer', '--events', '0'],
    ['consumer', '--faults', '-1'],
    ['consumer', '--seed', '1.5'],
    ['consumer', '--restarts', '1'],
    ['rolling-restart', '--faults', '1'],
  ]) {
    expect(parse(...args)).toMatchObject({ kind: 'wrong' })
  }
  expect(parse('--help')).toEqual({ kind: 'help' })
})
