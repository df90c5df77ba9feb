/** The file descriptors of a process. Linux: struct files_struct. */
import { EBADF, EMFILE, fail } from '../abi/errno.ts';
import { O_ACCMODE, O_PATH, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE } from '../abi/inotify.ts';
import type { File } from '../fs/file.ts';
import { notifyFile } from '../fs/notify.ts';
import { isWritable } from '../fs/references.ts';
import { KernelFile } from './kernel-file.ts';
import type { OpenFiles } from './open-files.ts';

interface Slot {
  readonly file: File;
  isCloseOnExec: boolean;
}

export class FileTable {
  /** Processes and threads that share it (CLONE_FILES). */
  references = 1;
  private readonly slots: (Slot | undefined)[] = [];
  /** No descriptor below this one is free. */
  private firstFree = 0;
  private readonly locks: OpenFiles;

  constructor(locks: OpenFiles) {
    this.locks = locks;
  }

  /** The open file, for a call that needs the access. Throws EBADF: not open, O_PATH, or opened without that access. */
  get(fd: number, access?: 'readable' | 'writable'): File {
    const file = this.slots[fd]?.file;
    if (file === undefined || (file.flags & O_PATH) !== 0) throw fail(EBADF, 'descriptor');
    if (access === undefined) return file;
    const denied = access === 'readable' ? O_WRONLY : O_RDONLY;
    if ((file.flags & O_ACCMODE) === denied) throw fail(EBADF, `descriptor is not ${access}`);
    return file;
  }

  /** As get, for the few calls that take O_PATH descriptors too. */
  getAny(fd: number): File {
    const file = this.slots[fd]?.file;
    if (file === undefined) throw fail(EBADF, 'descriptor');
    return file;
  }

  find(fd: number): File | undefined {
    return this.slots[fd]?.file;
  }

  /** The lowest free descriptor from `minimum` on, for `file`, whose reference passes to the table. Throws EMFILE. */
  allocate(file: File, isCloseOnExec: boolean, limit: number, minimum = 0): number {
    const fd = this.findFree(minimum);
    if (fd >= limit) throw fail(EMFILE, 'RLIMIT_NOFILE');
    this.put(fd, file, isCloseOnExec);
    return fd;
  }

  /** Throws EMFILE unless `count` descriptors are free, ENFILE unless there may be as many open files more: for calls that must not fail half way. */
  reserve(count: number, limit: number): void {
    let fd = this.firstFree;
    for (let left = count; left > 0; fd++) if (this.slots[fd] === undefined) left--;
    if (fd > limit) throw fail(EMFILE, 'RLIMIT_NOFILE');
    this.locks.checkRoom(count);
  }

  hasFree(limit: number): boolean {
    return this.findFree(0) < limit;
  }

  /** dup2: `fd` now is `file`, whose reference passes to the table; what was there is closed. */
  replace(fd: number, file: File, isCloseOnExec: boolean): void {
    const before = this.slots[fd];
    this.put(fd, file, isCloseOnExec);
    if (before) this.letGo(before.file);
  }

  close(fd: number): void {
    const slot = this.slots[fd];
    if (slot === undefined) throw fail(EBADF, 'descriptor');
    this.slots[fd] = undefined;
    this.firstFree = Math.min(this.firstFree, fd);
    this.letGo(slot.file);
  }

  isCloseOnExec(fd: number): boolean {
    return this.slots[fd]?.isCloseOnExec === true;
  }

  setCloseOnExec(fd: number, value: boolean): void {
    const slot = this.slots[fd];
    if (slot === undefined) throw fail(EBADF, 'descriptor');
    slot.isCloseOnExec = value;
  }

  /** Open descriptors in order. */
  descriptors(): number[] {
    const open: number[] = [];
    for (let fd = 0; fd < this.slots.length; fd++) if (this.slots[fd]) open.push(fd);
    return open;
  }

  /** FDSize of /proc/<pid>/status: Linux grows the table in powers of two from 64 on. */
  get capacity(): number {
    let capacity = 64;
    while (capacity < this.slots.length) capacity *= 2;
    return capacity;
  }

  /** For fork: the same open files, descriptors of its own. */
  copy(): FileTable {
    const copy = new FileTable(this.locks);
    copy.firstFree = this.firstFree;
    for (let fd = 0; fd < this.slots.length; fd++) {
      const slot = this.slots[fd];
      if (slot === undefined) continue;
      slot.file.references++;
      copy.slots[fd] = { file: slot.file, isCloseOnExec: slot.isCloseOnExec };
    }
    return copy;
  }

  /** exec: the table is the caller's own by now. */
  closeOnExec(): void {
    for (const fd of this.descriptors()) if (this.isCloseOnExec(fd)) this.close(fd);
  }

  /** A process exits: drop its share; the last one closes everything. */
  closeAll(): void {
    if (--this.references > 0) return;
    for (const fd of this.descriptors()) this.close(fd);
  }

  private findFree(minimum: number): number {
    let fd = Math.max(minimum, this.firstFree);
    while (this.slots[fd] !== undefined) fd++;
    if (minimum <= this.firstFree) this.firstFree = fd;
    return fd;
  }

  private put(fd: number, file: File, isCloseOnExec: boolean): void {
    this.locks.add(file);
    while (this.slots.length < fd) this.slots.push(undefined);
    this.slots[fd] = { file, isCloseOnExec };
  }

  /** Closing any descriptor of a file ends the process's record locks on it (fcntl(2)); the last one ends the file's own. */
  private letGo(file: File): void {
    if (file.inode.locks) this.locks.releaseOwner(file.inode, this);
    if (file instanceof KernelFile) file.descriptorClosed();
    dropFile(file, this.locks);
  }
}

function closeEvent({ flags }: File): number {
  return isWritable(flags) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE;
}

/** One holder of an open file is gone; the last one releases it. */
export function dropFile(file: File, locks: OpenFiles): void {
  if (--file.references > 0) return;
  locks.remove(file);
  if ((file.flags & O_PATH) === 0) notifyFile(file, closeEvent(file));
  if (file.inode.locks) locks.releaseOwner(file.inode, file);
  file.attention?.stop();
  file.release();
}
