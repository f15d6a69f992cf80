import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { ContestantAnswer } from './serve-contestant.ts'

/**
 * One side of a comparison, in a process of its own: its heap, its compiled code and its copy of kafkajs are not those of the other side. What our adapter
 * does to kafkajs cannot reach the peer, for better or worse.
 */
export interface ContestantProcess<Task, Answer> {
  /** One task at a time. */
  run(task: Task): Promise<Answer>
  end(): Promise<void>
}

/** @param program a module that calls `serveContestant` */
export function startContestant<Task, Answer>(program: URL): ContestantProcess<Task, Answer> {
  // `advanced`: JSON has no Infinity. Its standard output is ours to print on.
  const child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')

  return {
    async run(task) {
      const answered = once(child, 'message') as Promise<[ContestantAnswer<Answer>]>
      child.send(task as object)
      const [answer] = await Promise.race([
        answered,
        exited.then(([code]) => [{ failure: `it ended with exit code ${code}` }] as const),
      ])
      if ('failure' in answer) throw new Error(`${program.pathname}: ${answer.failure}`)
      return answer.answer
    },
    async end() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
