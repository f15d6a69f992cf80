import fc from 'fast-check'

const names = ['a', 'b', 'c', 'constructor', '["ä"]', '["a.b"]', '[0]', '[1]'] as const
const literals = [
  ...['0', '1', '-2', '3', '1000', '2.5', '1.0', '0.1', '9007199254740992', '9007199254740993', '9223372036854775807'],
  ...[
    '""',
    '"a"',
    '"ab"',
    '"b"',
    '"5"',
    '"1000"',
    '"\uFFFD"',
    '"😀"',
    '"ä"',
    '"a\\"b"',
    '"/"',
    'true',
    'false',
    'null',
  ],
]
const texts = ['"a"', '"ab"', '"checkout"', '"\uFFFD"', '"😀"', '""', '"Ａ"', '"order"']

const path = fc
  .tuple(
    fc.constantFrom('payload.after', 'payload.before', 'data'),
    fc.array(fc.constantFrom(...names), { maxLength: 3 }),
  )
  .map(([root, keys]) => [root, ...keys].join('.').replaceAll('.[', '['))
const payloadPath = path.filter((text) => /\.[abc]|constructor|\[/.test(text))
const textColumn = fc.constantFrom('name', 'source', 'organization_id', 'entity.id', 'entity.type', 'headers.h')
const ordering = fc.constantFrom('<', '<=', '>', '>=')
const equality = fc.constantFrom('==', '!=')
const textTest = fc.constantFrom('startsWith', 'endsWith', 'contains')
const id = fc.constantFrom(
  '"0192a000-0000-7000-8000-000000000001"',
  '"0192a000-0000-7000-8000-00000000000a"',
  '"0192A000-0000-7000-8000-00000000000A"',
  '"00000000-0000-0000-0000-000000000000"',
  '"none"',
)

const comparison = fc
  .oneof(
    fc.tuple(path, equality, fc.constantFrom(...literals)),
    fc.tuple(fc.constantFrom(...literals), equality, path),
    fc.tuple(path, ordering, fc.constantFrom(...literals.filter((text) => text !== 'null'))),
    fc.tuple(fc.constantFrom(...texts), ordering, path),
    fc.tuple(textColumn, fc.oneof(equality, ordering), fc.constantFrom(...texts)),
    fc.tuple(fc.constantFrom('event_id', 'correlation_id', 'causation_id'), equality, id),
    fc.tuple(fc.constant('version'), fc.oneof(equality, ordering), fc.constantFrom('1', '2', '1.5', '65535', '-1')),
    fc.tuple(
      fc.constant('timestamp'),
      fc.oneof(equality, ordering),
      fc.constantFrom('timestamp("2026-01-31T12:00:00Z")', 'timestamp("0001-01-01T00:00:00Z") + duration("1h")'),
    ),
    fc.tuple(path, equality, path),
  )
  .map((parts) => parts.join(' '))

const other = fc.oneof(
  fc
    .tuple(fc.oneof(path, textColumn), textTest, fc.constantFrom(...texts))
    .map(([of, test, part]) => `${of}.${test}(${part})`),
  fc
    .tuple(payloadPath, fc.array(fc.constantFrom(...literals), { maxLength: 3 }))
    .map(([of, items]) => `${of} in [${items.join(', ')}]`),
  fc
    .tuple(textColumn, fc.array(fc.constantFrom(...texts), { maxLength: 3 }))
    .map(([of, items]) => `${of} in [${items.join(', ')}]`),
  fc.tuple(fc.constantFrom(...texts), path).map(([item, of]) => `${item} in ${of}`),
  path.map((of) => `has(${of})`).filter((text) => !text.endsWith('])') && text !== 'has(payload)'),
  fc
    .constantFrom('entity', 'organization_id', 'causation_id', 'actor.id', 'headers.h', 'timestamp')
    .map((of) => `has(${of})`),
  payloadPath,
  fc.tuple(path, fc.constantFrom('exists', 'all')).map(([of, loop]) => `${of}.${loop}(x, x == "a" || x > 1)`),
  path.map((of) => `${of} / 2 >= 1`),
  path.map((of) => `size(${of}) > 0`),
  path.map((of) => `re2(${of}, "^a")`),
)

/** Texts of filters; some of them are refused when they are compiled. */
export const filterText: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 4, arbitrary: comparison },
    { weight: 3, arbitrary: other },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('filter'), fc.constantFrom('&&', '||'), tie('filter'))
        .map(([l, op, r]) => `(${l} ${op} ${r})`),
    },
    { weight: 2, arbitrary: tie('filter').map((of) => `!(${of})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('filter'), tie('filter'), tie('filter')).map(([c, y, n]) => `(${c} ? ${y} : ${n})`),
    },
  ),
})).filter
