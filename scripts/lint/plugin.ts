import { noAmbientEffects } from './no-ambient-effects.ts'

/** Rules that no published plugin has; `.oxlintrc.json` says where they hold. */
export default { meta: { name: 'ledgerbus' }, rules: { 'no-ambient-effects': noAmbientEffects } }
