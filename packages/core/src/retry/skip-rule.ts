const ruleForm = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Whether a text may name a rule to skip by: a fixed word of a-z, 0-9 and hyphens, at most 64 characters, as it becomes a label of counts. */
export function isSkipRule(rule: unknown): rule is string {
  return typeof rule === 'string' && rule.length <= 64 && ruleForm.test(rule)
}
