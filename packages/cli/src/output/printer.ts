import type { Edge } from '../edge/edge.ts'
import { schemaVersion, toJson } from './to-json.ts'
import { write } from './write.ts'

export const outputFormats = ['text', 'json', 'jsonl', 'none'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** Writes a command's data to stdout, in the format asked for. */
export interface Printer {
  readonly format: OutputFormat
  /** One fact: one JSON value, or the text. */
  value(facts: Readonly<Record<string, unknown>>, text: () => string): Promise<void>
  /** Many that are few enough to stand in memory: `{ schemaVersion, <name>: [...] }`, one object a line, or one text over all. */
  all(name: string, items: readonly object[], text: () => string): Promise<void>
  /**
   * Any number: `json` prints `{ schemaVersion, <name>: [...], ...rest }`, written as the items come, `jsonl` one object a line, text one line.
   */
  list<Item>(name: string, items: AsyncIterable<Item>, options: ListOptions<Item>): Promise<void>
}

/** How the items of a list are shown. */
export interface ListOptions<Item> {
  readonly item: (item: Item) => object
  readonly text: (item: Item) => string
  /** Asked for behind the last item. */
  readonly rest: () => Readonly<Record<string, unknown>>
}

export function createPrinter(edge: Edge, format: OutputFormat): Printer {
  const line = (text: string): Promise<void> => write(edge.stdout, `${text}\n`)

  return {
    format,
    async value(facts, text) {
      if (format === 'none') return
      await line(format === 'text' ? text() : toJson({ schemaVersion, ...facts }))
    },
    async all(name, items, text) {
      if (format === 'none') return
      if (format === 'text') return line(text())
      if (format === 'json') return line(toJson({ schemaVersion, [name]: items }))
      for (const item of items) await line(toJson({ schemaVersion, ...item }))
    },
    async list(name, items, { item, text, rest }) {
      let count = 0
      if (format === 'json') await write(edge.stdout, `{"schemaVersion":${schemaVersion},${toJson(name)}:[`)
      for await (const one of items) {
        if (format === 'json') await write(edge.stdout, `${count > 0 ? ',' : ''}\n${toJson(item(one))}`)
        if (format === 'jsonl') await line(toJson({ schemaVersion, ...item(one) }))
        if (format === 'text') await line(text(one))
        count += 1
      }
      if (format === 'json') await line(`]${members(rest())}}`)
    },
  }
}

function members(facts: Readonly<Record<string, unknown>>): string {
  const text = toJson(facts).slice(1, -1)
  return text === '' ? '' : `,${text}`
}
