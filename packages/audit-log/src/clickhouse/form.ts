import type { Statement } from './statement.ts'

/** A statement as the body of a form, so that neither it nor its values have to fit into a URL. */
export interface Form {
  readonly body: string
  readonly contentType: string
}

export function formOf({ sql, parameters }: Statement): Form {
  const parts = [['query', sql], ...[...parameters].map(([name, value]) => [`param_${name}`, value])]
  // No value may contain what separates the parts; a boundary made longer until none does needs no luck.
  let boundary = 'ledgerbus-form'
  while (parts.some(([, value]) => value?.includes(boundary))) boundary += '-x'
  const body = parts
    .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
  return { body: `${body}--${boundary}--\r\n`, contentType: `multipart/form-data; boundary=${boundary}` }
}
