import { checkLocalStack, type LocalClickHouse, startClickHouse } from '@ledgerbus/local-stack'
import type { TestContext } from 'vitest'

/** A ClickHouse to be killed, or why this machine has none. */
export type OwnClickHouse = { readonly server: LocalClickHouse } | { readonly missing: string }

export async function startOwnClickHouse(options: Parameters<typeof startClickHouse>[0] = {}): Promise<OwnClickHouse> {
  const { problems } = await checkLocalStack()
  const problem = problems.find(({ servers }) => servers.includes('clickhouse'))
  return problem === undefined ? { server: await startClickHouse(options) } : { missing: problem.message }
}

/** Skips the test aloud where there is no server to kill. */
export function serverOf(own: OwnClickHouse | undefined, { skip }: TestContext): LocalClickHouse {
  if (own === undefined) throw new Error('startOwnClickHouse() comes first')
  return 'server' in own ? own.server : skip(own.missing)
}
