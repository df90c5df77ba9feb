/**
 * From the start of a process to the shell's prompt on its screen, through a real pty, and the RSS when it is there: `prompt.ts [--rounds N] [DIST...]`,
 * folders of builds by turns (dist by default), each started once before for what it keeps. Mark: 150 ms, 120 MB.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { spawn } from 'node-pty';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '15' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const folders = positionals.length > 0 ? positionals : [resolve(import.meta.dirname, '../../dist')];
/** Compiled code is kept by a machine that is a second old. */
const WARM_MS = 2500;

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function start(folder: string, afterMs: number): Promise<{ ms: number; rss: number }> {
  const begin = performance.now();
  const pty = spawn(process.execPath, [join(folder, 'cli.js')], {
    rows: 24,
    cols: 80,
    name: 'xterm-256color',
    env: { ...process.env, TERM: 'xterm-256color' },
  });
  let printed = '';
  await new Promise<void>((done) => {
    pty.onData((text) => {
      printed += text;
      if (printed.includes('@hartix:~#')) done();
    });
  });
  const ms = performance.now() - begin;
  const status = readFileSync(`/proc/${pty.pid}/status`, 'utf8');
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  await pause(afterMs);
  const gone = new Promise((done) => pty.onExit(done));
  pty.kill('SIGKILL');
  await gone;
  return { ms, rss };
}

function summary(numbers: number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]?.toFixed(0)} (least ${sorted[0]?.toFixed(0)})`;
}

const all = folders.map(() => [] as { ms: number; rss: number }[]);
for (const folder of folders) await start(folder, WARM_MS);
for (let round = 0; round < rounds; round++)
  for (const [k, folder] of folders.entries()) all[k]?.push(await start(folder, 0));
for (const [k, folder] of folders.entries()) {
  const [ms, rss] = (['ms', 'rss'] as const).map((name) =>
    summary(all[k]?.map((one) => one[name]) ?? []),
  );
  process.stdout.write(`${folder}: prompt after ${ms} ms, RSS then ${rss} MB\n`);
}
