/** The file descriptors of a process. Linux: struct files_struct. */
import { EBADF, EMFILE, fail } from '../abi/errno.ts';
import { O_ACCMODE, O_PATH, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE } from '../abi/inotify.ts';
import type { File } from '../fs/file.ts';
import { notifyFile } from '../fs/notify.ts';
import { isWritable } from '../fs/references.ts';
import {
  ALL_OPEN,
  CHUNK_DESCRIPTORS,
  CHUNK_SHIFT,
  DescriptorChunk,
  lowestBit,
} from './descriptor-chunk.ts';
import { KernelFile } from './kernel-file.ts';
import type { OpenFiles } from './open-files.ts';

/** Of a descriptor, its place in its chunk. */
const PLACE = CHUNK_DESCRIPTORS - 1;

/** What a table has of its descriptors is in chunks, which fork shares. */
export class FileTable {
  /** Processes and threads that share it (CLONE_FILES). */
  references = 1;
  private chunks: (DescriptorChunk | undefined)[] = [];
  /** No descriptor below this one is free. */
  private firstFree = 0;
  private readonly locks: OpenFiles;

  constructor(locks: OpenFiles) {
    this.locks = locks;
  }

  /** The open file, for a call that needs the access. Throws EBADF: not open, O_PATH, or opened without that access. */
  get(fd: number, access?: 'readable' | 'writable'): File {
    const file = this.find(fd);
    if (file === undefined || (file.flags & O_PATH) !== 0) throw fail(EBADF, 'descriptor');
    if (access === undefined) return file;
    const denied = access === 'readable' ? O_WRONLY : O_RDONLY;
    // Mode 3 is for ioctl(2) alone.
    const mode = file.flags & O_ACCMODE;
    if (mode === denied || mode === O_ACCMODE) throw fail(EBADF, `descriptor is not ${access}`);
    return file;
  }

  /** As get, for the few calls that take O_PATH descriptors too. */
  getAny(fd: number): File {
    const file = this.find(fd);
    if (file === undefined) throw fail(EBADF, 'descriptor');
    return file;
  }

  find(fd: number): File | undefined {
    return this.chunks[fd >> CHUNK_SHIFT]?.files[fd & PLACE];
  }

  /** The lowest free descriptor from `minimum` on, for `file`, whose reference passes to the table. Throws EMFILE. */
  allocate(file: File, isCloseOnExec: boolean, limit: number, minimum = 0): number {
    const fd = this.findFree(minimum);
    if (fd >= limit) throw fail(EMFILE, 'RLIMIT_NOFILE');
    this.locks.add(file);
    this.own(fd).put(fd & PLACE, file, isCloseOnExec);
    return fd;
  }

  /** Throws EMFILE unless `count` descriptors are free, ENFILE unless there may be as many open files more: for calls that must not fail half way. */
  reserve(count: number, limit: number): void {
    let fd = this.firstFree;
    for (let left = count; left > 0; left--) fd = this.findFreeFrom(fd) + 1;
    if (fd > limit) throw fail(EMFILE, 'RLIMIT_NOFILE');
    this.locks.checkRoom(count);
  }

  hasFree(limit: number): boolean {
    return this.findFree(0) < limit;
  }

  /** dup2: `fd` now is `file`, whose reference passes to the table; what was there is closed. */
  replace(fd: number, file: File, isCloseOnExec: boolean): void {
    const chunk = this.own(fd);
    const before = chunk.files[fd & PLACE];
    this.locks.add(file);
    chunk.put(fd & PLACE, file, isCloseOnExec);
    if (before) this.letGo(before);
  }

  close(fd: number): void {
    const file = this.find(fd);
    if (file === undefined) throw fail(EBADF, 'descriptor');
    this.own(fd).take(fd & PLACE);
    this.firstFree = Math.min(this.firstFree, fd);
    this.letGo(file);
  }

