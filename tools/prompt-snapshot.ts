/** Writes the snapshot that the package brings: `prompt-snapshot.ts FILE`. It is of what lies in dist/. */
import { rmSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { expandFile } from '../src/machine/host/snapshot-file.ts';

const dist = (name: string) => new URL(`../dist/${name}`, import.meta.url).href;
const { boot } = (await import(dist('index.js'))) as typeof import('../src/index.ts');
const { PROMPT } = await import('../src/api/prompt-snapshot.ts');

const TIMEOUT_MS = 60_000;
const [, , file] = argv;
if (file === undefined) throw new Error('usage: prompt-snapshot.ts FILE');

const system = await boot({ ...PROMPT, cache: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
let printed = '';
await new Promise<void>((resolve, reject) => {
  system.halted.catch(reject);
  system.onConsole((bytes) => {
    printed += Buffer.from(bytes).toString('latin1');
    if (/@hartix:.*# /.test(printed)) resolve();
  });
});
// It sleeps in its read() then, as does init.
const isWaiting = async () =>
  (await system.threads((await system.processes()).at(-1)?.pid ?? 1)).every(
    ({ state }) => state === 'S',
  );
while (!(await isWaiting())) await new Promise((resolve) => setImmediate(resolve));
const bytes = expandFile(await system.snapshot());
await system.close();
rmSync(file, { force: true });
writeFileSync(file, bytes);
process.stdout.write(`${file}: ${bytes.length} bytes\n`);
