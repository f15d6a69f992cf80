export { createEventContext, eventContext } from './event-context.ts'
