/** How far planning is. */
export interface PlanProgress {
  /** `counting`: reads offsets of Kafka, which has no index over events. `checking`: holds entries against the definitions at hand. */
  readonly step: 'counting' | 'checking'
  /** Offsets or entries, as the step has it. */
  readonly done: number
  readonly total: number
}

/** How far one step is; called now and then. */
export type TellDone = (done: number, total: number) => void
