/**
 * What single system calls cost (calls.c), natively and on Hartix (the bundled build) by turns: one line a call, the dearest beside native Linux
 * first. Their geometric mean says little, for nobody makes all of them equally often; the first lines say what to mend.
 * `node --import tsx test/bench/calls.ts [--rounds N] [--time MS] [FIGURE…]`
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runHost } from '../../src/cli/bench/contestants.ts';
import { geometricMean, median, parseRates, spreadText } from '../../src/cli/bench/rates.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const { values, positionals: figures } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    time: { type: 'string', default: '10' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'hartix-calls-'));

function compile(target: string, name: string): string {
  const output = join(folder, name);
  const source = join(import.meta.dirname, 'calls.c');
  const args = ['cc', '-target', target, '-static', '-O1', '-pthread', '-w', source, '-o', output];
  const { status, stderr } = spawnSync('zig', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${source} does not compile: ${stderr}`);
  return output;
}

/** Microseconds by figure, of each round. */
type Rounds = Map<string, number[]>;

function add(rounds: Rounds, output: string): void {
  for (const { name, rate } of parseRates(output)) {
    const known = rounds.get(name) ?? [];
    known.push(rate);
    rounds.set(name, known);
  }
}

function printTable(native: Rounds, ours: Rounds): void {
  const rows = [...native].map(([name, theirs]) => {
    const own = ours.get(name) ?? [];
    const quotients = own.map((cost, i) => cost / (theirs[i] ?? Number.NaN));
    return { name, theirs, own, quotients, factor: median(quotients) };
  });
  const lines = ['| call | native, us | Hartix, us | Hartix : native |', '|---|---:|---:|---:|'];
  for (const row of rows.toSorted((a, b) => b.factor - a.factor)) {
    const cells = [row.theirs, row.own, row.quotients].map(spreadText);
    lines.push(`| ${[row.name, ...cells].join(' | ')} |`);
  }
  const mean = geometricMean(rows.map(({ factor }) => factor)).toFixed(2);
  process.stdout.write(`${lines.join('\n')}\n\ngeometric mean ${mean}\n`);
}

try {
  compile('riscv64-linux-musl', 'calls');
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const program = compile(`${architecture}-linux-musl`, 'calls.native');
  const native: Rounds = new Map();
  const ours: Rounds = new Map();
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const script = `cp /bench/calls /tmp && exec /tmp/calls ${values.time} /tmp ${figures.join(' ')}`;
  const options = ['--memory', '1G', '--mount', `${folder}:/bench:ro`];
  for (let round = 0; round < Number(values.rounds); round++) {
    add(native, await runHost(program, [values.time, memory, ...figures]));
    add(ours, await runHost(process.execPath, [CLI, 'run', ...options, '--', 'sh', '-c', script]));
  }
  printTable(native, ours);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
