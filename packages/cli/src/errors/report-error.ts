import type { Edge } from '../edge/edge.ts'
import { printable } from '../output/printable.ts'
import type { OutputFormat } from '../output/printer.ts'
import { styleFor } from '../output/style.ts'
import { schemaVersion, toJson } from '../output/to-json.ts'
import { write } from '../output/write.ts'
import type { ErrorExplanation } from './explain-error.ts'

/** Tells an error on stderr: as one JSON object where the output is JSON, else in lines, the one that matters last. */
export async function reportError(
  explanation: ErrorExplanation,
  edge: Edge,
  options: { readonly format: OutputFormat; readonly stack?: string | undefined },
): Promise<void> {
  const { format, stack } = options
  const text = format === 'json' || format === 'jsonl' ? asJson(explanation, stack) : asText(explanation, edge, stack)
  await write(edge.stderr, `${text}\n`)
}

function asJson(error: ErrorExplanation, stack: string | undefined): string {
  return toJson({ schemaVersion, error: { ...error, ...(stack !== undefined && { stack }) } })
}

/** Parsers draw below what they say, and ClickHouse advises how to set a password; all of it stands in the JSON. */
function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]?.trim() ?? ''
}

/** A filter is drawn with carets below it. */
function lines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

function asText(explanation: ErrorExplanation, edge: Edge, stack: string | undefined): string {
  const style = styleFor(edge.stderr, edge.env)
  const { code, message, causes, remedy, link } = explanation
  return [
    ...(stack === undefined ? [] : [style.dim(stack)]),
    ...causes.map((cause) => `cause:  ${printable(firstLine(cause))}`),
    ...(remedy === undefined ? [] : [`remedy: ${remedy}`]),
    `more:   ${link}`,
    `${style.red('error:')}  ${style.bold(code)}: ${lines(message)}`,
  ].join('\n')
}
