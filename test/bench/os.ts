/**
 * What operations of the system cost (osbench.c beside the checkout): natively, on Hartix (the bundled build) and on Debian's
 * Linux in qemu-system-riscv64, by turns. Then, with --crowds, among many processes, open files and mappings (crowd.c), how many
 * times what it is without. `node --import tsx test/bench/os.ts [--rounds N] [--time MS] [--crowds] [--no-linux] [FIGURE…]`
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { isInstalled, runHost } from '../../src/cli/bench/contestants.ts';
import { cpio } from '../../src/cli/bench/cpio.ts';
import { geometricMean, median, parseRates, spreadText } from '../../src/cli/bench/rates.ts';
import { linuxGuest } from '../machine/linux-guest.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const OSBENCH = resolve(import.meta.dirname, '../../../shared/bench/osbench.c');
const SITUATIONS = [
  ['processes', 1000],
  ['other-files', 10_000],
  ['files', 10_000],
  ['other-mappings', 10_000],
  ['mappings', 10_000],
] as const;
/** The mark: no figure is more than this many times what it is without the crowd. */
const CROWD_LIMIT = 1.2;
const LINUX_TIMEOUT_MS = 900_000;

interface Contestant {
  readonly name: string;
  run(args: readonly string[]): Promise<string>;
}

/** Costs by figure: units of time for one operation; those of throughput are inverted, so that less is better throughout. */
type Costs = ReadonlyMap<string, number>;

const { values, positionals: figures } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    time: { type: 'string', default: '100' },
    crowds: { type: 'boolean', default: false },
    'no-linux': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'hartix-os-bench-'));
const units = new Map<string, string>();

