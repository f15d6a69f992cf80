import type { StartedTestContainer } from 'testcontainers'

/** The module, as it is once imported. */
export type Testcontainers = typeof import('testcontainers')

/** One container that answers. */
export interface StartedServer {
  readonly address: string
  stop(): Promise<void>
}

/** Longest wait for a container that is there, in milliseconds; pulling the image is not counted. */
export const startTimeoutMs = 120_000

/** What is left of a container once it answers. */
export function toStartedServer(container: StartedTestContainer, address: string): StartedServer {
  return {
    address,
    async stop() {
      await container.stop()
    },
  }
}
