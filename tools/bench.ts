/**
 * The benchmark table of the README: `hartix bench` with the kernels of ../shared/bench, Debian's Linux for qemu-system-riscv64, v86 and
 * Debian's programs, as far as they can be had; then the cold start. `bench.ts [OPTION of hartix bench…] [NAME]`
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { median } from '../src/cli/bench/rates.ts';
import { linuxGuest } from '../test/machine/linux-guest.ts';
import { v86Guest } from '../test/machine/v86-guest.ts';
import { debianFolder } from '../test/support/debian.ts';

const CLI = resolve(import.meta.dirname, '../dist/cli.js');
const KERNELS = resolve(import.meta.dirname, '../../shared/bench/kernels.c');
const PACKAGES = ['base-files', 'gzip', 'coreutils', 'mawk', 'python3', 'sqlite3', 'gcc'];
const COLD_START_RUNS = 10;

function run(args: readonly string[], stdio: 'inherit' | 'ignore'): void {
  const { status, signal } = spawnSync(process.execPath, [CLI, ...args], { stdio });
  if (status !== 0) throw new Error(`hartix ${args.join(' ')}: ${signal ?? status}`);
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, value];
}

const hasKernels = existsSync(KERNELS);
if (!hasKernels) process.stderr.write(`SKIPPED: no kernels at ${KERNELS}\n`);
run(
  [
    'bench',
    ...option('source', hasKernels ? KERNELS : undefined),
    ...option('linux', linuxGuest([])?.kernel),
    ...option('v86', v86Guest()),
    ...option('debian', debianFolder('bench', PACKAGES, true)),
    ...process.argv.slice(2),
  ],
  'inherit',
);
const times = Array.from({ length: COLD_START_RUNS }, () => {
  const start = performance.now();
  run(['run', '--', 'true'], 'ignore');
  return performance.now() - start;
});
process.stdout.write(
  `\ncold start, hartix run -- true: median ${median(times).toFixed(0)} ms of ${times.map((time) => time.toFixed(0)).join(' ')}\n`,
);
