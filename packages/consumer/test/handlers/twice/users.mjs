export const build = true
