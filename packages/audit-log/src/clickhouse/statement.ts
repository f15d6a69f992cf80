/** A question with its values apart from its text. */
export interface Statement {
  readonly sql: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Types that values are bound as. */
export type ParameterType = 'String' | 'UUID' | 'UInt32' | 'UInt64' | 'Int64'

type Scalar = string | number | bigint

/** Collects the values of one statement and hands out what stands for them in its text. */
export interface Parameters {
  /** `{p0:String}`. */
  one(value: Scalar, type: ParameterType): string
  /** `{p0:Array(String)}`, as many of them as a field of a form may hold: one list for short ones. */
  lists(values: readonly Scalar[], type: ParameterType): readonly string[]
  readonly all: ReadonlyMap<string, string>
}

/** ClickHouse takes at most 131,072 characters in a field of a form (`http_max_field_value_size`). */
const maxListLength = 100_000

export function createParameters(): Parameters {
  const all = new Map<string, string>()
  // The server takes at most 1,000 fields of a form; the conditions of a filter name the same texts again and again.
  const known = new Map<string, string>()

  function add(text: string, type: string): string {
    const key = `${type} ${text}`
    const name = known.get(key) ?? `p${all.size}`
    known.set(key, name)
    all.set(name, text)
    return `{${name}:${type}}`
  }

  return {
    all,
    one: (value, type) => add(escaped(String(value)), type),
    lists(values, type) {
      const found: string[] = []
      let members: string[] = []
      let length = 0
      for (const value of values) {
        const member = typeof value === 'string' ? `'${escaped(value)}'` : String(value)
        if (length + member.length > maxListLength && members.length > 0) {
          found.push(add(`[${members.join(',')}]`, `Array(${type})`))
          members = []
          length = 0
        }
        members.push(member)
        length += member.length + 1
      }
      if (members.length > 0) found.push(add(`[${members.join(',')}]`, `Array(${type})`))
      return found
    },
  }
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
}

/** ClickHouse reads a parameter as a field of its TabSeparated format. */
function escaped(text: string): string {
  return text.replaceAll(/[\\'\t\n\r\0]/g, (character) => escapes[character] as string)
}
