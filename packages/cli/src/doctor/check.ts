import { explainError } from '../errors/explain-error.ts'

/** What one look found. */
export interface Check {
  readonly name: string
  /** `absent`: not configured, and nothing needs it. */
  readonly status: 'ok' | 'problem' | 'absent'
  readonly said: string
  readonly remedy?: string
}

/** Looks; whatever is thrown is what the look found. */
export async function look(name: string, action: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await action()) }
  } catch (error) {
    const { code, message, causes, remedy } = explainError(error)
    const said = [`${code}: ${message}`, ...causes].join(': ')
    return { name, status: 'problem', said, ...(remedy !== undefined && { remedy }) }
  }
}
