/**
 * Boots xv6 (fetched and built elsewhere: kernel/kernel and fs.img in FOLDER) and runs its own tests, as QEMU's `-bios none` does.
 * By hand: node --import tsx test/machine/xv6.ts FOLDER [HARTS [COMMAND]], for example `usertests -q`.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMachine } from '../../src/index.ts';

const PROMPT = /^\$ /m;
const TESTS_MS = 3_600_000;

const [source, harts = '1', command = 'usertests'] = process.argv.slice(2);
if (source === undefined) throw new Error('write: xv6.ts FOLDER [HARTS [COMMAND]]');
const folder = mkdtempSync(join(tmpdir(), 'hartix-xv6-'));
const disk = join(folder, 'fs.img');
copyFileSync(join(source, 'fs.img'), disk);
const machine = await openMachine({
  kernel: join(source, 'kernel/kernel'),
  memory: '128M',
  harts: Number(harts),
  disks: [disk],
});
try {
  const start = performance.now();
  await machine.waitFor(PROMPT);
  const booted = performance.now();
  console.log(`prompt after ${((booted - start) / 1000).toFixed(2)} s`);
  machine.write(`${command}\n`);
  machine.output.on('data', (bytes: Uint8Array) => process.stdout.write(bytes));
  const [end] = await machine.waitFor(/ALL TESTS PASSED|SOME TESTS FAILED|panic: .*|\n\$ /, {
    timeout: TESTS_MS,
  });
  const seconds = ((performance.now() - booted) / 1000).toFixed(0);
  console.log(`\n${command}, ${harts} hart: ${end.trim()} after ${seconds} s`);
  if (/FAILED|panic/.test(end)) process.exitCode = 1;
} finally {
  await machine.close();
  rmSync(folder, { recursive: true });
}
