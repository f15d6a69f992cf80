export const helper = 'no handler'
