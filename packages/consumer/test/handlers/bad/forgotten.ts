import { on } from '../../../src/on.ts'

export const name = on('user.created', () => undefined).name
