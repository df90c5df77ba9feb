/**
 * Whether memory stays bounded: a shell that starts different programs, new ones among them, for half an hour. A line a minute; at
 * the end the RSS as a multiple of that after a fifth of the time, which shall be at most 1.05.
 * `memory.ts [--minutes N] [--budget SIZE of translated code] [--interp]`
 */
import { parseArgs } from 'node:util';
import { Churn, type Round } from '../support/churn/churn.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    budget: { type: 'string', default: '64M' },
    interp: { type: 'boolean', default: false },
  },
});
const totalMs = Number(values.minutes) * 60_000;
const MINUTE_MS = 60_000;
const MARK = 1.05;
const MIB = 2 ** 20;

function line(minutes: number, { starts, rss, jit }: Round): string {
  const { regions = 0, regionBytes = 0, translations = 0, evicted = 0, invalidated = 0 } = jit;
  return [
    `${minutes.toFixed(0)} min: ${starts} starts, ${(rss / MIB).toFixed(1)} MiB`,
    `${regions} regions of ${(regionBytes / MIB).toFixed(2)} MiB`,
    `${translations} translated, ${evicted} evicted, ${invalidated} invalidated`,
  ].join('; ');
}

const churn = await Churn.start({
  memory: '64M',
  codeBudget: values.budget,
  cache: false,
  translate: !values.interp,
});
try {
  const start = performance.now();
  let nextMs = 0;
  let early: number | undefined;
  for (;;) {
    const round = await churn.round();
    const elapsedMs = performance.now() - start;
    if (elapsedMs >= nextMs) {
      process.stdout.write(`${line(elapsedMs / MINUTE_MS, round)}\n`);
      nextMs += MINUTE_MS;
    }
    if (elapsedMs >= totalMs / 5) early ??= round.rss;
    if (elapsedMs < totalMs) continue;
    const ratio = round.rss / (early ?? Number.NaN);
    process.stdout.write(
      `${line(elapsedMs / MINUTE_MS, round)}\nRSS at the end: ${ratio.toFixed(3)} times that after a fifth of the time\n`,
    );
    process.exitCode = ratio <= MARK ? 0 : 1;
    break;
  }
} finally {
  await churn.close();
}
