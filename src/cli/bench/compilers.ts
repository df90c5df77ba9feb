/** The workloads' programs: those of the package, and C files that are compiled for guest and host. */
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { isInstalled, type Workload } from './contestants.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const FLAGS = ['-O2', '-w'];

/** A command with the arguments that make a program for this host. */
interface Compiler {
  readonly command: string;
  readonly args: readonly string[];
}

/** zig first: it is the guest's compiler too, with the same C library. */
export function nativeCompiler(): Compiler | undefined {
  const architecture = process.platform === 'linux' ? ARCHITECTURES[process.arch] : undefined;
  const target = architecture ? ['-target', `${architecture}-linux-musl`, '-static'] : [];
  if (spawnSync('zig', ['version'], { stdio: 'ignore' }).status === 0)
    return { command: 'zig', args: ['cc', ...target] };
  const command = ['clang', 'gcc', 'cc'].find(isInstalled);
  return command === undefined ? undefined : { command, args: [] };
}

/** Throws UsageError with what the compiler said. */
function compile({ command, args }: Compiler, sources: readonly string[], output: string): void {
  const all = [...args, ...FLAGS, ...sources, '-o', output, '-lm'];
  const { status, stderr } = spawnSync(command, all, { encoding: 'utf8' });
  if (status !== 0) throw new UsageError(`cannot compile ${sources.join(' ')}: ${stderr}`);
}

/** For v86, which is a Pentium 4. Returns the file. Throws UsageError. */
function x86Program(sources: readonly string[], output: string): string {
  const target = ['-target', 'x86-linux-musl', '-mcpu=pentium4', '-static'];
  compile({ command: 'zig', args: ['cc', ...target] }, sources, output);
  return output;
}

/** Of the package: `guest` is its riscv64 program, made of `sources`. */
export function shippedWorkload(
  guest: string,
  sources: readonly string[],
  native: Compiler | undefined,
  folder: string,
  hasX86: boolean,
): Workload {
  const output = join(folder, 'workloads.native');
  if (native !== undefined) compile(native, sources, output);
  return {
    guest,
    native: native && output,
    x86: hasX86 ? x86Program(sources, join(folder, 'workloads.x86')) : undefined,
  };
}

/** Of a C file of the user's. Throws UsageError where there is no zig. */
export function compiledWorkload(
  source: string,
  native: Compiler | undefined,
  folder: string,
  hasX86: boolean,
): Workload {
  if (native?.command !== 'zig') throw new UsageError(`--source ${source}: zig is not on PATH`);
  const path = join(folder, basename(source, '.c'));
  const guest = { command: 'zig', args: ['cc', '-target', 'riscv64-linux-musl', '-static'] };
  compile(guest, [source], `${path}.riscv64`);
  compile(native, [source], `${path}.native`);
  return {
    guest: `${path}.riscv64`,
    native: `${path}.native`,
    x86: hasX86 ? x86Program([source], `${path}.x86`) : undefined,
  };
}
