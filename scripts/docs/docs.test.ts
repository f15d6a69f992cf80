import { describe, expect, it } from 'vitest'
import { documentedFiles, filesOf } from './code-blocks.ts'
import { typeErrorsIn } from './type-check.ts'

const compileTimeoutMs = 120_000

describe('the code in the documentation', () => {
  it('compiles', { timeout: compileTimeoutMs }, async () => {
    expect(await typeErrorsIn(documentedFiles())).toEqual([])
  })
})

describe('a page of documentation', () => {
  const page = [
    'Text.',
    '```ts',
    '// file: orders.ts',
    'export const total: number = 1',
    '```',
    '```sh',
    'npm start',
    '```',
    '```ts run',
    "import { total } from './orders.ts'",
    'export const text: string = total',
    '```',
    '```ts',
    '// file: orders.ts',
    'export const more = total',
    '```',
  ].join('\n')
  const files = filesOf('docs/page.md', page)

  it('spells out one file a name, in the order of its blocks', () => {
    expect(files.map(({ name, runs }) => [name, runs])).toEqual([
      ['orders.ts', false],
      ['block-10.ts', true],
    ])
    expect(files[0]?.text).toContain('export const more')
  })

  it('is told where on it the code is wrong', { timeout: compileTimeoutMs }, async () => {
    expect(await typeErrorsIn(files)).toEqual(["docs/page.md:11: Type 'number' is not assignable to type 'string'."])
  })
})
