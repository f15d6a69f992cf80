import type { RedrivePlan } from '@ledgerbus/consumer'
import { OutputClosed } from '../edge/interruption.ts'
import type { Session } from '../edge/session.ts'
import { CommandError } from '../errors/command-error.ts'
import { write } from '../output/write.ts'
import { redrivePlanText } from './plan-view.ts'

/**
 * Writes the plan before it is carried out. It is data of its own only where people read it; as JSON it comes with the report, in one value.
 *
 * @throws CommandError `CLI_INTERRUPTED` when nobody reads it: that is no reason to publish, and what was not published is no success
 */
export async function writePlan({ printer, edge }: Session, plan: RedrivePlan, rate?: number): Promise<void> {
  if (printer.format !== 'text') return
  try {
    await write(edge.stdout, `${redrivePlanText(plan, rate)}\n`)
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error
    throw new CommandError('nobody reads the plan any more; nothing was done', { code: 'CLI_INTERRUPTED' })
  }
}
