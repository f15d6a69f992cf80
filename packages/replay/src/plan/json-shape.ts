/** How a value looks as JSON, and back. What does not have that look is refused, with its path; nothing is guessed. */
export interface JsonShape<Value> {
  encode(value: Value): unknown
  /** @throws ShapeMismatch */
  decode(json: unknown, path: string): Value
}

/** Thrown while decoding; whoever decodes makes an error of it that says of what. */
export class ShapeMismatch extends Error {
  override readonly name = 'ShapeMismatch'

  constructor(path: string, expected: string) {
    super(`${path === '' ? 'it' : path} is not ${expected}`)
  }
}

function plain<Value>(expected: string, isValue: (json: unknown) => json is Value): JsonShape<Value> {
  return {
    encode: (value) => value,
    decode(json, path) {
      if (isValue(json)) return json
      throw new ShapeMismatch(path, expected)
    },
  }
}

export const textShape: JsonShape<string> = plain('a text', (json) => typeof json === 'string')
export const numberShape: JsonShape<number> = plain('a number', (json) => typeof json === 'number')
export const countShape: JsonShape<number> = plain(
  'a whole number from 0',
  (json): json is number => Number.isSafeInteger(json) && Number(json) >= 0,
)
export const booleanShape: JsonShape<boolean> = plain('true or false', (json) => typeof json === 'boolean')

/** Nineteen digits hold every offset and time of Kafka. */
const integer = /^-?\d{1,19}$/

/** A bigint as decimal text: JSON has numbers, and they lose what is beyond 2^53. */
export const bigintShape: JsonShape<bigint> = {
  encode: String,
  decode(json, path) {
    if (typeof json === 'string' && integer.test(json)) return BigInt(json)
    throw new ShapeMismatch(path, 'an integer as text')
  },
}

/** One of some texts. */
export function oneOf<const Text extends string>(texts: readonly Text[]): JsonShape<Text> {
  return plain(`one of ${texts.join(', ')}`, (json): json is Text => texts.some((text) => text === json))
}

export function listOf<Item>(item: JsonShape<Item>): JsonShape<readonly Item[]> {
  return {
    encode: (list) => list.map((member) => item.encode(member)),
    decode(json, path) {
      if (!Array.isArray(json)) throw new ShapeMismatch(path, 'a list')
      return json.map((member, index) => item.decode(member, `${path}[${index}]`))
    },
  }
}

/** Texts by names of any kind. */
export const textsByNameShape: JsonShape<Readonly<Record<string, string>>> = {
  encode: (texts) => texts,
  decode(json, path) {
    return Object.fromEntries<string>(
      membersOf(json, path).map(([name, text]) => [name, textShape.decode(text, `${path}.${name}`)]),
    )
  },
}

/** The shape of each field; that of one which may be absent in `optional()`. A field that is added to the type and not here does not compile. */
export type FieldShapes<Value> = {
  readonly [Field in keyof Value]-?: Record<never, never> extends Pick<Value, Field>
    ? OptionalShape<Exclude<Value[Field], undefined>>
    : RequiredShape<Value[Field]>
}

interface RequiredShape<Value> extends JsonShape<Value> {
  readonly isOptional?: never
}

interface OptionalShape<Value> extends JsonShape<Value> {
  readonly isOptional: true
}

export function optional<Value>(shape: JsonShape<Value>): OptionalShape<Value> {
  return { ...shape, isOptional: true }
}

/** An object with these fields and no others. */
export function objectOf<Value extends object>(fields: FieldShapes<Value>): JsonShape<Value> {
  const shapes = Object.entries<JsonShape<unknown> & { readonly isOptional?: true }>(fields)
  return {
    encode(value) {
      const given = shapes.flatMap(([name, shape]): [string, unknown][] => {
        const part: unknown = Reflect.get(value, name)
        return part === undefined ? [] : [[name, shape.encode(part)]]
      })
      return Object.fromEntries<unknown>(given)
    },
    decode(json, path) {
      const given = new Map(membersOf(json, path))
      const decoded = shapes.flatMap(([name, shape]) => {
        const where = path === '' ? name : `${path}.${name}`
        if (!given.has(name)) {
          if (shape.isOptional === true) return []
          throw new ShapeMismatch(where, 'there')
        }
        return [[name, shape.decode(given.get(name), where)] as const]
      })
      const known = new Set(shapes.map(([name]) => name))
      const stranger = [...given.keys()].find((name) => !known.has(name))
      if (stranger !== undefined)
        throw new ShapeMismatch(path === '' ? stranger : `${path}.${stranger}`, 'a known field')
      // Each field was decoded by its own shape, and none is missing; the compiler cannot follow that.
      return Object.fromEntries(decoded) as Value
    },
  }
}

function membersOf(json: unknown, path: string): [string, unknown][] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ShapeMismatch(path, 'an object')
  return Object.entries(json)
}