function compile(target: string, output: string): string {
  const path = join(folder, output);
  const source = join(import.meta.dirname, 'crowd.c');
  const flags = ['-static', '-O2', '-pthread', '-w', `-DOSBENCH="${OSBENCH}"`];
  const args = ['cc', '-target', target, ...flags, source, '-o', path];
  const { status, stderr } = spawnSync('zig', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${source} does not compile: ${stderr}`);
  return path;
}

function hartix(): Contestant {
  const command = 'cp /bench/crowd /tmp && exec /tmp/crowd';
  return {
    name: 'Hartix',
    run: (args) => {
      const script = `${command} ${args.join(' ')}`;
      const options = ['run', '--memory', '1G', '--mount', `${folder}:/bench:ro`];
      return runHost(process.execPath, [CLI, ...options, '--', 'sh', '-c', script]);
    },
  };
}

/** A second archive behind busybox's brings the program and another init. */
function linuxInQemu(): Contestant | undefined {
  const guest = isInstalled('qemu-system-riscv64') ? linuxGuest([]) : undefined;
  if (guest === undefined) {
    process.stderr.write('SKIPPED: no Linux in qemu-system-riscv64\n');
    return undefined;
  }
  const { kernel, initrd } = guest;
  const run = (args: readonly string[]): Promise<string> => {
    const init = `#!/bin/sh
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
cp /crowd /tmp/crowd
/tmp/crowd ${args.join(' ')} > /dev/console 2>&1
poweroff -f
`;
    const text = new TextEncoder();
    const archive = cpio([
      { path: 'crowd', mode: 0o100755, bytes: readFileSync(join(folder, 'crowd')) },
      { path: 'init', mode: 0o100755, bytes: text.encode(init) },
    ]);
    const image = join(folder, 'initrd');
    writeFileSync(image, Buffer.concat([readFileSync(initrd), gzipSync(archive)]));
    const machine = ['-M', 'virt', '-m', '1G', '-nographic', '-no-reboot'];
    const append = 'console=ttyS0 quiet panic=-1 rdinit=/init';
    const files = ['-kernel', kernel, '-initrd', image, '-append', append];
    return runHost('qemu-system-riscv64', [...machine, ...files], {
      timeoutMs: LINUX_TIMEOUT_MS,
      anyStatus: true,
    });
  };
  return { name: 'Linux in QEMU', run };
}

function contestants(): Contestant[] {
  compile('riscv64-linux-musl', 'crowd');
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const native = compile(`${architecture}-linux-musl`, 'crowd.native');
  const run: Contestant['run'] = (args) => runHost(native, args);
  const all: (Contestant | undefined)[] = [
    { name: 'native', run },
    hartix(),
    values['no-linux'] ? undefined : linuxInQemu(),
  ];
  return all.filter((contestant) => contestant !== undefined);
}

async function costs(contestant: Contestant, situation: string, count: number): Promise<Costs> {
  process.stderr.write(`${contestant.name}: ${situation}\n`);
  const isNative = contestant.name === 'native';
  const common = ['-m', values.time, ...figures];
  // osbench takes its options before the figures.
  const args = isNative ? ['-d', '/dev/shm', ...common] : common;
  const rates = parseRates(await contestant.run([situation, String(count), ...args]));
  if (rates.length === 0) throw new Error(`${contestant.name} has measured nothing`);
  return new Map(
    rates.map(({ name, rate, unit }) => {
      units.set(name, unit);
      return [name, unit === 'MB/s' ? 1 / rate : rate];
    }),
  );
}

const quotients = (over: readonly Costs[], under: readonly Costs[], figure: string): number[] =>
  over.map((round, i) => (round.get(figure) ?? Number.NaN) / (under[i]?.get(figure) ?? Number.NaN));

function valueText(rounds: readonly Costs[], figure: string): string {
  const isRate = units.get(figure) === 'MB/s';
  const known = rounds.map((round) => round.get(figure) ?? Number.NaN);
  return spreadText(isRate ? known.map((cost) => 1 / cost) : known);
}

function printTable(all: readonly Contestant[], results: readonly Costs[][]): void {
  const [native = [], ours = [], linux] = results;
  const names = all.map(({ name }) => name).join(' | ');
  const lines = [
    `| figure | unit | ${names} | Hartix : native |${linux ? ' Hartix : QEMU |' : ''}`,
    `|---|---|${'---:|'.repeat(all.length + (linux ? 2 : 1))}`,
  ];
  for (const [figure, unit] of units) {
    const cells = [figure, unit, ...results.map((round) => valueText(round, figure))];
    cells.push(spreadText(quotients(ours, native, figure)));
    if (linux) cells.push(spreadText(quotients(ours, linux, figure)));
    lines.push(`| ${cells.join(' | ')} |`);
  }
  const mean = (peer: readonly Costs[]): string =>
    geometricMean([...units.keys()].map((figure) => median(quotients(ours, peer, figure)))).toFixed(
      2,
    );
  lines.push(`\ngeometric mean of Hartix : native ${mean(native)}`);
  if (linux) {
    lines.push(`geometric mean of Hartix : Linux in QEMU ${mean(linux)}`);
    const slower = [...units.keys()].filter((figure) => median(quotients(ours, linux, figure)) > 1);
    lines.push(`slower than Linux in QEMU: ${slower.join(', ') || 'none'}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** With the crowd and with a crowd of none by turns, for one contestant: who makes a crowd forks and reads a pipe, whatever their number. */
async function printCrowds(all: readonly Contestant[]): Promise<void> {
  for (const [situation, count] of SITUATIONS) {
    const lines: string[] = [];
    for (const contestant of all) {
      const without: Costs[] = [];
      const within: Costs[] = [];
      for (let round = 0; round < rounds; round++) {
        without.push(await costs(contestant, situation, 0));
        within.push(await costs(contestant, situation, count));
      }
      const factors = [...units.keys()].map(
        (figure) => [figure, median(quotients(within, without, figure))] as const,
      );
      const mean = geometricMean(factors.map(([, factor]) => factor)).toFixed(2);
      const over = factors.filter(([, factor]) => factor > CROWD_LIMIT);
      const text = over.map(([figure, factor]) => `${figure} ${factor.toFixed(2)}`).join(', ');
      lines.push(`${contestant.name}: ${mean} in the mean; over ${CROWD_LIMIT}: ${text || 'none'}`);
    }
    process.stdout.write(`\n${count} ${situation}\n  ${lines.join('\n  ')}\n`);
  }
}

if (!existsSync(OSBENCH)) throw new Error(`there is no ${OSBENCH}`);
try {
  const all = contestants();
  const results: Costs[][] = all.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, contestant] of all.entries())
      results[i]?.push(await costs(contestant, 'none', 0));
  printTable(all, results);
  if (values.crowds) await printCrowds(all);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
