import { on } from '../../../src/on.ts'
import { OrderCreated } from '../../stage.ts'

export const created = on(OrderCreated, () => undefined)
export const all = [created]
