/** A pseudoterminal of the guest whose master is the host's: for programs that are spawned with a terminal. */
import { AT_FDCWD, O_NOCTTY, O_NONBLOCK, O_RDWR } from '../abi/fcntl.ts';
import type { File } from '../fs/file.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../kernel/task.ts';
import { setControllingTerminal } from '../kernel/tty/job-control.ts';
import { MasterFile } from '../kernel/tty/master-file.ts';
import { panic } from '../lib/panic.ts';
import type { WindowSize } from '../protocol.ts';
import type { StandardStreams } from './programs.ts';

/** The three standard descriptors are one open file, as a login gives them. */
const DESCRIPTORS = 3;

/** Throws ENOSPC when no pty is left. */
export function openTerminal(kernel: Kernel, size: WindowSize): StandardStreams {
  const opener: Task = kernel.init?.leader ?? panic('the kernel has not booted');
  const open = (path: string, flags: number): File =>
    kernel.vfs.open(opener, AT_FDCWD, path, flags | O_RDWR | O_NOCTTY, 0);
  const master = open('/dev/ptmx', O_NONBLOCK);
  if (!(master instanceof MasterFile)) panic('/dev/ptmx is no terminal multiplexer');
  const { pty } = master;
  pty.isLocked = false;
  pty.slave.resize(size.rows, size.columns);
  const slave = open(`/dev/pts/${pty.index}`, 0);
  slave.references = DESCRIPTORS;
  return {
    ends: { input: master, outputs: [master, undefined] },
    files: Array.from({ length: DESCRIPTORS }, () => slave),
    started: (process) => setControllingTerminal(process, pty.slave, false),
  };
}
