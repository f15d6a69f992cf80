/** The consumer group of a sink that was given no other: it stores what it reads and handles nothing. */
export const defaultSinkGroupId = 'ledgerbus-audit-sink'
