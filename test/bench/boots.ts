/**
 * Memory of a process that boots and closes machines, one after the other: `node --expose-gc --import tsx test/bench/boots.ts [BOOTS] [EXEC]`.
 * Prints the resident set each 100, and at the end its ratio to that after a fifth, with the handles that are left.
 */
import { boot } from '../../src/index.ts';

const [boots = 1000, hasPrograms = 1] = process.argv.slice(2).map(Number);
const MEBIBYTE = 2 ** 20;

async function once(): Promise<void> {
  const os = await boot({ memory: '64M' });
  try {
    if (hasPrograms === 1) await os.exec('true');
  } finally {
    await os.close();
  }
}

/** Resident bytes when garbage has been collected and ended threads have given back what was theirs. */
async function settledMemory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return process.memoryUsage.rss();
}

let atFifth = 0;
const start = performance.now();
for (let done = 1; done <= boots; done++) {
  await once();
  const isFifth = done === Math.round(boots / 5);
  if (done % 100 !== 0 && !isFifth && done !== boots) continue;
  const resident = await settledMemory();
  if (isFifth) atFifth = resident;
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  process.stdout.write(`${done} boots: ${(resident / MEBIBYTE).toFixed(1)} MiB, ${seconds} s\n`);
  if (done === boots) process.stdout.write(`ratio ${(resident / atFifth).toFixed(3)}\n`);
}
/** Standard output is one itself, where it is a pipe. */
const handles = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
process.stdout.write(`handles: ${handles.join(' ') || 'none'}\n`);
