/** The last part of booting: the root and the other file systems that every process expects, then init. Linux: init/do_mounts.c. */
import { EEXIST, ENODEV, fail, KernelError } from '../abi/errno.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_RELATIME } from '../abi/mount.ts';
import type { Dentry } from '../fs/dentry.ts';
import { makeDirectory } from '../fs/directory-operations.ts';
import type { FileSystemType, SpaceLimit } from '../fs/filesystem.ts';
import { type PathContext, resolve, resolveNew } from '../fs/path.ts';
import { ROOT_IDENTITY } from '../fs/permission.ts';
import { panic } from '../lib/panic.ts';
import { FILE_SYSTEMS, findFileSystem } from './filesystems.ts';
import type { Kernel } from './kernel.ts';
import { KernelPanic } from './kernel-panic.ts';
import { startMigration } from './migration.ts';

/** A folder of the host: the mount tag of a 9p channel and where it goes. */
export interface HostMount {
  readonly tag: string;
  /** Absolute; made if it does not exist. */
  readonly path: string;
  readonly isReadOnly: boolean;
}

/** Where a root of another system finds Hartix's own, with its init. */
export const TOOLS_PATH = '/run/hartix';

export interface BootOptions {
  readonly hostMounts: readonly HostMount[];
  /** The disk of Hartix's own system, mounted read-only at TOOLS_PATH; undefined if that is the root. */
  readonly toolsDisk: string | undefined;
  /** argv of init. */
  readonly init: readonly string[];
  /** `NAME=value` strings. */
  readonly environment: readonly string[];
  /** threads-max; Linux's by default. */
  readonly maxTasks?: number | undefined;
  /** What files of the root may take in addition. */
  readonly space?: SpaceLimit;
}

const DEFAULT_ROOT = '/dev/vda';

/** Mounted by the kernel, so that a session of the API finds them without waiting for init. */
const SYSTEM_MOUNTS: readonly (readonly [type: string, path: string, flags: number])[] = [
  ['devtmpfs', '/dev', MS_NOSUID],
  ['devpts', '/dev/pts', MS_NOSUID | MS_NOEXEC],
  ['tmpfs', '/dev/shm', MS_NOSUID | MS_NODEV],
  ['mqueue', '/dev/mqueue', MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ['proc', '/proc', MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ['sysfs', '/sys', MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ['tmpfs', '/tmp', MS_NOSUID | MS_NODEV],
  ['tmpfs', '/run', MS_NOSUID | MS_NODEV],
];
/** Group 5 is tty. */
const SYSTEM_OPTIONS: Readonly<Record<string, string>> = {
  '/dev/pts': 'gid=5,mode=620,ptmxmode=666',
  '/run': 'mode=755',
};

function rootContext(kernel: Kernel): PathContext {
  const { root } = kernel.vfs.mounts;
  return { root, cwd: root, identity: ROOT_IDENTITY };
}

/** The directory `path`, made with its parents where it is missing. */
function directoryAt(kernel: Kernel, path: string): Dentry {
  let made = '';
  for (const name of path.split('/').filter(Boolean)) {
    made += `/${name}`;
    try {
      const { parent, name: last } = resolveNew(made, rootContext(kernel), true);
      makeDirectory(parent, last, 0o755, ROOT_IDENTITY);
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== EEXIST) throw error;
    }
  }
  return resolve(made || '/', rootContext(kernel));
}

function mount(
  kernel: Kernel,
  type: FileSystemType,
  source: string,
  path: string,
  flags: number,
): void {
  const options = SYSTEM_OPTIONS[path] ?? '';
  const at = path === '/' ? undefined : directoryAt(kernel, path);
  const fs = type.mount(source, options, (flags & MS_RDONLY) !== 0, kernel.vfs.context);
  kernel.vfs.mounts.mount(fs, source, flags, options, at);
}

/** The first type that takes the disk; rootfstype= on the command line names one. Panics when there is none. */
function mountRoot(kernel: Kernel): void {
  const source = kernel.commandLine.get('root') ?? DEFAULT_ROOT;
  const wanted = kernel.commandLine.get('rootfstype');
  const flags = MS_RELATIME | (kernel.commandLine.has('ro') ? MS_RDONLY : 0);
  let failure: unknown;
  for (const type of FILE_SYSTEMS) {
    if (!type.requiresDevice || (wanted !== undefined && type.name !== wanted)) continue;
    try {
      mount(kernel, type, source, '/', flags);
      kernel.printk(`VFS: Mounted root (${type.name} filesystem) on ${source}`);
      return;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      failure ??= error;
    }
  }
  const reason = failure instanceof KernelError ? failure.message : 'no file system type';
  panic(`VFS: Unable to mount root fs on ${source}: ${reason}`);
}

function systemType(name: string): FileSystemType {
  const type = findFileSystem(name);
  if (!type) throw fail(ENODEV, `no file system ${name}`);
  return type;
}

/** Nobody is there yet whom an error could be given to. */
function orPanic(kernel: Kernel, step: () => void): void {
  try {
    step();
  } catch (error) {
    throw new KernelPanic(kernel, 0, error);
  }
}

/** `early_fault=ADDRESS` on the command line: the kernel loads from there before it has a root, to see what becomes of it. */
function faultEarly({ commandLine, arch }: Kernel): void {
  const address = commandLine.get('early_fault');
  if (address !== undefined) arch.platform.readMmio(Number(address), 4);
}

/**
 * Probe, mount, start init. Throws an Error that says so when a host folder cannot be had, KernelPanic when the machine cannot be
 * brought up, or has no root or no init.
 */
export function bootKernel(kernel: Kernel, options: BootOptions): void {
  orPanic(kernel, () => {
    kernel.probe();
    faultEarly(kernel);
    mountRoot(kernel);
    if (options.space) kernel.vfs.mounts.root.mount.fs.restrict?.(options.space);
  });
  kernel.pids.maxTasks = options.maxTasks ?? kernel.pids.maxTasks;
  for (const [type, path, flags] of SYSTEM_MOUNTS) {
    mount(kernel, systemType(type), type, path, flags | MS_RELATIME);
  }
  if (options.toolsDisk !== undefined) {
    mount(kernel, systemType('ext2'), options.toolsDisk, TOOLS_PATH, MS_RDONLY | MS_NODEV);
  }
  for (const { tag, path, isReadOnly } of options.hostMounts) {
    try {
      mount(kernel, systemType('9p'), tag, path, MS_RELATIME | (isReadOnly ? MS_RDONLY : 0));
    } catch (cause) {
      if (!(cause instanceof KernelError)) throw cause;
      throw new Error(`mount: the guest cannot have a folder at '${path}': ${cause.message}`, {
        cause,
      });
    }
    kernel.printk(`9p: host folder ${tag} on ${path}${isReadOnly ? ', read-only' : ''}`);
  }
  kernel.printk(`Run ${options.init.join(' ')} as init process`);
  orPanic(kernel, () => {
    kernel.init = kernel.spawnSession({
      arguments: options.init,
      environment: options.environment,
      files: [],
      cwd: '/',
    });
    startMigration(kernel);
    kernel.kswapd.start();
  });
}
