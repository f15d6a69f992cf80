import type { Broker, WaitOptions } from '@ledgerbus/core'
import type { SurveyTools } from './survey/survey-topic.ts'

/** Connects for as long as `action` takes. */
export async function withTools<Result>(
  broker: Broker,
  wait: WaitOptions,
  action: (tools: SurveyTools) => Promise<Result>,
): Promise<Result> {
  const admin = broker.createAdmin()
  const reader = broker.createReader()
  try {
    await admin.start(wait)
    await reader.start(wait)
    return await action({ admin, reader })
  } finally {
    await Promise.allSettled([reader.close(), admin.close()])
  }
}
