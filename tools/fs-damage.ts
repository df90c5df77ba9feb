/**
 * Damaged disks, without a guest: every kind of file system and partition table gets turned bits, hostile words, copied blocks and cut
 * ends, and is then mounted, walked, read, changed and unmounted. Only errnos may come of it.
 *
 *   node --import tsx tools/fs-damage.ts [--runs N] [--seed S] [--only NAME] [--run K]
 *
 * N runs (default 10,000) are dealt out to all kinds, or to NAME. What is found is printed with the command that repeats it, and ends
 * the tool with status 1. Needs what the tests of test/fs need; a kind whose program is missing is left out, with a line.
 */
import { parseArgs } from 'node:util';
import { campaignOf } from '../test/fs/damage/campaign.ts';
import { SUBJECTS, type Subject } from '../test/fs/damage/subjects.ts';

const DEFAULT_RUNS = '10000';
const DEFAULT_SEED = '20261122';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: DEFAULT_RUNS },
    seed: { type: 'string', default: DEFAULT_SEED },
    only: { type: 'string' },
    run: { type: 'string' },
  },
});
const seed = Number(values.seed);

/** How many of the runs were bugs. */
function examine(subject: Subject, numbers: readonly number[]): number {
  const campaign = campaignOf(subject);
  if (!campaign) return 0;
  const start = performance.now();
  let found = 0;
  let slowest = { number: 0, ms: 0 };
  for (const number of numbers) {
    const before = performance.now();
    try {
      campaign.run(seed, number);
    } catch (error) {
      found++;
      console.log(error instanceof Error ? (error.cause ?? error) : error);
      console.log(
        `repeat: node --import tsx tools/fs-damage.ts --seed ${seed} --only ${subject.name} --run ${number}`,
      );
    }
    const ms = performance.now() - before;
    if (ms > slowest.ms) slowest = { number, ms };
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${subject.name}: ${numbers.length} runs, ${found} bugs, ${seconds} s, the longest ${slowest.ms.toFixed(0)} ms (${slowest.number})`,
  );
  return found;
}

const subjects = SUBJECTS.filter(({ name }) => values.only === undefined || name === values.only);
if (subjects.length === 0)
  throw new Error(`--only: one of ${SUBJECTS.map(({ name }) => name).join(', ')}`);
const each = Math.ceil(Number(values.runs) / subjects.length);
const numbers = values.run === undefined ? [...Array(each).keys()] : [Number(values.run)];
let bugs = 0;
for (const subject of subjects) bugs += examine(subject, numbers);
process.exitCode = bugs === 0 ? 0 : 1;
