import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorLink } from './error-link.ts'

const folder = new URL('../../../../docs/errors/', import.meta.url)
/** Test kits and local servers are not what the command talks to. */
const elsewhere = ['testkit.md', 'local-stack.md']

describe('link to an error', () => {
  it('leads to the page and the heading that explain it, for every code the command can meet', () => {
    for (const file of readdirSync(folder).filter((name) => !elsewhere.includes(name))) {
      const headings = readFileSync(new URL(file, folder), 'utf8').matchAll(/^## `?([A-Z_]+)`?$/gmu)
      for (const [, code = ''] of headings) {
        // What the Kafka adapter and the producer both throw stands on one page; the index leads there.
        const page = code.startsWith('BROKER_') ? 'kafka' : basename(file, '.md')
        expect(errorLink(code)).toMatch(new RegExp(`/docs/errors/${page}\\.md#${code.toLowerCase()}$`, 'u'))
      }
    }
  })

  it('leads to the index for a code of a family that has no page', () => {
    expect(errorLink('STRANGE_CODE')).toMatch(/\/docs\/errors\.md$/u)
  })
})
