/** Opening terminals by their device files. */
import { EIO, ENXIO, fail } from '../../abi/errno.ts';
import { O_NOCTTY } from '../../abi/fcntl.ts';
import type { File } from '../../fs/file.ts';
import type { DeviceOpen } from '../devfs/devices.ts';
import { checkExclusive } from './ioctl.ts';
import { takeOnOpen } from './job-control.ts';
import { MasterFile } from './master-file.ts';
import { createPty } from './pty.ts';
import type { Tty } from './tty.ts';
import { TtyFile } from './tty-file.ts';

function openTty(request: DeviceOpen, tty: Tty, isConsole = false): File {
  const { task, flags, inode } = request;
  checkExclusive(tty, task === undefined || task.credentials.euid === 0);
  const file = new TtyFile(inode, flags, tty, isConsole);
  if (task && !isConsole && (flags & O_NOCTTY) === 0) takeOnOpen(task.process, tty);
  return file;
}

/** A line: ttyS0, hvc0. Throws ENXIO when the machine has none of that number. */
export function openTerminal(request: DeviceOpen): File {
  const tty = request.kernel.terminals.byDevice.get(request.inode.rdev);
  if (!tty) throw fail(ENXIO, 'no such line');
  return openTty(request, tty);
}

/** /dev/tty. Throws ENXIO for a process without controlling terminal. */
export function openControllingTerminal(request: DeviceOpen): File {
  const tty = request.task?.process.session.terminal;
  if (!tty) throw fail(ENXIO, 'no controlling terminal');
  return openTty(request, tty);
}

/** /dev/console: never becomes the controlling terminal by itself. */
export function openSystemConsole(request: DeviceOpen): File {
  const tty = request.kernel.terminals.console;
  if (!tty) throw fail(ENXIO, 'no console');
  return openTty(request, tty, true);
}

/** /dev/ptmx: a new pair. */
export function openMaster({ kernel, inode, flags }: DeviceOpen): File {
  return new MasterFile(inode, flags, createPty(kernel));
}

/** /dev/pts/N. Throws EIO while it is locked or its master is gone, ENXIO when there never was one. */
export function openSlave(request: DeviceOpen): File {
  const pty = request.kernel.terminals.ptys.get(request.minor);
  if (!pty) throw fail(ENXIO, 'no such pty');
  if (pty.isLocked || pty.isGone) throw fail(EIO, 'locked or closed');
  return openTty(request, pty.slave);
}
