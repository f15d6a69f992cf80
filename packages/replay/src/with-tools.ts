import type { Broker, BrokerAdmin, BrokerReader, Logger, WaitOptions } from '@ledgerbus/core'
import { createReplayStore, type ReplayStore } from './store/replay-store.ts'

/** What is connected for one call. */
export interface ReplayTools {
  readonly admin: BrokerAdmin
  readonly reader: BrokerReader
  readonly store: ReplayStore
}

interface ToolNeeds {
  readonly broker: Broker
  readonly logger: Logger
}

/** Connects for as long as `action` takes. */
export async function withTools<Result>(
  needs: ToolNeeds,
  wait: WaitOptions,
  action: (tools: ReplayTools) => Promise<Result>,
): Promise<Result> {
  const tools = await openTools(needs, wait)
  try {
    return await action(tools)
  } finally {
    await tools.close()
  }
}

/** For answers that are streamed. */
export async function openTools(
  { broker, logger }: ToolNeeds,
  wait: WaitOptions,
): Promise<ReplayTools & { readonly close: () => Promise<void> }> {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  const close = async (): Promise<void> => {
    await Promise.allSettled([reader.close(), admin.close()])
  }
  try {
    await admin.start(wait)
    await reader.start(wait)
    return { admin, reader, store: createReplayStore(admin, reader, logger), close }
  } catch (error) {
    await close()
    throw error
  }
}
