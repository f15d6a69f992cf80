/**
 * Two streams that are each in order as one. Of equal items those of the first come first. Holds one item of each; both are ended when the loop is left.
 */
export async function* mergeInOrder<Item>(
  first: AsyncGenerator<Item, void, undefined>,
  second: AsyncGenerator<Item, void, undefined>,
  compare: (left: Item, right: Item) => number,
): AsyncGenerator<Item, void, undefined> {
  try {
    let [left, right] = await Promise.all([first.next(), second.next()])
    for (;;) {
      if (left.done === true && right.done === true) return
      const takesLeft = right.done === true || (left.done !== true && compare(left.value, right.value) <= 0)
      if (takesLeft && left.done !== true) {
        yield left.value
        left = await first.next()
      } else if (right.done !== true) {
        yield right.value
        right = await second.next()
      }
    }
  } finally {
    await Promise.allSettled([first.return(), second.return()])
  }
}
