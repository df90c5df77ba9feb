/**
 * Two independent loops on 2 harts against the same two on 1 hart: median of 5 each, interleaved, in the bundled build. Not a
 * test: the host needs two cores with nothing else to do. `node --import tsx test/bench/harts.ts [ROUNDS]`
 */
const { boot } = (await import(
  new URL('../../dist/index.js', import.meta.url).href
)) as typeof import('../../src/index.ts');

const SAMPLES = 5;
const rounds = Number(process.argv[2] ?? 100_000);
const LOOP = `i=0; while [ $i -lt ${rounds} ]; do i=$((i+1)); done`;
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[2] as number;

const systems = [await boot({ harts: 1 }), await boot({ harts: 2 })];
const times: number[][] = [[], []];
// The first round is for the translator.
for (let sample = -1; sample < SAMPLES; sample++) {
  for (const [index, system] of systems.entries()) {
    const start = performance.now();
    await system.exec(`sh -c '${LOOP}' & sh -c '${LOOP}' & wait`);
    if (sample >= 0) times[index]?.push(performance.now() - start);
  }
}
for (const system of systems) await system.close();
const [one, two] = times.map(median) as [number, number];
process.stdout.write(
  `1 hart ${one.toFixed(0)} ms, 2 harts ${two.toFixed(0)} ms: ${(two / one).toFixed(2)}\n`,
);
