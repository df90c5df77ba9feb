/** A pseudoterminal whose master is the host: `spawn` with a terminal, and the windows of the user interface. */
import { O_RDWR } from '../abi/fcntl.ts';
import { IUTF8 } from '../abi/termios.ts';
import { lookup } from '../fs/dentry-cache.ts';
import type { File } from '../fs/file.ts';
import { ByteQueue } from '../lib/byte-queue.ts';
import { panic } from '../lib/panic.ts';
import type { Kernel } from './kernel.ts';
import type { Process } from './process.ts';
import { attachTerminal } from './tty/job-control.ts';
import { createPty, type Pty } from './tty/pty.ts';
import { TtyFile } from './tty/tty-file.ts';

/** Input that waits for room in the terminal. */
const INPUT_BYTES = 1 << 20;

export class HostTerminal {
  readonly pty: Pty;
  private readonly kernel: Kernel;
  private readonly pending = new ByteQueue(INPUT_BYTES);

  /** Throws ENOSPC when no pty is left. */
  constructor(kernel: Kernel, rows: number, columns: number) {
    this.kernel = kernel;
    this.pty = createPty(kernel);
    this.pty.isLocked = false;
    this.pty.slave.settings.iflag |= IUTF8;
    this.resize(rows, columns);
  }

  /** The slave as an open file with one reference, for the process's descriptors. */
  openSlave(): File {
    const { vfs } = this.kernel;
    const mount = vfs.mounts.mounts.find(({ fs }) => fs.type.name === 'devpts');
    const dentry = mount && lookup(mount.root, String(this.pty.index));
    if (!dentry) panic('a host terminal needs devpts');
    const file = new TtyFile(dentry.inode, O_RDWR, this.pty.slave);
    file.dentry = dentry;
    return file;
  }

  /** Make it the controlling terminal of a session leader that was just started. */
  attach(process: Process): void {
    attachTerminal(process, this.pty.slave);
  }

  /** Type bytes in; what the terminal has no room for is kept. Returns how many bytes were taken or kept. */
  write(bytes: Uint8Array): number {
    const count = this.pending.push(bytes);
    this.deliver();
    return count;
  }

  /** Hand kept input on, as far as there is room. Returns how many bytes went to the terminal. */
  deliver(): number {
    const bytes = this.pending.peek(this.pending.length);
    if (bytes.length === 0) return 0;
    const taken = this.pty.giveInput(bytes);
    this.pending.shift(taken);
    return taken;
  }

  /** Bytes that are kept. */
  get pendingBytes(): number {
    return this.pending.length;
  }

  /** What the terminal shows, at most `limit` bytes; empty when there is nothing new. */
  take(limit: number): Uint8Array {
    return this.pty.output.length === 0 ? new Uint8Array(0) : this.pty.takeOutput(limit);
  }

  resize(rows: number, columns: number): void {
    this.pty.slave.resize(rows, columns);
  }

  /** To the foreground process group. */
  signal(signal: number): void {
    this.pty.slave.signal(signal);
  }

  /** The host's window was closed: the session gets SIGHUP. */
  close(): void {
    this.pty.closeMaster();
  }
}
