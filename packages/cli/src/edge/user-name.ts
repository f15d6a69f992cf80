import { userInfo } from 'node:os'

/** The user of the operating system; `undefined` where it has a number only, as in many containers. */
export function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined // the system knows no name for the number
  }
}
