import { expect, it } from 'vitest'
import * as context from './index.ts'

it('context exports exactly these values', () => {
  expect(Object.keys(context).sort()).toEqual(['createEventContext', 'eventContext'])
})
