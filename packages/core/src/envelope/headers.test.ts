import { describe, expect, it } from 'vitest'
import { headerNames } from './header-names.ts'
import { headerText, textHeader } from './headers.ts'

describe('the text of a header', () => {
  it('is read as it was written', () => {
    expect(headerText([textHeader('a', 'grüße \ufeff😀')], 'a')).toBe('grüße \ufeff😀')
  })

  it('keeps a byte order mark, which belongs to the text', () => {
    expect(headerText([textHeader('a', '\ufeffx')], 'a')).toBe('\ufeffx')
  })

  it('is the last one where a name repeats', () => {
    expect(headerText([textHeader('a', '1'), textHeader('b', '2'), textHeader('a', '3')], 'a')).toBe('3')
  })

  it('is undefined when there is none or its value is null', () => {
    expect(headerText([], 'a')).toBeUndefined()
    expect(headerText([textHeader('a', '1'), { name: 'a', value: null }], 'a')).toBeUndefined()
  })

  it('is empty when the value is', () => {
    expect(headerText([textHeader('a', '')], 'a')).toBe('')
  })

  it('has replacement characters where the bytes are not UTF-8', () => {
    expect(headerText([{ name: 'a', value: new Uint8Array([0x61, 0xff]) }], 'a')).toBe('a\ufffd')
  })

  it('is looked up by the exact name', () => {
    expect(headerText([textHeader('A', '1')], 'a')).toBeUndefined()
  })
})

describe('the names of our headers', () => {
  it('are all different and begin as they should', () => {
    const names = Object.values(headerNames)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^(?:ce_[a-z]+|lb-[a-z-]+|content-type|trace(?:parent|state))$/)
  })
})
