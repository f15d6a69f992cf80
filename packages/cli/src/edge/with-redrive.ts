import type { Redrive } from '@ledgerbus/consumer'
import { guessingTopics } from '../input/guessing-topics.ts'
import type { Session } from './session.ts'

/** A redrive for as long as `action` takes; a topic that does not exist is told with the nearest that does. */
export async function withRedriveOf<Result>(
  session: Session,
  options: { readonly topics: readonly string[]; readonly originTopics?: readonly string[] | undefined },
  action: (redrive: Redrive) => Promise<Result>,
): Promise<Result> {
  const { createRedrive } = await import('@ledgerbus/consumer')
  const { clock, ids } = session.edge
  const { originTopics = [] } = options
  const redrive = createRedrive({ broker: await session.broker(), originTopics, clock, ids, logger: session.logger })
  try {
    return await guessingTopics(session, options.topics, () => action(redrive))
  } finally {
    await redrive.close()
  }
}
