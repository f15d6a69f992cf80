/** The handler names the event that failed: those before it are handled, those behind it come again. Made by `context.failed`. */
export class BatchFailure extends Error {
  override readonly name = 'BatchFailure'
  readonly index: number

  constructor(index: number, cause: unknown) {
    super(`event ${index} of the batch failed`, { cause })
    this.index = index
  }
}

/** Which of `size` events failed; `undefined`: the error names none. */
export function failedIndexOf(error: unknown, size: number): number | undefined {
  if (error instanceof BatchFailure) return error.index
  return size === 1 ? 0 : undefined
}
