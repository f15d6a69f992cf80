import { inspect } from 'node:util'

/** A value that prints as `[secret]` wherever it ends up: logs, JSON, an inspected object, a template. */
export interface Secret {
  reveal(): string
  /** `[secret]` */
  toString(): string
}

const hidden = '[secret]'

export function createSecret(value: string): Secret {
  return Object.freeze({
    reveal: () => value,
    toString: () => hidden,
    toJSON: () => hidden,
    [inspect.custom]: () => hidden,
  })
}
