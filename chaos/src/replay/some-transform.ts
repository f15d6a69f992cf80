import type { ReplayTransform } from '@ledgerbus/replay'
import type { Fate } from './checker/replay-history.ts'

export const transformName = 'some'

/** Of a thousand, some twenty are left out and one fails. */
export function fateOfOffset(offset: number): Exclude<Fate, 'unselected'> {
  if (offset % 1_000 === 7) return 'failed'
  return offset % 50 === 3 ? 'left-out' : 'published'
}

/** Publishes an entry as it is, leaves it out, or throws: by its offset. */
export const someTransform: ReplayTransform = ({ record }) => {
  switch (fateOfOffset(Number(record.offset))) {
    case 'published':
      return {}
    case 'left-out':
      return null
    case 'failed':
      throw new Error('this entry is to fail')
  }
}
