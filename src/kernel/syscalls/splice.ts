/** splice(2), tee(2), vmsplice(2). Pages are copied, not moved: what a pipe holds is its own. */
import { EAGAIN, EBADF, EINVAL, EPIPE, ESPIPE, fail, KernelError } from '../../abi/errno.ts';
import { O_ACCMODE, O_APPEND, O_NONBLOCK, O_WRONLY } from '../../abi/fcntl.ts';
import { S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { checkNotFrozen } from '../../fs/file-flags.ts';
import type { Pipe } from '../../fs/pipe.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import { BytesBuffer, type IoBuffer } from '../../lib/io-buffer.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import type { Task } from '../task.ts';
import { BufferSlice, clearSetid, raisePipe, roomInFile } from '../transfer.ts';

const SPLICE_F_NONBLOCK = 2;
const SPLICE_F_ALL = 0xf;
/** Bytes that pass through the kernel at a time: as much as a pipe holds by default. */
const CHUNK = 65536;
const PASSING = new Uint8Array(CHUNK);

/** For what is passed on before anything else happens. */
function passing(bytes: number): Uint8Array {
  return bytes <= CHUNK ? PASSING.subarray(0, bytes) : new Uint8Array(bytes);
}

/** Whose queue a call that threw EAGAIN is to wait on. */
interface Wait {
  file: File;
}

/** Run an operation that throws EAGAIN while `wait.file` is not ready. */
function whenMoved(task: Task, flags: number, wait: Wait, operation: () => number): Result {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (error.errno === EPIPE && wait.file instanceof PipeFile) raisePipe(task);
    const queue: WaitQueue | undefined = wait.file.waitQueue;
    const isNonblocking = (flags & SPLICE_F_NONBLOCK) !== 0 || (wait.file.flags & O_NONBLOCK) !== 0;
    if (error.errno !== EAGAIN || isNonblocking || !queue) throw error;
    return block(task, queue);
  }
}

/** Bytes that wait in a pipe; 0 at its end. Throws EAGAIN. */
function contentOf({ length, writers }: Pipe): number {
  if (length === 0 && writers > 0) throw fail(EAGAIN, 'empty pipe');
  return length;
}

/** Throws EPIPE, EAGAIN. */
function roomOf({ capacity, length, readers }: Pipe): number {
  if (readers === 0) throw fail(EPIPE, 'no readers');
  if (capacity === length) throw fail(EAGAIN, 'full pipe');
  return capacity - length;
}

/** Errors: EAGAIN, EBADF, EINVAL, EPIPE, ESPIPE. Blocks unless SPLICE_F_NONBLOCK or O_NONBLOCK. */
export function splice(
  task: Task,
  inFd: number,
  inOffset: number,
  outFd: number,
  outOffset: number,
  count: number,
  flags: number,
): Result {
  if (count === 0) return 0;
  if ((flags & ~SPLICE_F_ALL) !== 0) throw fail(EINVAL, 'splice flags');
  const { files } = task;
  const input = files.get(inFd, 'readable');
  const output = files.get(outFd, 'writable');
  checkOffset(input, inOffset);
  checkOffset(output, outOffset);
  if (input instanceof PipeFile) {
    if (output instanceof PipeFile) return movePipe(task, input, output, count, flags, true);
    return drainPipe(task, input, output, outOffset, count, flags);
  }
  if (!(output instanceof PipeFile)) throw fail(EINVAL, 'neither is a pipe');
  return fillPipe(task, input, inOffset, output, count, flags);
}

function checkOffset(file: File, address: number): void {
  if (address === 0) return;
  if (file instanceof PipeFile) throw fail(ESPIPE, 'offset of a pipe');
  if (!file.isSeekable) throw fail(EINVAL, 'offset of a stream');
}

/** From pipe to pipe: splice, or with `consumes` false tee. */
function movePipe(
  task: Task,
  input: PipeFile,
  output: PipeFile,
  count: number,
  flags: number,
  consumes: boolean,
): Result {
  const source = input.pipe;
  const target = output.pipe;
  if (source === target) throw fail(EINVAL, 'the same pipe');
  const wait: Wait = { file: input };
  return whenMoved(task, flags, wait, () => {
    const content = contentOf(source);
    if (content === 0) return 0;
    wait.file = output;
    const part = Math.min(count, content, roomOf(target));
    const bytes = passing(part);
    source.peek(new BytesBuffer(bytes));
    target.write(new BytesBuffer(bytes));
    if (consumes) source.consume(part);
    return part;
  });
}

