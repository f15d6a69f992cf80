import { createFifo, type Fifo } from './fifo.ts'

/** Called once: with `true` when a slot is held from now on, with `false` when there will be none. Must not throw. */
export type Admit = (admitted: boolean) => void

/** One partition's place in the queue for slots. */
export interface SlotQueue {
  /** Asks for a slot; at once when one is free and it is this partition's turn. `first`: before the others of the partition, and though `others` are held. */
  enter(admit: Admit, order?: 'first'): void
  /** Gives a slot back. */
  give(): void
  /** Nobody is let in any more until `release`; who holds a slot keeps it. */
  hold(): void
  release(): void
  /** Only who comes `first` is let in, until each of these was followed by `releaseOthers`. */
  holdOthers(): void
  releaseOthers(): void
  /**
   * Sends everybody away who waits here, and gives back what is held: the handlers of a partition that was taken away are aborted, and one that
   * never settles must not stop the others for ever.
   */
  close(): void
}

/**
 * The bound on handlers running at once. Partitions take turns, so that a full one does not starve the others; and one whose handlers never return leaves the others a slot
 * each, up to half of all: beyond its first slot a partition takes none that others, which hold none, may need.
 */
export interface Slots {
  /** @param reserve `none`: for a partition that has work only now and then, and can wait for it @default 'one' */
  openQueue(reserve?: 'one' | 'none'): SlotQueue
}

interface Place {
  readonly first: Fifo<Admit>
  readonly waiting: Fifo<Admit>
  /** Slots. */
  held: number
  isHeldBack: boolean
  readonly isReservedFor: boolean
  /** How many want the others to be held. */
  holdsOfOthers: number
  isClosed: boolean
}

export function createSlots(concurrency: number): Slots {
  const mostReserved = Math.floor(concurrency / 2)
  let free = concurrency
  const open = new Set<Place>()
  /** Places in which somebody waits and may be let in, the next one first. */
  const ring = createFifo<Place>()
  const inRing = new Set<Place>()
  let isAdmitting = false

  function line(place: Place): void {
    if (inRing.has(place) || place.isClosed || nextOf(place).size === 0) return
    inRing.add(place)
    ring.push(place)
  }

  function mayTake({ held }: Place): boolean {
    return held === 0 || free > Math.min(mostReserved, countOfEmpty())
  }

  /** Those that may come and hold nothing. */
  function countOfEmpty(): number {
    let count = 0
    for (const { held, isReservedFor, isHeldBack } of open) if (held === 0 && isReservedFor && !isHeldBack) count += 1
    return count
  }

  /** Not from within itself: a handler that returns at once gives its slot back at once, and a million of them would fill the stack. */
  function admitNext(): void {
    if (isAdmitting) return
    isAdmitting = true
    const passedOver: Place[] = []
    try {
      while (free > 0) {
        const place = ring.shift()
        if (place === undefined) return
        inRing.delete(place)
        if (place.isClosed) continue
        if (!mayTake(place)) {
          passedOver.push(place)
          continue
        }
        const admit = nextOf(place).shift()
        line(place)
        if (admit === undefined) continue
        free -= 1
        place.held += 1
        admit(true)
      }
    } finally {
      isAdmitting = false
      for (const place of passedOver) line(place)
    }
  }

  return {
    openQueue(reserve = 'one') {
      const place: Place = {
        first: createFifo(),
        waiting: createFifo(),
        held: 0,
        isHeldBack: false,
        holdsOfOthers: 0,
        isReservedFor: reserve === 'one',
        isClosed: false,
      }
      open.add(place)
      return {
        enter(admit, order) {
          if (place.isClosed) {
            admit(false)
            return
          }
          if (order === 'first') place.first.push(admit)
          else place.waiting.push(admit)
          line(place)
          admitNext()
        },
        give() {
          if (place.isClosed) return
          place.held -= 1
          free += 1
          admitNext()
        },
        hold() {
          place.isHeldBack = true
          admitNext()
        },
        release() {
          place.isHeldBack = false
          line(place)
          admitNext()
        },
        holdOthers() {
          place.holdsOfOthers += 1
        },
        releaseOthers() {
          place.holdsOfOthers -= 1
          line(place)
          admitNext()
        },
        close() {
          if (place.isClosed) return
          place.isClosed = true
          open.delete(place)
          free += place.held
          place.held = 0
          for (const admit of [...place.first.drain(), ...place.waiting.drain()]) admit(false)
          admitNext()
        },
      }
    },
  }
}

const nobody: Fifo<Admit> = createFifo()

/** Who is let in next. */
function nextOf({ first, waiting, isHeldBack, holdsOfOthers }: Place): Fifo<Admit> {
  if (isHeldBack) return nobody
  return first.size > 0 || holdsOfOthers > 0 ? first : waiting
}
