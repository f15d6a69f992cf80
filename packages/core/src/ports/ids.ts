/** Makes ids: UUID version 7, rising within a process. */
export interface Ids {
  next(): string
}
