import { ConfigurationError } from '@ledgerbus/core'

/** Which subscriptions are on. Those that are off skip their records, which are counted. */
export interface Switches {
  isOn(name: string): boolean
  /** @throws ConfigurationError for a name that no subscription has */
  set(name: string, state: 'on' | 'off'): void
}

export function createSwitches(names: readonly string[], off: readonly string[]): Switches {
  const isOff = new Set(off)
  return {
    isOn: (name) => !isOff.has(name),
    set(name, state) {
      if (!names.includes(name)) {
        const known = names.map((each) => JSON.stringify(each)).join(', ')
        throw new ConfigurationError('consumer', [
          `no subscription is named ${JSON.stringify(name)}; there are ${known}`,
        ])
      }
      if (state === 'on') isOff.delete(name)
      else isOff.add(name)
    },
  }
}
