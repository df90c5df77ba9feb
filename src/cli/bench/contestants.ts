/** Who runs the workloads: Hartix, the host's processor, and the emulators that are on PATH. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { boot } from '../../api/system.ts';
import { UsageError } from '../usage-error.ts';
import { programArchive } from './cpio.ts';
import { runV86 } from './v86.ts';

/** A program in its forms. */
export interface Workload {
  /** File of the static riscv64 program. */
  readonly guest: string;
  /** File of the host's program; undefined without a compiler. */
  readonly native: string | undefined;
  /** File of the static i686 program; undefined where nobody takes it. */
  readonly x86: string | undefined;
}

export interface Contestant {
  readonly name: string;
  /** What the workload printed. Rejects if it fails. */
  run(workload: Workload, args: readonly string[]): Promise<string>;
}

const LINUX_TIMEOUT_MS = 1_800_000;

export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Standard output of a command of the host. Without blocking: a machine of ours may run in this process. */
export function runHost(
  command: string,
  args: readonly string[],
  options: { timeoutMs?: number; anyStatus?: boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject).on('close', (status, signal) => {
      if (status === 0 || (options.anyStatus && signal === null)) resolve(output);
      else reject(new UsageError(`${command} ${args.join(' ')}: ${errors || (signal ?? status)}`));
    });
  });
}

async function runHartix({ guest }: Workload, args: readonly string[]): Promise<string> {
  const system = await boot({
    mounts: { '/bench': `${dirname(guest)}:ro` },
    env: { HARTIX_INSTRET: '1' },
  });
  try {
    const command = [`/bench/${basename(guest)}`, ...args].join(' ');
    const { stdout, stderr, exitCode } = await system.exec(command);
    if (exitCode !== 0) throw new UsageError(`${command} in Hartix: status ${exitCode} ${stderr}`);
    return stdout;
  } finally {
    await system.close();
  }
}

/** The program as the only one of a Linux: it is init, and the panic at its end switches QEMU off. */
async function runLinux(
  kernel: string,
  folder: string,
  { guest }: Workload,
  args: readonly string[],
): Promise<string> {
  const initrd = join(folder, `${basename(guest)}.cpio.gz`);
  writeFileSync(initrd, programArchive(guest));
  const append = `console=ttyS0 quiet panic=-1 rdinit=/init -- ${args.join(' ')}`;
  const machine = ['-M', 'virt', '-m', '512M', '-nographic', '-no-reboot'];
  const files = ['-kernel', kernel, '-initrd', initrd, '-append', append];
  return runHost('qemu-system-riscv64', [...machine, ...files], {
    timeoutMs: LINUX_TIMEOUT_MS,
    anyStatus: true,
  });
}

export interface Peers {
  /** For files on the way. */
  readonly folder: string;
  /** A kernel for qemu-system-riscv64. */
  readonly linux: string | undefined;
  /** A folder with v86 and what it boots: v86.ts. */
  readonly v86: string | undefined;
  readonly hasNative: boolean;
}

/** Hartix first. Tells `skip` who is missing, and why. */
export function contestants(
  { folder, linux, v86, hasNative }: Peers,
  skip: (reason: string) => void,
): Contestant[] {
  const found: Contestant[] = [{ name: 'Hartix', run: runHartix }];
  if (hasNative) {
    found.push({ name: 'native', run: ({ native = '' }, args) => runHost(native, args) });
  } else skip('native: no C compiler (zig, clang, gcc or cc) on PATH');
  if (isInstalled('qemu-riscv64')) {
    const run: Contestant['run'] = ({ guest }, args) => runHost('qemu-riscv64', [guest, ...args]);
    found.push({ name: 'qemu-riscv64', run });
  } else skip('qemu-riscv64: not on PATH');
  if (!isInstalled('qemu-system-riscv64')) skip('qemu-system-riscv64: not on PATH');
  else if (linux === undefined) skip('qemu-system-riscv64: no Linux for it; name one with --linux');
  else {
    const run: Contestant['run'] = (workload, args) => runLinux(linux, folder, workload, args);
    found.push({ name: 'qemu-system-riscv64', run });
  }
  if (v86 === undefined) skip('v86: nothing of it; name a folder with --v86');
  else found.push({ name: 'v86', run: ({ x86 = '' }, args) => runV86(v86, x86, args) });
  return found;
}
