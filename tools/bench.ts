/**
 * The benchmark table of the README: kernels of ../shared/bench in Hartix, under qemu-riscv64 and natively, interleaved in one
 * run, median of several; then the cold start. `bench.ts [ROUNDS=3] [MILLISECONDS=300] [KERNEL]`
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { boot } from '../src/index.ts';

const SOURCE = resolve(import.meta.dirname, '../../shared/bench/kernels.c');
const FOLDER = resolve(import.meta.dirname, '../build/bench');
const COLD_START_RUNS = 10;
const [rounds = 3, milliseconds = 300] = process.argv.slice(2, 4).map(Number);
const filter = process.argv[4] ?? '';

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function compile(target: string, output: string): void {
  const result = spawnSync(
    'zig',
    ['cc', '-target', target, '-static', '-O2', '-w', SOURCE, '-o', output, '-lm'],
    { stdio: 'inherit' },
  );
  if (result.status !== 0) throw new Error(`cannot compile ${SOURCE} for ${target}`);
}

/** `name rate unit` lines to rates; higher is faster. */
function parseRates(text: string): Map<string, number> {
  const rates = new Map<string, number>();
  for (const [, name = '', rate = ''] of text.matchAll(/^(\S+)\s+([\d.e+]+)\s+\S+/gm))
    rates.set(name, Number(rate));
  return rates;
}

function runHost(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stderr}`);
  return result.stdout;
}

async function runGuest(args: readonly string[]): Promise<string> {
  const system = await boot({ mounts: { '/bench': `${FOLDER}:ro` } });
  try {
    const result = await system.exec(`/bench/kernels.riscv64 ${args.join(' ')}`);
    if (result.exitCode !== 0) throw new Error(`guest: ${result.stderr}`);
    return result.stdout;
  } finally {
    await system.close();
  }
}

async function benchKernels(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  compile('riscv64-linux-musl', `${FOLDER}/kernels.riscv64`);
  compile(
    `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-musl`,
    `${FOLDER}/kernels.native`,
  );
  const hasQemu = spawnSync('qemu-riscv64', ['--version']).status === 0;
  const args = [String(milliseconds), filter].filter(Boolean);
  const runs: Record<'native' | 'qemu' | 'hartix', Map<string, number>[]> = {
    native: [],
    qemu: [],
    hartix: [],
  };
  for (let round = 0; round < rounds; round++) {
    runs.native.push(parseRates(runHost(`${FOLDER}/kernels.native`, args)));
    if (hasQemu)
      runs.qemu.push(parseRates(runHost('qemu-riscv64', [`${FOLDER}/kernels.riscv64`, ...args])));
    runs.hartix.push(parseRates(await runGuest(args)));
  }
  const rate = (who: keyof typeof runs, name: string) =>
    median(runs[who].map((run) => run.get(name) ?? Number.NaN));
  const rows = [...(runs.native[0]?.keys() ?? [])].map((name) => {
    const native = rate('native', name);
    return {
      name,
      hartix: native / rate('hartix', name),
      qemu: hasQemu ? native / rate('qemu', name) : Number.NaN,
    };
  });
  rows.push({
    name: '**geometric mean**',
    hartix: geometricMean(rows.map((row) => row.hartix)),
    qemu: geometricMean(rows.map((row) => row.qemu)),
  });
  process.stdout.write(
    '| kernel | Hartix, times slower than native | qemu-riscv64 (user mode, no MMU) | Hartix : QEMU |\n|---|---:|---:|---:|\n',
  );
  for (const { name, hartix, qemu } of rows) {
    process.stdout.write(
      `| ${name} | ${hartix.toFixed(2)} | ${qemu.toFixed(2)} | ${(hartix / qemu).toFixed(2)} |\n`,
    );
  }
}

function benchColdStart(): void {
  const times = Array.from({ length: COLD_START_RUNS }, () => {
    const start = performance.now();
    runHost(process.execPath, [
      resolve(import.meta.dirname, '../dist/cli.js'),
      'run',
      '--',
      'true',
    ]);
    return performance.now() - start;
  });
  process.stdout.write(
    `\ncold start, hartix run -- true: median ${median(times).toFixed(0)} ms of ${times.map((time) => time.toFixed(0)).join(' ')}\n`,
  );
}

if (existsSync(SOURCE)) await benchKernels();
else process.stderr.write(`SKIPPED: no kernels at ${SOURCE}\n`);
benchColdStart();
