/** The master of a pseudoterminal as an open file: /dev/ptmx. */
import { EAGAIN, EINVAL, EIO, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NOCTTY } from '../../abi/fcntl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import {
  FIONREAD,
  TCFLSH,
  TCOFLUSH,
  TIOCGPKT,
  TIOCGPTLCK,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCPKT,
  TIOCSIG,
  TIOCSPTLCK,
} from '../../abi/termios.ts';
import { lookup } from '../../fs/dentry-cache.ts';
import type { Inode } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import type { Result } from '../block.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { checkFlush, ttyIoctl } from './ioctl.ts';
import type { Pty } from './pty.ts';

const WRITE_CHUNK = 4096;
const SIGNALS = 64;

export class MasterFile extends KernelFile {
  readonly pty: Pty;

  constructor(inode: Inode, flags: number, pty: Pty) {
    super(inode, flags);
    this.pty = pty;
  }

  override get waitQueue(): WaitQueue {
    return this.pty.queue;
  }

  poll(): number {
    const { pty } = this;
    let events = POLLOUT | POLLWRNORM;
    if (pty.output.length > 0) events |= POLLIN | POLLRDNORM;
    if (pty.packetStatus !== 0) events |= POLLIN | POLLRDNORM | POLLPRI;
    if (pty.isSlaveClosed) events |= POLLHUP;
    return events;
  }

  override read(buffer: IoBuffer): number {
    const { pty } = this;
    if (buffer.length === 0) return 0;
    if (!pty.isPacketMode) {
      const bytes = pty.takeOutput(buffer.length);
      buffer.copyIn(bytes, 0);
      return bytes.length;
    }
    const status = pty.packetStatus;
    if (status !== 0) {
      pty.packetStatus = 0;
      buffer.copyIn(Uint8Array.of(status), 0);
      return 1;
    }
    const bytes = pty.takeOutput(buffer.length - 1);
    buffer.copyIn(Uint8Array.of(0), 0);
    buffer.copyIn(bytes, 1);
    return bytes.length + 1;
  }

  override write(buffer: IoBuffer): number {
    if (this.pty.isSlaveClosed) throw fail(EIO, 'the slave is closed');
    const bytes = new Uint8Array(Math.min(buffer.length, WRITE_CHUNK));
    buffer.copyOut(bytes, 0);
    const taken = this.pty.giveInput(bytes);
    if (taken === 0 && bytes.length > 0) throw fail(EAGAIN, 'the slave is full');
    return taken;
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    const { pty } = this;
    const { memory } = task;
    switch (request) {
      case TIOCGPTN:
        memory.writeU32(argument, pty.index);
        return 0;
      case TIOCSPTLCK:
        pty.isLocked = memory.readU32(argument) !== 0;
        return 0;
      case TIOCGPTLCK:
        memory.writeU32(argument, pty.isLocked ? 1 : 0);
        return 0;
      case TIOCPKT:
        pty.isPacketMode = memory.readU32(argument) !== 0;
        pty.packetStatus = 0;
        return 0;
      case TIOCGPKT:
        memory.writeU32(argument, pty.isPacketMode ? 1 : 0);
        return 0;
      case TIOCSIG:
        if (argument <= 0 || argument > SIGNALS) throw fail(EINVAL, 'signal');
        pty.slave.signal(argument);
        return 0;
      case TIOCGPTPEER:
        return this.openPeer(task, argument);
      case TCFLSH:
        checkFlush(argument);
        // What was written is with the slave already, and stays there: tcflush is about this end, not the other.
        if (argument !== TCOFLUSH) pty.flushInput();
        return 0;
      case FIONREAD:
        memory.writeU32(argument, pty.output.length);
        return 0;
      default:
        return (
          ttyIoctl(task, pty.slave, request, argument, true) ?? super.ioctl(task, request, argument)
        );
    }
  }

  /** The slave by the file system of ptys, whatever is mounted where. */
  private openPeer(task: Task, flags: number): Result {
    const { process, kernel } = task;
    const { vfs } = kernel;
    const mount = vfs.mounts.mounts.find(({ fs }) => fs.type.name === 'devpts');
    const dentry = mount && lookup(mount.root, String(this.pty.index));
    if (!dentry) throw fail(EIO, 'devpts is not mounted');
    const limit = process.limit(RLIMIT_NOFILE);
    task.files.reserve(1, limit);
    const file = vfs.openInode(task, dentry, flags | O_NOCTTY);
    return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
  }

  override release(): void {
    this.pty.closeMaster();
    super.release();
  }

  override describe(): string {
    return '/dev/ptmx';
  }
}
