import { v7 } from 'uuid'
import type { Ids } from '../ports/ids.ts'

/** UUID version 7, rising within the process. */
export const uuidV7Ids: Ids = Object.freeze({ next: () => v7() })
