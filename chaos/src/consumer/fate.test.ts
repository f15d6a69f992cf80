import { expect, it } from 'vitest'
import { fateOf } from './fate.ts'

const fates = Array.from({ length: 50_000 }, (_, index) => fateOf(7, `event-${index}`))

it('decides by seed and event alone', () => {
  expect(fateOf(7, 'event-0')).toEqual(fates[0])
  const others = fates.map((_, index) => fateOf(8, `event-${index}`))
  expect(others).not.toEqual(fates)
})

it('has all ends, most of them good', () => {
  const share = (isMeant: (fate: (typeof fates)[number]) => boolean) => fates.filter(isMeant).length / fates.length
  expect(share(({ kind }) => kind === 'fatal' || kind === 'hopeless')).toBeCloseTo(0.003, 2)
  expect(share(({ kind }) => kind === 'skipped')).toBeCloseTo(0.005, 2)
  expect(share((fate) => fate.kind === 'handled' && fate.failures > 0)).toBeCloseTo(0.02, 2)
  expect(share(({ kind }) => kind === 'handled')).toBeGreaterThan(0.98)
})
