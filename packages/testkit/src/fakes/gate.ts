/** Something that waits until a test lets it go on. */
export interface Gate {
  /** Resolves once the gate is open. */
  readonly opened: Promise<void>
  open(): void
}

/** A closed gate: hand `opened` to what shall hang, as a handler's promise or a fault's `until`. */
export function createGate(): Gate {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
