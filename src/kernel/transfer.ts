/** Moving bytes between a buffer and an open file: what read, write and their relatives have in common. */
import { EAGAIN, EFBIG, EINVAL, EPIPE, fail, failed, KernelError } from '../abi/errno.ts';
import { FAN_ACCESS_PERM } from '../abi/fanotify.ts';
import { O_APPEND, O_NONBLOCK } from '../abi/fcntl.ts';
import { IN_ACCESS, IN_MODIFY } from '../abi/inotify.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { SI_USER, SIGPIPE, SIGXFSZ } from '../abi/signal.ts';
import { S_IFMT, S_IFREG, S_ISGID, S_ISUID } from '../abi/stat.ts';
import type { File } from '../fs/file.ts';
import { checkNotFrozen } from '../fs/file-flags.ts';
import type { Inode } from '../fs/inode.ts';
import { LateTransfer } from '../fs/late-transfer.ts';
import { MustWait } from '../fs/must-wait.ts';
import { notifyFile } from '../fs/notify.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { panic } from '../lib/panic.ts';
import type { WaitQueue } from '../lib/wait-queue.ts';
import { BLOCKED, block, type Result, sleepForDisk } from './block.ts';
import { CAP_FSETID } from './credentials.ts';
import { askAboutFile } from './fanotify-permission.ts';
import { dropCapabilities } from './file-capabilities.ts';
import { KernelFile } from './kernel-file.ts';
import { sendToTask } from './signal.ts';
import { whileReading } from './structure-waits.ts';
import type { Task } from './task.ts';
import { waitUntilReady } from './when-ready.ts';

/** Most bytes that one call moves: MAX_RW_COUNT of linux/fs.h. */
export const MAX_TRANSFER = 0x7fff_f000;

/** Bytes [from, to) of another buffer. */
export class BufferSlice implements IoBuffer {
  readonly length: number;
  private readonly whole: IoBuffer;
  private readonly from: number;

  constructor(whole: IoBuffer, from: number, to: number) {
    this.whole = whole;
    this.from = from;
    this.length = to - from;
  }

  countReadable(offset: number, count: number): number {
    return this.whole.countReadable?.(this.from + offset, count) ?? 0;
  }

  pageAt(offset: number, isWrite: boolean): number | undefined {
    if (offset + PAGE_SIZE > this.length) return undefined;
    return this.whole.pageAt?.(this.from + offset, isWrite);
  }

  isAligned(bytes: number): boolean {
    return this.from % bytes === 0 && this.whole.isAligned?.(bytes) !== false;
  }

  copyIn(bytes: Uint8Array, offset: number): void {
    this.whole.copyIn(bytes, this.from + offset);
  }

  copyOut(target: Uint8Array, offset: number): void {
    this.whole.copyOut(target, this.from + offset);
  }

  copyInPhysical(address: number, count: number, offset: number): boolean {
    return this.whole.copyInPhysical?.(address, count, this.from + offset) === true;
  }

  copyOutPhysical(address: number, count: number, offset: number): boolean {
    return this.whole.copyOutPhysical?.(address, count, this.from + offset) === true;
  }
}

/** Read into `buffer` from `offset`, or from the file's position, which then moves. */
export function transferIn(task: Task, file: File, buffer: IoBuffer, offset?: number): Result {
  if (task.kernel.fanotify.askers.size > 0) askAboutFile(task, file, FAN_ACCESS_PERM);
  if (file instanceof KernelFile) {
    const ended = file.beforeRead(task, buffer);
    if (ended !== undefined) return ended;
    // Seen here, it costs nothing: an error that is thrown and caught takes longer than all else of the call.
  } else if (file.isEmpty && buffer.length > 0) {
    if ((file.flags & O_NONBLOCK) !== 0) return failed(EAGAIN, 'nothing to read');
    if (file.waitQueue) return block(task, file.waitQueue);
  }
  const target = clip(buffer, MAX_TRANSFER);
  const at = offset ?? file.position;
  const late = file.isLate ? transferLate(task, file, target, at, false) : undefined;
  const result = late ?? readNow(task, file, target, at);
  if (result !== BLOCKED) {
    if (offset === undefined && file.isSeekable) file.position = at + result;
    const { io } = task.process;
    io.rchar += result;
    io.syscr++;
    if (result > 0) notifyFile(file, IN_ACCESS);
  }
  return result;
}

/** Write from `buffer` to `offset`, or to the file's position or end (O_APPEND), and then move the position. */
export function transferOut(task: Task, file: File, buffer: IoBuffer, offset?: number): Result {
  if (file instanceof KernelFile) {
    const ended = file.beforeWrite(task, buffer);
    if (ended !== undefined) return ended;
  }
  const source = clip(buffer, MAX_TRANSFER);
  const result = file.isSeekable
    ? writeAt(task, file, source, offset)
    : writeStream(task, file, source);
  if (result !== BLOCKED) {
    const { io } = task.process;
    io.wchar += result;
    io.syscw++;
    if (result > 0) notifyFile(file, IN_MODIFY);
  }
  return result;
}

