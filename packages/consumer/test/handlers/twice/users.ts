export const source = true
