const topicName = /^[a-zA-Z0-9._-]{1,249}$/

/** What is wrong with a topic as a definition gives it: Kafka's rules for names (`Topic.validate` of apache/kafka) and counts. */
export function topicProblems(topic: unknown): string[] {
  if (typeof topic === 'string') return nameProblems(topic)
  if (typeof topic !== 'object' || topic === null) return ['topic: must be a name, or an object with a name']
  const { name, partitions, replicationFactor, settings, ...rest } = topic as Readonly<Record<string, unknown>>
  return [
    ...nameProblems(name),
    ...Object.keys(rest).map((key) => `topic.${key}: is no option of a topic`),
    ...countProblems('topic.partitions', partitions, 100_000),
    ...countProblems('topic.replicationFactor', replicationFactor, 32_767),
    ...settingProblems(settings),
  ]
}

function nameProblems(name: unknown): string[] {
  if (typeof name === 'string' && name !== '.' && name !== '..' && topicName.test(name)) return []
  return [`topic: the name ${JSON.stringify(name)} must be 1 to 249 characters of a-z, A-Z, 0-9, ".", "_" and "-"`]
}

function countProblems(path: string, count: unknown, max: number): string[] {
  if (count === undefined || (Number.isInteger(count) && (count as number) >= 1 && (count as number) <= max)) return []
  return [`${path}: must be an integer from 1 to ${max}`]
}

function settingProblems(settings: unknown): string[] {
  if (settings === undefined) return []
  if (typeof settings !== 'object' || settings === null) return ['topic.settings: must be an object of texts']
  return Object.entries(settings)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key]) => `topic.settings: ${key} must be a text, as Kafka takes it`)
}
