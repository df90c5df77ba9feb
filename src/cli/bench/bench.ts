/** `hartix bench`: the benchmark table of the README. The package brings the workloads; peers are those that are on PATH. */
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFile } from '../../api/bundle.ts';
import { type Option, optionHelp, parseOptions } from '../arguments.ts';
import { UsageError } from '../usage-error.ts';
import { compiledWorkload, nativeCompiler, shippedWorkload } from './compilers.ts';
import { contestants } from './contestants.ts';
import { marksTable } from './marks-table.ts';
import { programTable } from './program-table.ts';
import { checkV86 } from './v86.ts';
import { workloadTable } from './workload-table.ts';

/** Of `hartix bench`. */
export const BENCH_ROWS = {
  rounds: { type: 'string', value: 'N', help: 'times that all contestants take turns (default 3)' },
  time: { type: 'string', value: 'MS', help: 'milliseconds of each workload (default 300)' },
  source: {
    type: 'string',
    multiple: true,
    value: 'FILE.c',
    help: 'a program of such lines as those of the package, whose namesakes it replaces (needs zig)',
  },
  v86: {
    type: 'string',
    value: 'DIR',
    help: 'libv86.mjs and v86.wasm with bios.bin, vgabios.bin (SeaBIOS) and bzImage (a Linux for i686): v86 too (needs zig)',
  },
  linux: { type: 'string', value: 'FILE', help: 'a Linux Image, for qemu-system-riscv64' },
  debian: { type: 'string', value: 'DIR', help: "a root of Debian's riscv64: its programs too" },
  scale: {
    type: 'string',
    value: 'N',
    help: "times the work of Debian's programs, so that their start weighs less (default 1)",
  },
  marks: {
    type: 'boolean',
    help: "instead: the interpreter, a program's first 100 ms, pauses, the second start",
  },
  help: { type: 'boolean', help: 'print this text' },
} as const satisfies Record<string, Option>;

const USAGE = `usage: hartix bench [options] [NAME]

Workloads (those whose name contains NAME) on Hartix and its peers by turns: rate and millions of
instructions a second on Hartix, then how many times slower than each peer it is: median (least-
greatest) of the rounds. The host should have nothing else to do.

options:
${optionHelp(BENCH_ROWS)}
`;

/** Throws UsageError. */
function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1e6)
    throw new UsageError(`--${name} ${text}: write a number from 1`);
  return value;
}

const progress = (text: string): void => void process.stderr.write(`${text}\n`);
const skip = (reason: string): void => void process.stderr.write(`SKIPPED: ${reason}\n`);
const print = (lines: readonly string[]): void =>
  void process.stdout.write(`${lines.join('\n')}\n`);

function printHost(native: string | undefined): void {
  const [cpu] = cpus();
  const host = `${cpus().length} x ${cpu?.model.trim() ?? process.arch}, Node ${process.versions.node}`;
  print([
    `${new Date().toISOString().slice(0, 10)}, ${host}${native === undefined ? '' : `, native by ${native}`}`,
    '',
  ]);
}

/** Returns the exit status: 1 where results differ. Throws UsageError. */
export async function bench(argv: readonly string[]): Promise<number> {
  const args = parseOptions(argv, BENCH_ROWS);
  if (args.flags.has('help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const words = [...args.words, ...(args.command ?? [])];
  if (words.length > 1) throw new UsageError('bench takes one NAME');
  const rounds = count('rounds', args.value('rounds'), 3);
  const milliseconds = count('time', args.value('time'), 300);
  const scale = count('scale', args.value('scale'), 1);
  const folder = mkdtempSync(join(tmpdir(), 'hartix-bench-'));
  try {
    if (args.flags.has('marks')) {
      const guest = bundleFile('bench/workloads.riscv64');
      printHost(undefined);
      print(await marksTable(guest, args.value('debian'), folder, rounds, progress));
      return 0;
    }
    const v86 = args.value('v86');
    if (v86 !== undefined) checkV86(v86);
    const hasX86 = v86 !== undefined;
    const native = nativeCompiler();
    const sources = globSync(join(bundleFile('bench'), '*.c')).sort();
    const workloads = [
      shippedWorkload(bundleFile('bench/workloads.riscv64'), sources, native, folder, hasX86),
      ...args.values('source').map((source) => compiledWorkload(source, native, folder, hasX86)),
    ];
    const all = contestants(
      { folder, linux: args.value('linux'), v86, hasNative: native !== undefined },
      skip,
    );
    printHost(native?.command ?? 'nobody');
    const options = { rounds, milliseconds, filter: words[0] ?? '' };
    const table = await workloadTable(all, workloads, options, progress);
    print(table);
    const debian = args.value('debian');
    if (debian === undefined) skip("Debian's programs: no root of them; name one with --debian");
    else print(['', ...(await programTable(debian, folder, { rounds, scale }, progress, skip))]);
    return table.some((line) => line.startsWith('RESULTS DIFFER')) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
