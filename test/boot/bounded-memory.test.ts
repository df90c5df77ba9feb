/** Memory of the host under a shell that starts different programs all the time. test/bench/memory.ts is the same for half an hour. */
import { expect, test } from 'vitest';
import { boot } from '../../src/index.ts';
import { Churn, counters, type Round } from '../support/churn/churn.ts';

const MIB = 2 ** 20;
/** What is hot of the programs that are alive is about twice as much. */
const BUDGET_BYTES = MIB / 16;
/** Of WebAssembly: then the budget was used up several times. */
const TRANSLATED_BYTES = MIB;
/** After which a third is behind the first growth. */
const LEAST_ROUNDS = 60;
const MAX_ROUNDS = 300;
/** What the worker takes, and the guest's memory that comes to be used. */
const MAX_GROWTH_BYTES = (100 + 64) * MIB;
/** After a third of the rounds: 1.05 in half an hour, here with room for a collection that is yet to come. */
const MAX_LATE_GROWTH = 1.1;

/** Of the last round. */
const counter = (rounds: readonly Round[], name: string): number => rounds.at(-1)?.jit[name] ?? 0;
const isFull = (rounds: readonly Round[]): boolean =>
  counter(rounds, 'translatedBytes') >= TRANSLATED_BYTES && counter(rounds, 'evicted') > 0;

test('translations of programs that come and go stay within their budget, and so does the process', {
  timeout: 600_000,
}, async () => {
  const churn = await Churn.start({ memory: '64M', codeBudget: BUDGET_BYTES, cache: false });
  const rounds: Round[] = [];
  try {
    do rounds.push(await churn.round());
    while (rounds.length < LEAST_ROUNDS || (!isFull(rounds) && rounds.length < MAX_ROUNDS));
  } finally {
    await churn.close();
  }
  expect(counter(rounds, 'translatedBytes')).toBeGreaterThanOrEqual(TRANSLATED_BYTES);
  expect(counter(rounds, 'evicted')).toBeGreaterThan(0);
  for (const { jit } of rounds) {
    expect(jit['regionBytes']).toBeLessThanOrEqual(BUDGET_BYTES);
    expect(jit['failures']).toBe(0);
  }
  const growth = (rounds.at(-1)?.rss ?? 0) - (rounds[0]?.rss ?? 0);
  expect(growth).toBeLessThan(MAX_GROWTH_BYTES);
  const early = rounds[Math.floor(rounds.length / 3)]?.rss ?? 0;
  expect((rounds.at(-1)?.rss ?? 0) / early).toBeLessThan(MAX_LATE_GROWTH);
});

test('a short program asks for no translation, so the worker is not started', async () => {
  // Deterministic: what is hot by when does not hang on the host's load.
  const system = await boot({ cache: false, deterministic: 1 });
  try {
    await system.spawn('/bin/true').exit;
    const jit = counters(await system.fs.readFile('/proc/jit', 'utf8'));
    expect(jit['instructions']).toBeGreaterThan(10_000);
    expect(jit).toMatchObject({ regions: 0, modules: 0, batchesPending: 0 });
    expect(jit['translations']).toBeUndefined();
  } finally {
    await system.close();
  }
});
