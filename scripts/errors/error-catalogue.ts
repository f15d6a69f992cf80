import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../workspace/root.ts'

export interface CatalogueEntry {
  readonly code: string
  /** The package whose page explains it: `kafka` for docs/errors/kafka.md. */
  readonly page: string
  /** The first sentence of its meaning. */
  readonly summary: string
  /** Parts that the entry lacks. */
  readonly missing: readonly string[]
}

const folder = join(root, 'docs', 'errors')
const parts = ['Meaning', 'Cause', 'Remedy'] as const

/** The page that lists every code; written by `pnpm errors:update`, kept in step by a test. */
export const errorIndexFile: string = join(root, 'docs', 'errors.md')

/** Every error explained under docs/errors/, one page a package, one `## CODE` an error. */
export function readCatalogue(): readonly CatalogueEntry[] {
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md'))
  return pages.toSorted().flatMap((name) => entriesOf(basename(name, '.md'), readFileSync(join(folder, name), 'utf8')))
}

/** The entries of one page. */
export function entriesOf(page: string, markdown: string): readonly CatalogueEntry[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n')
      const text = lines.join('\n')
      return {
        code: heading.replaceAll('`', '').trim(),
        page,
        summary: firstSentence(text),
        missing: parts.filter((part) => !new RegExp(`\\*\\*${part}[.:]?\\*\\*[.:]?\\s*\\S`).test(text)),
      }
    })
}

function firstSentence(text: string): string {
  const [, meaning = ''] = /\*\*Meaning[.:]?\*\*[.:]?\s*([\s\S]*?)(?:\n\s*\n|\*\*Cause|$)/.exec(text) ?? []
  const [sentence = ''] = meaning.replaceAll(/\s+/g, ' ').split(/(?<=[.!?])\s/)
  return sentence.trim()
}

/** The text of docs/errors.md. */
export function toErrorIndex(entries: readonly CatalogueEntry[]): string {
  const rows = entries
    .toSorted((left, right) => (left.code < right.code ? -1 : 1))
    .map(
      ({ code, page, summary }) =>
        `| [\`${code}\`](errors/${page}.md#${code.toLowerCase()}) | ${page} | ${summary.replaceAll('|', '\\|')} |`,
    )
  return [
    '# Errors',
    '',
    'Every error that Ledgerbus throws on purpose is a `LedgerbusError`. Programs read its `code`, people its `message`;',
    '`outcome` says whether the effect is known not to have happened (`failed`) or may have happened (`unknown`), and',
    '`retriable` whether the same call may succeed later with nothing changed.',
    '',
    '| code | package | meaning |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
