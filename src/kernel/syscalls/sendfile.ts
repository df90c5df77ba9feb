/** sendfile(2), copy_file_range(2). */
import {
  EAGAIN,
  EBADF,
  EINVAL,
  EISDIR,
  EOVERFLOW,
  EPIPE,
  ESPIPE,
  ETXTBSY,
  EXDEV,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import { FAN_ACCESS_PERM } from '../../abi/fanotify.ts';
import { O_APPEND, O_NONBLOCK } from '../../abi/fcntl.ts';
import { POLLERR, POLLOUT } from '../../abi/poll.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { checkNotFrozen } from '../../fs/file-flags.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { panic } from '../../lib/panic.ts';
import { BLOCKED, block, type Result } from '../block.ts';
import { askAboutFile } from '../fanotify-permission.ts';
import type { Task } from '../task.ts';
import { checkRange, clearSetid, MAX_TRANSFER, raisePipe, roomInFile } from '../transfer.ts';

/** Bytes that pass through the kernel at a time. */
const CHUNK = 65536;
/** After which others have their turn, and how long that takes at least: so do virtual clocks see that time goes by. */
const BYTES_IN_A_TURN = 8 * 2 ** 20;
const TURN_NS = 2e6;
const PASSING = new Uint8Array(CHUNK);

/** The input keeps its position if an offset is given. Errors: EAGAIN, EBADF, EINVAL for an input without offsets, EOVERFLOW, ESPIPE with one. */
export function sendfile(
  task: Task,
  outFd: number,
  inFd: number,
  offset: number,
  count: number,
): Result {
  const { files } = task;
  const input = files.get(inFd, 'readable');
  const output = files.get(outFd, 'writable');
  if (!input.isSeekable) throw fail(offset === 0 ? EINVAL : ESPIPE, 'input without offsets');
  if ((output.flags & O_APPEND) !== 0) throw fail(EINVAL, 'output with O_APPEND');
  const start = offset === 0 ? input.position : task.memory.readI64(offset);
  checkRange(start, count);
  // Anonymous inodes have no type, and no splice_write(): an eventfd would take 2 GiB by eight bytes at a time.
  const isPlain = (output.inode.mode & S_IFMT) !== 0;
  if (count > 0 && !isPlain) throw fail(EINVAL, 'output that takes no stream of bytes');
  const largest = [input, output].map(({ inode }) => inode.fs.maxFileBytes ?? Infinity);
  if (start >= Math.min(...largest)) throw fail(EOVERFLOW, 'beyond any file');
  if (task.kernel.fanotify.askers.size > 0) askAboutFile(task, input, FAN_ACCESS_PERM);
  const result = orWhatWasDone(task, () =>
    pump(task, input, start, output, Math.min(count, MAX_TRANSFER)),
  );
  if (result === BLOCKED) return BLOCKED;
  if (offset === 0) input.position = start + result;
  else task.memory.writeU64(offset, start + result);
  task.process.io.rchar += result;
  task.process.io.wchar += result;
  return result;
}

/** A signal ends the call with what it did by now, so that positions follow. */
function orWhatWasDone(task: Task, move: () => Result): Result {
  const { call } = task;
  try {
    return move();
  } catch (error) {
    if (!(error instanceof KernelError) || !call.isInterrupted || call.done === 0) throw error;
    call.isInterrupted = false;
    return call.done;
  }
}

/** The call, whose turn began at `startNs`, goes on when others, and signals, have had their turn. Throws EINTR. */
function letOthersRun(task: Task, startNs: number): Result {
  return block(task, [], { deadlineNs: startNs + TURN_NS, channel: 'cond_resched' });
}

/** Progress over blocking is in the call: `done` bytes were sent from `start` on. */
function pump(task: Task, input: File, start: number, output: File, count: number): Result {
  const call = task.syscall ?? panic('sendfile outside of a system call');
  const turn = call.done + BYTES_IN_A_TURN;
  const startNs = task.kernel.clock.monotonicNs();
  while (call.done < count) {
    if (call.done >= turn) return letOthersRun(task, startNs);
    const part = PASSING.subarray(0, Math.min(CHUNK, count - call.done));
    const isFull = output instanceof PipeFile && (output.poll() & (POLLOUT | POLLERR)) === 0;
    const got = isFull ? 0 : input.read(new BytesBuffer(part), start + call.done);
    if (got === 0 && !isFull) break;
    try {
      // A pipe needs room before it is known whether anything comes.
      if (isFull) throw fail(EAGAIN, 'the pipe is full');
      const room = outputRoom(task, output, got);
      const put = output.write(new BytesBuffer(part.subarray(0, room)), output.position);
      if (put === 0) break;
      if (output.isSeekable) output.position += put;
      call.done += put;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (error.errno === EPIPE) raisePipe(task);
      const queue = output.waitQueue;
      if (error.errno === EAGAIN && (output.flags & O_NONBLOCK) === 0 && queue) {
        return block(task, queue);
      }
      if (call.done > 0) break;
      throw error;
    }
  }
  return call.done;
}

function outputRoom(task: Task, output: File, wanted: number): number {
  if ((output.inode.mode & S_IFMT) !== S_IFREG) return wanted;
  checkNotFrozen(output.inode);
  clearSetid(task, output.inode);
  return roomInFile(task, output.position, wanted);
}

/** Errors: EBADF, EINVAL for overlapping ranges, other than regular files or flags, EISDIR, EOVERFLOW, ETXTBSY. */
export function copyFileRange(
  task: Task,
  inFd: number,
  inOffset: number,
  outFd: number,
  outOffset: number,
  count: number,
  flags: number,
): Result {
  const { files, memory } = task;
  const [source, target] = [files.get(inFd), files.get(outFd)];
  const from = inOffset === 0 ? source.position : memory.readI64(inOffset);
  const to = outOffset === 0 ? target.position : memory.readI64(outOffset);
  if (flags !== 0) throw fail(EINVAL, 'flags');
  // What they are is asked before how they were opened.
  const types = [source, target].map(({ inode }) => inode.mode & S_IFMT);
  if (types.includes(S_IFDIR)) throw fail(EISDIR, 'a directory');
  if (types.some((type) => type !== S_IFREG)) throw fail(EINVAL, 'not a regular file');
  const input = files.get(inFd, 'readable');
  const output = files.get(outFd, 'writable');
  if ((output.flags & O_APPEND) !== 0) throw fail(EBADF, 'output with O_APPEND');
  if (input.inode.fs !== output.inode.fs) throw fail(EXDEV, 'two file systems');
  if (input.inode.isSwapFile) throw fail(ETXTBSY, 'a swap area');
  checkNotFrozen(output.inode);
  if (wraps(from, count) || wraps(to, count)) throw fail(EOVERFLOW, 'range');
  if (from < 0 || to < 0) throw fail(EINVAL, 'negative offset');
  const wanted = Math.max(0, Math.min(count, input.inode.size - from, MAX_TRANSFER));
  const overlaps = from < to + wanted && to < from + wanted;
  if (input.inode === output.inode && overlaps) throw fail(EINVAL, 'ranges overlap');
  if (task.kernel.fanotify.askers.size > 0) askAboutFile(task, input, FAN_ACCESS_PERM);
  const length = wanted === 0 ? 0 : roomInFile(task, to, wanted);
  if (length > 0) clearSetid(task, output.inode);
  const done = orWhatWasDone(task, () => copy(task, input, from, output, to, length));
  if (done === BLOCKED) return BLOCKED;
  if (inOffset === 0) input.position = from + done;
  else memory.writeU64(inOffset, from + done);
  if (outOffset === 0) output.position = to + done;
  else memory.writeU64(outOffset, to + done);
  return done;
}

function copy(
  task: Task,
  input: File,
  from: number,
  output: File,
  to: number,
  length: number,
): Result {
  const { call } = task;
  const turn = call.done + BYTES_IN_A_TURN;
  const startNs = task.kernel.clock.monotonicNs();
  while (call.done < length) {
    if (call.done >= turn) return letOthersRun(task, startNs);
    const part = PASSING.subarray(0, Math.min(CHUNK, length - call.done));
    const got = input.read(new BytesBuffer(part), from + call.done);
    if (got === 0) break;
    const put = output.write(new BytesBuffer(part.subarray(0, got)), to + call.done);
    if (put === 0) break;
    call.done += put;
  }
  return call.done;
}

/** As unsigned numbers they pass 2^64. */
function wraps(offset: number, count: number): boolean {
  return offset + count >= (offset < 0 ? 0 : 2 ** 64);
}
