import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codesIn, readCodesInSource } from './codes-in-source.ts'
import { entriesOf, errorIndexFile, readCatalogue, toErrorIndex } from './error-catalogue.ts'

describe('the error catalogue', () => {
  const catalogue = readCatalogue()
  const documented = catalogue.map(({ code }) => code)
  const { given, mentioned } = readCodesInSource()

  it('explains every code that an error is given', () => {
    const unexplained = [...given].filter(([code]) => !documented.includes(code))
    expect(unexplained).toEqual([])
  })

  it('explains no code that the source does not know', () => {
    expect(documented.filter((code) => !mentioned.has(code))).toEqual([])
  })

  it('explains each code once', () => {
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([])
  })

  it('says for each code what it means, why it comes and what to do', () => {
    expect(catalogue.filter(({ missing, summary }) => missing.length > 0 || summary === '')).toEqual([])
  })

  it('is listed in docs/errors.md (pnpm errors:update)', () => {
    expect(readFileSync(errorIndexFile, 'utf8')).toBe(toErrorIndex(catalogue))
  })
})

describe('the search for codes', () => {
  it('finds codes that are written out, chosen, defaulted and declared', () => {
    const source = `
      const first = { code: 'A_PLAIN' }
      const second = { code: late ? 'A_CHOSEN' : ('B_CHOSEN' as const) }
      const third = { code: options.code ?? 'A_DEFAULT' }
      type OrderCode = 'A_DECLARED' | 'B_DECLARED'
      class Failure { readonly code = 'A_FIELD' }
    `
    expect([...codesIn([['a.ts', source]]).given.keys()]).toEqual([
      'A_PLAIN',
      'A_CHOSEN',
      'B_CHOSEN',
      'A_DEFAULT',
      'A_DECLARED',
      'B_DECLARED',
      'A_FIELD',
    ])
  })

  it('takes a comparison, an environment variable or a code of Node for no code of ours', () => {
    const source = `if (error.code === 'SOME_CODE') read(env['KAFKA_BROKERS'], { code: 'ERR_STREAM_DESTROYED' })`
    const { given, mentioned } = codesIn([['a.ts', source]])
    expect([...given.keys()]).toEqual([])
    expect(mentioned).toContain('SOME_CODE')
  })

  it('sees what an entry of the catalogue lacks', () => {
    const [entry] = entriesOf('kafka', '# Kafka\n\n## `A_CODE`\n\n**Meaning.** It broke. Badly.\n\n**Remedy:** wait.\n')
    expect(entry).toEqual({ code: 'A_CODE', page: 'kafka', summary: 'It broke.', missing: ['Cause'] })
  })
})
