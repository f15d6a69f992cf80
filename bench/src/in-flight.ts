/** Calls `action` for every item with at most `limit` calls open. */
export async function inFlight<Item>(
  items: readonly Item[],
  limit: number,
  action: (item: Item) => Promise<unknown>,
): Promise<void> {
  let next = 0
  async function worker(): Promise<void> {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await action(item)
  }
  await Promise.all(Array.from({ length: limit }, worker))
}
