// `npm start`: the main job on real data. The story stands in examples/flights.
await import('../examples/flights/src/main.ts')

export {}
