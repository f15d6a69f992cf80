import { sinkStepNames } from '@ledgerbus/audit-sink'
import { expect, it } from 'vitest'
import { crashChains, crashPointText } from './crash-point.ts'

it('kills before and after each step', () => {
  const texts = crashChains(3).flatMap(({ points }) => points.map(crashPointText))
  expect(new Set(texts).size).toBe(sinkStepNames.length * 2 * 3 + 3)
  expect(texts).toContain('before intent 3')
  expect(texts).toContain('insert 2, applied and unanswered')
})
