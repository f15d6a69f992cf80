import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** The values of a file of JSON lines, one after the other, so that no file has to fit into memory. */
export async function* readLines<Line>(file: string): AsyncGenerator<Line> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as Line
}