  isCloseOnExec(fd: number): boolean {
    return (((this.chunks[fd >> CHUNK_SHIFT]?.closeOnExec ?? 0) >>> (fd & PLACE)) & 1) === 1;
  }

  setCloseOnExec(fd: number, value: boolean): void {
    if (this.find(fd) === undefined) throw fail(EBADF, 'descriptor');
    if (this.isCloseOnExec(fd) !== value) this.own(fd).setCloseOnExec(fd & PLACE, value);
  }

  /** Open descriptors in order. */
  descriptors(): number[] {
    return this.withBits(({ open }) => open);
  }

  /** FDSize of /proc/<pid>/status: Linux grows the table in powers of two from 64 on. */
  get capacity(): number {
    let capacity = 64;
    while (capacity < this.chunks.length * CHUNK_DESCRIPTORS) capacity *= 2;
    return capacity;
  }

  /** For fork: the same open files, descriptors of its own. It costs as much as there are chunks. */
  copy(): FileTable {
    const copy = new FileTable(this.locks);
    copy.firstFree = this.firstFree;
    while (this.chunks.at(-1)?.open === 0) this.chunks.pop();
    // Not pushed one by one: an array that grows is copied over and over.
    copy.chunks = this.chunks.slice();
    for (const chunk of copy.chunks) if (chunk) chunk.tables++;
    return copy;
  }

  /** exec: the table is the caller's own by now. */
  closeOnExec(): void {
    for (const fd of this.withBits((chunk) => chunk.closeOnExec)) this.close(fd);
  }

  /** A process exits: drop its share; the last one closes everything. */
  closeAll(): void {
    if (--this.references > 0) return;
    const ownsLocks = this.locks.hasOwned(this);
    this.chunks.forEach((chunk, index) => {
      if (!chunk) return;
      if (chunk.tables > 1 && !ownsLocks && !chunk.hasListeners) chunk.tables--;
      else this.closeChunk(index, chunk);
    });
    this.chunks = [];
    this.firstFree = 0;
  }

  private closeChunk(index: number, { open }: DescriptorChunk): void {
    for (let left = open; left !== 0; left &= left - 1)
      this.close(index * CHUNK_DESCRIPTORS + lowestBit(left));
  }

  private withBits(bitsOf: (chunk: DescriptorChunk) => number): number[] {
    const found: number[] = [];
    this.chunks.forEach((chunk, index) => {
      for (let left = chunk ? bitsOf(chunk) : 0; left !== 0; left &= left - 1)
        found.push(index * CHUNK_DESCRIPTORS + lowestBit(left));
    });
    return found;
  }

  private findFree(minimum: number): number {
    const fd = this.findFreeFrom(Math.max(minimum, this.firstFree));
    if (minimum <= this.firstFree) this.firstFree = fd;
    return fd;
  }

  private findFreeFrom(minimum: number): number {
    let index = minimum >> CHUNK_SHIFT;
    let free = ~(this.chunks[index]?.open ?? 0) & (ALL_OPEN << (minimum & PLACE));
    while (free === 0) free = ~(this.chunks[++index]?.open ?? 0);
    return index * CHUNK_DESCRIPTORS + lowestBit(free);
  }

  /** The descriptor's chunk, for a change: this table's alone. */
  private own(fd: number): DescriptorChunk {
    const index = fd >> CHUNK_SHIFT;
    const chunk = this.chunks[index];
    if (chunk?.tables === 1) return chunk;
    while (this.chunks.length < index) this.chunks.push(undefined);
    return (this.chunks[index] = chunk ? chunk.split() : new DescriptorChunk());
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
  if (file.references === 1 && (file.flags & O_PATH) === 0) notifyFile(file, closeEvent(file));
  dropUntold(file, locks);
}

/** As dropFile; who watches does not hear of it. */
export function dropUntold(file: File, locks: OpenFiles): void {
  if (--file.references > 0) return;
  locks.remove(file);
  if (file.inode.locks) locks.releaseOwner(file.inode, file);
  file.attention?.stop();
  file.release();
}
