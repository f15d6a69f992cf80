import { describe, expect, it } from 'vitest'
import { withoutLeadingSeparator } from './leading-separator.ts'

describe('the `--` that pnpm hands through', () => {
  it.each([
    ['pnpm ledgerbus -- replay --from x', ['--', 'replay', '--from', 'x'], ['replay', '--from', 'x']],
    ['pnpm replay -- --from x', ['replay', '--', '--from', 'x'], ['replay', '--from', 'x']],
    ['ledgerbus replay --from x', ['replay', '--from', 'x'], ['replay', '--from', 'x']],
  ])('is dropped from: %s', (_typed, argv, expected) => {
    expect(withoutLeadingSeparator(argv)).toEqual(expected)
  })

  it('is dropped exactly once', () => {
    expect(withoutLeadingSeparator(['--', '--', 'replay'])).toEqual(['--', 'replay'])
  })

  it('stays where a person put it, before a name that begins with a dash', () => {
    expect(withoutLeadingSeparator(['topic', 'status', '--', '-odd-topic'])).toEqual([
      'topic',
      'status',
      '--',
      '-odd-topic',
    ])
  })
})
