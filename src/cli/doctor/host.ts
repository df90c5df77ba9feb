/** What the checks of `hartix doctor` ask of the host. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { bundleFile, compileCacheFolder } from '../../api/bundle.ts';
import { boot } from '../../api/system.ts';
import { findZig } from '../host-file.ts';

export interface Host {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly processors: number;
  /** Bytes: of the host or its container, and of those what is free. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Rows and columns of the terminal; undefined where there is none. */
  readonly terminal: { readonly rows: number; readonly columns: number } | undefined;
  /** Of translations; undefined where it cannot be made. */
  readonly cacheFolder: string | undefined;
  readonly temporaryFolder: string;
  /** Bytes that are free where a folder is. */
  freeSpace(folder: string): number;
  isWritable(folder: string): boolean;
  /** Whether the engine takes a module. */
  validates(module: Uint8Array): boolean;
  /** Whether WebAssembly memory of so many pages can be shared between threads. */
  sharesMemory(pages: number): boolean;
  /** Path of a command, as the shell would find it. */
  commandPath(name: string): string | undefined;
  hasZig(): boolean;
  /** A file of the package; undefined if it is not there. */
  readPart(name: string): Uint8Array | undefined;
  /** Boots, runs a program of the guest and ends; resolves with the milliseconds that took. */
  tryBoot(): Promise<number>;
}

function commandPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path) && isAllowed(path, constants.X_OK));
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return false;
  }
}

function sharesMemory(pages: number): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    return memory.buffer instanceof SharedArrayBuffer;
  } catch (error) {
    // RangeError: no room; TypeError, ReferenceError: the engine has no such thing.
    if (error instanceof Error) return false;
    throw error;
  }
}

async function tryBoot(): Promise<number> {
  const start = performance.now();
  const os = await boot({ memory: '64M' });
  try {
    const { stdout, exitCode } = await os.exec('uname -m');
    if (exitCode !== 0 || stdout !== 'riscv64\n') {
      throw new Error(`uname ended with ${exitCode} and printed ${JSON.stringify(stdout)}`);
    }
  } finally {
    await os.close();
  }
  return performance.now() - start;
}

export function thisHost(): Host {
  const { stdout, env, platform, versions } = process;
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  return {
    nodeVersion: versions.node,
    platform,
    env,
    processors: availableParallelism(),
    memory: { total, free: Math.min(total, freemem(), process.availableMemory()) },
    terminal: stdout.isTTY ? { rows: stdout.rows, columns: stdout.columns } : undefined,
    cacheFolder: compileCacheFolder(),
    temporaryFolder: tmpdir(),
    freeSpace: (folder) => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    isWritable: (folder) => isAllowed(folder, constants.W_OK),
    // With --jitless there is no WebAssembly at all.
    validates: (module) =>
      'WebAssembly' in globalThis && WebAssembly.validate(new Uint8Array(module)),
    sharesMemory,
    commandPath,
    hasZig: () => findZig(dirname(join(process.cwd(), '_'))) !== undefined,
    readPart: (name) => {
      const file = bundleFile(name);
      return existsSync(file) ? readFileSync(file) : undefined;
    },
    tryBoot,
  };
}
