import { describe, expect, it } from 'vitest'
import { createReplaySkips } from './replay-skips.ts'

describe('the skips of replays', () => {
  it('are counted by replay and rule', () => {
    const skips = createReplaySkips()
    skips.count('r-1', 'replay-for-other-groups')
    skips.count('r-1', 'replay-for-other-groups')
    skips.count('r-1', 'replay-not-wanted')
    skips.count('r-2', 'replay-not-wanted')
    expect(skips.read()).toEqual({
      'r-1': { 'replay-for-other-groups': 2, 'replay-not-wanted': 1 },
      'r-2': { 'replay-not-wanted': 1 },
    })
  })

  it('are kept of the twenty replays skipped last, whatever ids somebody makes up', () => {
    const skips = createReplaySkips()
    skips.count('true', 'replay-not-wanted')
    for (let made = 0; made < 1_000; made += 1) {
      skips.count(`forged-${made}`, 'replay-for-other-groups')
      if (made % 10 === 0) skips.count('true', 'replay-not-wanted')
    }
    const read = skips.read()
    expect(Object.keys(read)).toHaveLength(20)
    expect(read).toMatchObject({ true: { 'replay-not-wanted': 101 }, 'forged-999': { 'replay-for-other-groups': 1 } })
    expect(read).not.toHaveProperty('forged-0')
  })

  it('keep no more of an id than a hundred characters, and no id for anything but a name', () => {
    const skips = createReplaySkips()
    skips.count('x'.repeat(1_000_000), 'replay-not-wanted')
    skips.count('__proto__', 'replay-not-wanted')
    expect(Object.keys(skips.read())).toEqual(['x'.repeat(100), '__proto__'])
  })
})
