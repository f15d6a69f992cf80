import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'

/** One TypeScript file that a page of documentation spells out. */
export interface DocumentedFile {
  /** `docs/guides/replay.md` */
  readonly page: string
  /** `orders.ts`, or `block-12.ts` for the unnamed block that begins on line 12. */
  readonly name: string
  readonly text: string
  /** For each line of `text`, its line on the page; both count from 1. */
  readonly pageLines: readonly number[]
  /** Marked `run`: it ends by itself with exit code 0, given servers. */
  readonly runs: boolean
}

const opening = /^```(\S+)\s*(.*)$/
const naming = /^\/\/ file: (\S+\.ts)$/

/** Every TypeScript file on every page that a user reads. */
export function documentedFiles(): readonly DocumentedFile[] {
  const pages = globSync(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  })
  return pages.toSorted().flatMap((page) => filesOf(page, readFileSync(join(root, page), 'utf8')))
}

/**
 * The files of one page: each ```ts block is one, unless its first line says `// file: name.ts`; blocks of one name are
 * one file, in their order, and other blocks of the page import it as `./name.ts`.
 */
export function filesOf(page: string, markdown: string): readonly DocumentedFile[] {
  const files = new Map<string, { text: string[]; pageLines: number[]; runs: boolean }>()
  let open: { readonly language: string; readonly words: readonly string[]; readonly from: number } | undefined
  const lines = markdown.split('\n')
  for (const [index, line] of lines.entries()) {
    if (open === undefined) {
      const [, language, words = ''] = opening.exec(line) ?? []
      if (language !== undefined) open = { language, words: words.split(/\s+/), from: index + 1 }
    } else if (line.startsWith('```')) {
      if (open.language === 'ts') {
        const [, name = `block-${open.from + 1}.ts`] = naming.exec(lines[open.from] ?? '') ?? []
        const file = files.get(name) ?? { text: [], pageLines: [], runs: false }
        for (let at = open.from; at < index; at += 1) {
          file.text.push(lines[at] ?? '')
          file.pageLines.push(at + 1)
        }
        file.runs ||= open.words.includes('run')
        files.set(name, file)
      }
      open = undefined
    }
  }
  return [...files].map(([name, { text, ...file }]) => ({ page, name, text: `${text.join('\n')}\n`, ...file }))
}
