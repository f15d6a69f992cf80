import type { SinkHooks } from '@ledgerbus/audit-sink'
import type { FromMember } from '../../members/create-members.ts'
import type { CrashPoint } from './crash-point.ts'

/** Hooks that end this process at a point, without any farewell; or that stand still there, so that the run can break the way of the answer. */
export function createCrashHooks({ step, phase, time }: CrashPoint): SinkHooks {
  let times = 0
  return {
    async at(reached) {
      if (reached.name !== step || reached.phase !== (phase === 'unanswered' ? 'before' : phase)) return
      times += 1
      if (times !== time) return
      if (phase !== 'unanswered') {
        process.kill(process.pid, 'SIGKILL')
        // The signal may need a moment; nothing more is to happen.
        await new Promise(() => undefined)
      }
      const { partition, first, next } = reached
      const goesOn = new Promise((resolve) => {
        process.once('message', resolve)
      })
      process.send?.({
        kind: 'waits',
        at: { partition, first: Number(first), next: Number(next) },
      } satisfies FromMember)
      await goesOn
    },
  }
}