function writeAt(task: Task, file: File, source: IoBuffer, offset: number | undefined): Result {
  const { inode } = file;
  const isRegular = (inode.mode & S_IFMT) === S_IFREG;
  const isAppending = (file.flags & O_APPEND) !== 0 && isRegular;
  const at = isAppending ? inode.size : (offset ?? file.position);
  let allowed = source;
  checkNotFrozen(inode);
  if (isRegular && source.length > 0) {
    allowed = clip(source, roomInFile(task, at, source.length));
    clearSetid(task, inode);
  }
  const late = file.isLate ? transferLate(task, file, allowed, at, true) : undefined;
  const result = late ?? writeNow(task, file, allowed, at);
  // Nothing written: the position stays, with O_APPEND too.
  if (result !== BLOCKED && result > 0 && offset === undefined) file.position = at + result;
  return result;
}

function readNow(task: Task, file: File, target: IoBuffer, at: number): Result {
  try {
    return file.read(target, at);
  } catch (error) {
    return waitUntilReady(task, file, error);
  }
}

function writeNow(task: Task, file: File, source: IoBuffer, at: number): Result {
  try {
    return file.write(source, at);
  } catch (error) {
    return waitUntilReady(task, file, error);
  }
}

/** On a slow disk: begin, and sleep until it is over. Undefined where the file is to do it as on any other. */
function transferLate(
  task: Task,
  file: File,
  buffer: IoBuffer,
  at: number,
  isWrite: boolean,
): Result | undefined {
  const { call } = task;
  const held = call.waitData;
  if (held instanceof LateTransfer) {
    call.waitData = undefined;
    return held.finish(buffer);
  }
  const { length } = buffer;
  const queue = queueBefore(task, file, length, at, isWrite);
  if (queue) return sleepForDisk(task, queue);
  const transfer = file.beginTransfer(buffer, at, isWrite);
  if (transfer === undefined) return undefined;
  if (transfer.pending === 0) return transfer.finish(buffer);
  call.waitData = transfer;
  return sleepForDisk(task, transfer.queue);
}

/** What a read has to wait for first, be it its pages or what says where they are; before a write, what that will look at. */
function queueBefore(
  task: Task,
  file: File,
  length: number,
  at: number,
  isWrite: boolean,
): WaitQueue | undefined {
  try {
    return whileReading(task, () => {
      if (!isWrite) return file.beginRead(length, at)?.queue;
      file.inode.prepareChange?.();
      return undefined;
    });
  } catch (error) {
    // Not thrown on: one request of several of io_submit(2) would take it for its result.
    if (error instanceof MustWait) return error.queue;
    throw error;
  }
}

/** A stream takes everything, part by part; what was taken so far is the result if something ends the call. */
function writeStream(task: Task, file: File, source: IoBuffer): Result {
  const call = task.syscall ?? panic('write outside of a system call');
  const isWhole = !(file instanceof KernelFile) || file.isStream;
  for (;;) {
    try {
      const rest = call.done > 0 ? new BufferSlice(source, call.done, source.length) : source;
      const count = file.write(rest, 0);
      call.done += count;
      if (!isWhole || count === 0 || call.done >= source.length) return call.done;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (error.errno === EPIPE) raisePipe(task);
      const queue = file.waitQueue;
      if (error.errno === EAGAIN && (file.flags & O_NONBLOCK) === 0 && queue) {
        return block(task, queue);
      }
      if (call.done > 0) return call.done;
      throw error;
    }
  }
}

/** The writer of a pipe without readers gets SIGPIPE. */
export function raisePipe(task: Task): void {
  const info = { code: SI_USER, pid: task.process.pid, uid: task.credentials.ruid };
  sendToTask(task, SIGPIPE, info);
}

/** Bytes that RLIMIT_FSIZE lets a regular file take at `at`, of `wanted`. Throws EFBIG with SIGXFSZ for none. */
export function roomInFile(task: Task, at: number, wanted: number): number {
  const limit = task.process.limit(RLIMIT_FSIZE);
  if (at + wanted <= limit) return wanted;
  if (at >= limit) {
    sendToTask(task, SIGXFSZ, { code: SI_USER, pid: task.process.pid, uid: 0 });
    throw fail(EFBIG, 'RLIMIT_FSIZE');
  }
  return limit - at;
}

/** Content changes: set-user-id and set-group-id go, unless the writer is privileged. Linux: file_remove_privs. */
export function clearSetid(task: Task, inode: Inode): void {
  dropCapabilities(inode);
  if ((inode.mode & (S_ISUID | S_ISGID)) === 0) return;
  if (task.credentials.hasCapability(CAP_FSETID)) return;
  const mode = withoutSetid(inode.mode);
  if (mode !== inode.mode) inode.setAttributes({ mode });
}

/** A group-id bit without group execute is mandatory locking's mark, which stays. */
export function withoutSetid(mode: number): number {
  const kept = mode & ~S_ISUID;
  return (mode & 0o010) !== 0 ? kept & ~S_ISGID : kept;
}

/** At most the first `length` bytes. */
export function clip(buffer: IoBuffer, length: number): IoBuffer {
  return buffer.length <= length ? buffer : new BufferSlice(buffer, 0, length);
}

/** From here on an offset may pass 2^63 by any length: the last page (wide.ts). */
const END_OF_OFFSETS = 2 ** 63 - 2048;

/** A file offset argument. Throws EINVAL for a negative one, or one that nothing can follow. */
export function checkOffset(offset: number): number {
  if (offset < 0 || offset >= END_OF_OFFSETS) throw fail(EINVAL, 'offset');
  return offset;
}

/** An offset and a length, a ssize_t. Linux: rw_verify_area. Throws EINVAL. */
export function checkRange(offset: number, length: number): void {
  checkOffset(offset);
  if (length >= 2 ** 63) throw fail(EINVAL, 'negative length');
}
