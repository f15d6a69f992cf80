import { createHash } from 'node:crypto'

/** What can be said of whatever was thrown. */
export interface ErrorFacts {
  /** The error's class, or the type of a thrown value that is no error. */
  readonly errorClass: string
  readonly code: string | undefined
  readonly message: string
  readonly stack: string | undefined
  /** The same for errors that differ only in numbers, ids and quoted words: class, message without them, top frame. */
  readonly fingerprint: string
}

/** Cleans a message or stack before it goes into a dead letter or a log line. */
export type Redact = (text: string) => string

const longestName = 200

/** Never throws, whatever was thrown. */
export function factsOf(error: unknown, redact: Redact): ErrorFacts {
  const raw = read(error)
  const fingerprint = fingerprintOf(raw)
  const message = clean(raw.message, redact)
  return { ...raw, message, stack: raw.stack === undefined ? undefined : clean(raw.stack, redact), fingerprint }
}

type RawFacts = Omit<ErrorFacts, 'fingerprint'>

function read(error: unknown): RawFacts {
  try {
    if (!(error instanceof Error)) {
      return { errorClass: typeof error, code: undefined, message: String(error), stack: undefined }
    }
    // Of an error, too, anything may have been assigned to anything.
    const { name, message, stack, code } = error as Partial<Record<'name' | 'message' | 'stack' | 'code', unknown>>
    return {
      errorClass: String(name).slice(0, longestName),
      code: typeof code === 'string' ? code.slice(0, longestName) : undefined,
      message: String(message),
      stack: typeof stack === 'string' ? stack : undefined,
    }
  } catch {
    // A getter or a toString that throws.
    return { errorClass: typeof error, code: undefined, message: 'the thrown value cannot be read', stack: undefined }
  }
}

function clean(text: string, redact: Redact): string {
  try {
    return redact(text)
  } catch {
    // Rather no text than one that was to be hidden.
    return '[redaction failed]'
  }
}

const variables = /[0-9a-f]{8}-[0-9a-f-]{27}|"[^"]*"|'[^']*'|`[^`]*`|[-+]?\d[\d.,:]*/gi

/** The fingerprint of what is known of an error. */
export function fingerprintOf({
  errorClass,
  message,
  stack,
}: Pick<ErrorFacts, 'errorClass' | 'message' | 'stack'>): string {
  const topFrame = stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? ''
  const text = [errorClass, message.slice(0, 4_096).replace(variables, '#'), topFrame.trim()].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
