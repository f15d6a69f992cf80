import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type PublicSurface, readPublicSurface, storedNamesFile, toStoredText } from './exported-names.ts'

describe('what the packages export', () => {
  let surface: PublicSurface
  beforeAll(() => {
    surface = readPublicSurface()
  }, 60_000)

  it('is the stored list, so that no name comes or goes unseen (pnpm api:update)', () => {
    expect(toStoredText(surface.names)).toBe(readFileSync(storedNamesFile, 'utf8'))
  })

  it('is documented, every name', () => {
    expect(surface.undocumented).toEqual([])
  })
})
