import { type ErrorFacts, LedgerbusError } from './ledgerbus-error.ts'

/** Where in the broker an operation failed. */
export interface BrokerErrorFacts extends ErrorFacts {
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
}

/** Something between us and the broker: connection, authorization, topic, group, transaction. */
export class BrokerError extends LedgerbusError {
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly groupId: string | undefined

  constructor(message: string, facts: BrokerErrorFacts) {
    super(message, facts)
    this.topic = facts.topic
    this.partition = facts.partition
    this.groupId = facts.groupId
  }
}
