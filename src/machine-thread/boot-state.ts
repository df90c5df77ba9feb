/** The kernel of a machine that boots, up to its init. */
import { bootKernel, type HostMount, TOOLS_PATH } from '../kernel/boot.ts';
import { Kernel } from '../kernel/kernel.ts';
import { fromUnicode } from '../lib/bytes.ts';
import type { MachineOptions } from '../protocol.ts';
import { type Board, mountTag, toolsDisk } from './board.ts';
import { createEntropy } from './entropy.ts';
import type { SystemState } from './snapshot.ts';

const SEED_BYTES = 32;

function hostMounts(options: MachineOptions): HostMount[] {
  return options.mounts.map((mount, index) => ({
    tag: mountTag(index),
    path: fromUnicode(mount.guestPath),
    isReadOnly: mount.isReadOnly,
  }));
}

export function createKernel(board: Board, options: MachineOptions): Kernel {
  const seed = new Uint8Array(SEED_BYTES);
  createEntropy(options.deterministicSeed)(seed);
  return new Kernel(board.platform, { seed });
}

/** `console=hvc0` and what the user appended. */
export function bootArguments(options: MachineOptions): string {
  return ['console=hvc0', 'root=/dev/vda', options.commandLine].filter(Boolean).join(' ');
}

/** Throws KernelError, KernelPanic. */
export function bootState(kernel: Kernel, options: MachineOptions): SystemState {
  const tools = toolsDisk(options);
  const init = [
    tools === undefined ? '/bin/init' : `${TOOLS_PATH}/bin/init`,
    ...(tools === undefined ? [] : ['--tools', TOOLS_PATH]),
    ...(options.hasConsole ? [] : ['--no-console']),
  ];
  const environment = Object.entries(options.environment).map(([name, value]) =>
    fromUnicode(`${name}=${value}`),
  );
  const { limits } = options;
  bootKernel(kernel, {
    hostMounts: hostMounts(options),
    toolsDisk: tools,
    init,
    environment,
    maxTasks: limits.tasks,
    space: { bytes: limits.diskBytes, inodes: limits.inodes },
  });
  const commands = { listener: undefined, sockets: [] };
  return { kernel, programs: [], commands, hash: undefined, gate: undefined };
}

/** Limits that the user of a restored machine sets; those that it was booted with stay otherwise. */
export function limitRestored({ pids, vfs }: Kernel, { limits }: MachineOptions): void {
  pids.maxTasks = limits.tasks ?? pids.maxTasks;
  const space = { bytes: limits.diskBytes, inodes: limits.inodes };
  if (space.bytes !== undefined || space.inodes !== undefined)
    vfs.mounts.root.mount.fs.restrict?.(space);
}
