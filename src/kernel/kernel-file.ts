/** Open files of the kernel's own: devices, terminals, eventfds. What they can do beyond fs/file.ts, with a task in hand. */
import { EINVAL, ENOTDIR, ENOTTY, fail } from '../abi/errno.ts';
import { File } from '../fs/file.ts';
import type { DirectoryEntry, Inode } from '../fs/inode.ts';
import { drop, hold } from '../fs/references.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import type { Result } from './block.ts';
import type { Task } from './task.ts';

export abstract class KernelFile extends File {
  readonly isSeekable: boolean = false;
  /** lseek succeeds and changes nothing: devices and eventfds without a position. */
  readonly hasFixedPosition: boolean = false;
  /** A write is repeated until everything is taken; false for those that take one message, such as an eventfd. */
  readonly isStream: boolean = true;

  constructor(inode: Inode, flags: number) {
    super(inode, flags);
    hold(inode);
  }

  /** ioctl(2) of this kind of file. Throws ENOTTY for a request that it does not know. */
  ioctl(_task: Task, _request: number, _argument: number): Result {
    throw fail(ENOTTY, 'no such ioctl');
  }

  /** Job control and the like, before a read into `buffer`: a result ends the call. Sockets do all of it here. */
  beforeRead(_task: Task, _buffer: IoBuffer): Result | undefined {
    return undefined;
  }

  beforeWrite(_task: Task, _buffer: IoBuffer): Result | undefined {
    return undefined;
  }

  /** Each table that lets go is told by descriptorClosed; else those may be left out whose descriptor another table shares. */
  readonly hearsEveryClose: boolean = false;

  /** A descriptor that points here is closed, others may be left. */
  descriptorClosed(): void {
    return;
  }

  /** What /proc/<pid>/fdinfo says beyond the lines that all files have. */
  fdInfo(): string {
    return '';
  }

  override readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'not a directory');
  }

  override read(..._: Parameters<File['read']>): number {
    throw fail(EINVAL, 'not readable');
  }

  override write(..._: Parameters<File['write']>): number {
    throw fail(EINVAL, 'not writable');
  }

  override release(): void {
    drop(this.inode);
  }

  override describe(): string {
    return this.dentry?.name ?? 'file';
  }
}
