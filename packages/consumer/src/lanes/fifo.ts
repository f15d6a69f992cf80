/** A queue; taking from a long one costs what taking from a short one does. */
export interface Fifo<Item> {
  push(item: Item): void
  /** The oldest, left in place. */
  peek(): Item | undefined
  /** Takes the oldest. */
  shift(): Item | undefined
  /** Takes all, the oldest first. */
  drain(): readonly Item[]
  readonly size: number
}

/** Below this many taken items the list is not shortened: each shortening copies the rest. */
const shortenFrom = 256

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = []
  let head = 0

  return {
    push(item) {
      items.push(item)
    },
    peek: () => items[head],
    shift() {
      const item = items[head]
      if (head === items.length) return undefined
      items[head] = undefined
      head += 1
      if (head === items.length) {
        items = []
        head = 0
      } else if (head >= shortenFrom && head * 2 >= items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    drain() {
      const rest = items.slice(head) as Item[]
      items = []
      head = 0
      return rest
    },
    get size() {
      return items.length - head
    },
  }
}