/** From a pipe to another file: what the pipe holds, as far as the file takes it. */
function drainPipe(
  task: Task,
  input: PipeFile,
  output: File,
  address: number,
  count: number,
  flags: number,
): Result {
  if ((output.flags & O_APPEND) !== 0) throw fail(EINVAL, 'output with O_APPEND');
  const { memory } = task;
  const start = address === 0 ? output.position : memory.readI64(address);
  if (start < 0) throw fail(EINVAL, 'negative offset');
  const wait: Wait = { file: input };
  return whenMoved(task, flags, wait, () => {
    const content = Math.min(contentOf(input.pipe), count);
    wait.file = output;
    let done = 0;
    while (done < content) {
      const put = writePart(
        task,
        input.pipe,
        output,
        start + done,
        Math.min(CHUNK, content - done),
        done,
      );
      if (put === 0) break;
      input.pipe.consume(put);
      done += put;
    }
    if (address !== 0) memory.writeU64(address, start + done);
    else if (output.isSeekable) output.position = start + done;
    return done;
  });
}

/** Returns 0 for an error after something was `done`: it comes again with the next call. */
function writePart(
  task: Task,
  pipe: Pipe,
  output: File,
  at: number,
  count: number,
  done: number,
): number {
  try {
    let room = count;
    if ((output.inode.mode & S_IFMT) === S_IFREG) {
      checkNotFrozen(output.inode);
      clearSetid(task, output.inode);
      room = roomInFile(task, at, count);
    }
    const bytes = passing(room);
    pipe.peek(new BytesBuffer(bytes));
    return output.write(new BytesBuffer(bytes), at);
  } catch (error) {
    if (!(error instanceof KernelError) || done === 0) throw error;
    return 0;
  }
}

/** From another file into a pipe: as much as the pipe has room for. */
function fillPipe(
  task: Task,
  input: File,
  address: number,
  output: PipeFile,
  count: number,
  flags: number,
): Result {
  const { memory } = task;
  const start = address === 0 ? input.position : memory.readI64(address);
  if (start < 0) throw fail(EINVAL, 'negative offset');
  const wait: Wait = { file: output };
  return whenMoved(task, flags, wait, () => {
    const room = Math.min(roomOf(output.pipe), count);
    wait.file = input;
    const bytes = passing(room);
    const got = input.read(new BytesBuffer(bytes), start);
    if (got > 0) output.pipe.write(new BytesBuffer(bytes.subarray(0, got)));
    if (address !== 0) memory.writeU64(address, start + got);
    else if (input.isSeekable) input.position = start + got;
    return got;
  });
}

/** Errors: EAGAIN, EBADF, EINVAL. */
export function tee(task: Task, inFd: number, outFd: number, count: number, flags: number): Result {
  if ((flags & ~SPLICE_F_ALL) !== 0) throw fail(EINVAL, 'tee flags');
  if (count === 0) return 0;
  const { files } = task;
  const input = files.get(inFd, 'readable');
  const output = files.get(outFd, 'writable');
  if (!(input instanceof PipeFile && output instanceof PipeFile)) throw fail(EINVAL, 'no pipe');
  return movePipe(task, input, output, count, flags, false);
}

/** From user memory into a pipe, or out of it by the way that the descriptor is open. Errors: EAGAIN, EBADF, EFAULT, EINVAL. */
export function vmsplice(task: Task, fd: number, buffer: IoBuffer, flags: number): Result {
  if ((flags & ~SPLICE_F_ALL) !== 0) throw fail(EINVAL, 'vmsplice flags');
  const file = task.files.get(fd);
  if (!(file instanceof PipeFile)) throw fail(EBADF, 'not a pipe');
  if (buffer.length === 0) return 0;
  const { pipe } = file;
  return whenMoved(task, flags, { file }, () => {
    if ((file.flags & O_ACCMODE) === O_WRONLY) {
      const room = Math.min(roomOf(pipe), buffer.length);
      return pipe.write(new BufferSlice(buffer, 0, room));
    }
    return contentOf(pipe) === 0 ? 0 : pipe.read(buffer);
  });
}
