/** Ten machines at once: each counts the primes of its part, the host adds them up. `node examples/ten-machines/main.ts` */
import { boot } from 'hartix';

const MACHINES = 10;
const PART = 100;
const PRIMES = `awk -v from="$FROM" -v to="$TO" 'BEGIN {
  for (n = from; n < to; n++) {
    prime = n > 1
    for (d = 2; d * d <= n && prime; d++) prime = n % d
    count += prime ? 1 : 0
  }
  print count
}'`;

async function countPrimes(index: number): Promise<number> {
  const os = await boot({ memory: '32M' });
  try {
    const env = { FROM: String(index * PART), TO: String((index + 1) * PART) };
    return Number((await os.exec(PRIMES, { env })).stdout);
  } finally {
    await os.close();
  }
}

const start = performance.now();
const counts = await Promise.all(
  Array.from({ length: MACHINES }, (_, index) => countPrimes(index)),
);
console.log(
  counts.join(' + '),
  '=',
  counts.reduce((a, b) => a + b),
);
console.error(`${MACHINES} machines in ${Math.round(performance.now() - start)} ms`);
