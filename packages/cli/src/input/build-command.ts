import type { Command } from '@commander-js/extra-typings'
import type { Edge } from '../edge/edge.ts'

/** Fills a command in: its flags, its help, what it does. */
export type BuildCommand = (command: Command, edge: Edge) => void
