/** io_setup(2), io_destroy(2), io_submit(2), io_cancel(2), io_getevents(2). */
import * as abi from '../../abi/aio.ts';
import { EAGAIN, EINPROGRESS, EINVAL, ENOMEM, fail, KernelError } from '../../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { POLLERR, POLLHUP } from '../../abi/poll.ts';
import { S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { AioContext, type AioRequest } from '../aio.ts';
import { BLOCKED, block, deadlineOf, type Result } from '../block.ts';
import { EventFile } from '../eventfd.ts';
import { spaceOf } from '../futex.ts';
import { mapRegion } from '../mm/mmap.ts';
import { UserBuffer, UserVector } from '../mm/user-memory.ts';
import type { Task } from '../task.ts';
import { transferIn, transferOut } from '../transfer.ts';
import { checkPriority } from './ioprio.ts';
import { readTimeout } from './poll.ts';
import { withoutWaiting, withTransferFlags } from './read-write-flags.ts';
import { syncFile } from './sync.ts';
import { applyTemporaryMask } from './temporary-mask.ts';

/** Linux: 256 MiB of results, of which it makes twice as many. */
const MAX_EVENTS = 0x1000_0000 / 32 / 2;
const POINTER_BYTES = 8;

/** Errors: EAGAIN for more than aio-max-nr, EFAULT, EINVAL, ENOMEM. */
export function ioSetup(task: Task, count: number, address: number): Result {
  const { kernel, memory } = task;
  if (memory.readU64(address) !== 0 || count === 0 || count > MAX_EVENTS) {
    throw fail(EINVAL, 'io_setup');
  }
  if (kernel.aio.events + count > kernel.aio.maxEvents) throw fail(EAGAIN, 'aio-max-nr');
  memory.writeU64(address, 0);
  const space = spaceOf(task);
  const id = mapRegion(space, {
    address: 0,
    length: PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    name: '/[aio]',
  });
  if (!kernel.objects.aioContexts.tryAdd()) {
    space.unmap(id, id + PAGE_SIZE);
    throw fail(ENOMEM, 'no memory for a context');
  }
  kernel.aio.events += count;
  space.aio.set(id, new AioContext(kernel, id, count));
  memory.writeU64(address, id);
  return 0;
}

function contextOf(task: Task, id: number): AioContext {
  const context = spaceOf(task).aio.get(id);
  if (!context) throw fail(EINVAL, 'no such context');
  return context;
}

export function ioDestroy(task: Task, id: number): Result {
  const context = contextOf(task, id);
  const space = spaceOf(task);
  space.aio.delete(id);
  context.destroy();
  space.unmap(id, id + PAGE_SIZE);
  return 0;
}

/**
 * How many requests were accepted; an error counts only for the first. As on Linux a request on a pipe, a socket or the like
 * is waited for here, and a signal ends that request, not the call.
 */
export function ioSubmit(task: Task, id: number, count: number, pointers: number): Result {
  const context = contextOf(task, id);
  if (count < 0) throw fail(EINVAL, 'number of requests');
  const { call, memory } = task;
  const progress = (call.waitData ??= { submitted: 0 }) as { submitted: number };
  const limit = Math.min(count, context.capacity);
  try {
    while (progress.submitted < limit) {
      const iocb = memory.readU64(pointers + progress.submitted * POINTER_BYTES);
      if (submitOne(task, context, iocb) === BLOCKED) return BLOCKED;
      progress.submitted++;
      call.done = 0;
    }
  } catch (error) {
    if (!(error instanceof KernelError) || progress.submitted === 0) throw error;
    call.isInterrupted = false;
  }
  return progress.submitted;
}

function submitOne(task: Task, context: AioContext, address: number): Result {
  const { memory } = task;
  const iocb = memory.read(abi.Iocb, address);
  if (iocb.aio_reserved2 !== 0) throw fail(EINVAL, 'aio_reserved2');
  context.requireRoom();
  const file = task.files.get(iocb.aio_fildes);
  let eventFile: EventFile | undefined;
  if ((iocb.aio_flags & abi.IOCB_FLAG_RESFD) !== 0) {
    const found = task.files.get(iocb.aio_resfd);
    if (!(found instanceof EventFile)) throw fail(EINVAL, 'aio_resfd');
    eventFile = found;
  }
  memory.writeU32(address + abi.Iocb.offset.aio_key, 0);
  const { data_low: dataLow, data_high: dataHigh } = iocb;
  const request: AioRequest = { dataLow, dataHigh, iocb: address, eventFile };
  const run = operationOf(task, iocb, file);
  let result: Result;
  try {
    result = run();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    // What was interrupted is the request: the others of the call go on.
    const isCut = task.call.isInterrupted && task.call.done > 0;
    result = isCut ? task.call.done : -error.errno;
    task.call.isInterrupted = false;
  }
  if (result === BLOCKED) return BLOCKED;
  if (eventFile) eventFile.references++;
  if (iocb.aio_lio_opcode === abi.IOCB_CMD_POLL) {
    context.poll(request, file, (iocb.aio_buf & 0xffff) | POLLERR | POLLHUP);
  } else context.complete(request, result);
  return 0;
}

/** The disks here know of no priorities of requests. Throws EINVAL, EPERM. */
function checkRequest(task: Task, iocb: ReturnType<typeof abi.Iocb.decode>): void {
  if ((iocb.aio_flags & abi.IOCB_FLAG_IOPRIO) !== 0) checkPriority(task, iocb.aio_reqprio & 0xffff);
}

/** What a request does; its checks, which refuse the submission, are done here. */
function operationOf(
  task: Task,
  iocb: ReturnType<typeof abi.Iocb.decode>,
  file: File,
): () => Result {
  const { aio_buf, aio_nbytes, aio_offset, aio_rw_flags } = iocb;
  switch (iocb.aio_lio_opcode) {
    case abi.IOCB_CMD_PREAD:
    case abi.IOCB_CMD_PREADV: {
      checkRequest(task, iocb);
      task.files.get(iocb.aio_fildes, 'readable');
      const isVector = iocb.aio_lio_opcode === abi.IOCB_CMD_PREADV;
      const buffer = bufferOf(task, aio_buf, aio_nbytes, isVector);
      const offset = offsetOf(file, aio_offset);
      return () =>
        withTransferFlags(file, aio_rw_flags, () =>
          transferIn(task, file, withoutWaiting(file, aio_rw_flags, buffer, offset), offset),
        );
    }
    case abi.IOCB_CMD_PWRITE:
    case abi.IOCB_CMD_PWRITEV: {
      checkRequest(task, iocb);
      task.files.get(iocb.aio_fildes, 'writable');
      const isVector = iocb.aio_lio_opcode === abi.IOCB_CMD_PWRITEV;
      const buffer = bufferOf(task, aio_buf, aio_nbytes, isVector);
      const offset = offsetOf(file, aio_offset);
      return () =>
        withTransferFlags(file, aio_rw_flags, () => transferOut(task, file, buffer, offset));
    }
    case abi.IOCB_CMD_FSYNC:
    case abi.IOCB_CMD_FDSYNC:
      if (aio_buf !== 0 || aio_offset !== 0 || aio_nbytes !== 0 || aio_rw_flags !== 0) {
        throw fail(EINVAL, 'fsync with a buffer');
      }
      if ((file.inode.mode & S_IFMT) !== S_IFREG) throw fail(EINVAL, 'cannot be synchronized');
      return () => {
        syncFile(file, iocb.aio_lio_opcode === abi.IOCB_CMD_FDSYNC);
        return 0;
      };
    case abi.IOCB_CMD_POLL:
      if (aio_buf > 0xffff || aio_offset !== 0 || aio_nbytes !== 0 || aio_rw_flags !== 0) {
        throw fail(EINVAL, 'poll with a buffer');
      }
      return () => 0;
    default:
      throw fail(EINVAL, 'aio_lio_opcode');
  }
}

function bufferOf(task: Task, address: number, length: number, isVector: boolean): IoBuffer {
  return isVector
    ? new UserVector(task.memory, address, length)
    : new UserBuffer(task.memory, address, length);
}

/** Undefined for a stream, which has no offsets, though its must not be negative either. */
function offsetOf(file: File, offset: number): number | undefined {
  if (offset < 0) throw fail(EINVAL, 'negative offset');
  return file.isSeekable ? offset : undefined;
}

/** Errors: EINPROGRESS when it was cancelled (its completion follows), EINVAL. */
export function ioCancel(task: Task, id: number, iocb: number): Result {
  task.memory.readU32(iocb);
  contextOf(task, id).cancel(iocb);
  throw fail(EINPROGRESS, 'the completion follows');
}

/** At least `least` events, or what has come when the time is over. Errors: EFAULT, EINTR, EINVAL. */
export function ioGetevents(
  task: Task,
  id: number,
  least: number,
  most: number,
  address: number,
  timeout: number,
): Result {
  const deadlineNs = deadlineOf(task, readTimeout(task, timeout));
  const context = contextOf(task, id);
  if (least < 0 || most < 0 || least > most) throw fail(EINVAL, 'number of events');
  const isOver =
    task.syscall?.timedOut ||
    (deadlineNs !== undefined && deadlineNs <= task.kernel.clock.monotonicNs());
  if (context.pending < least && !isOver) {
    if (task.syscall) task.syscall.restart = 'eintr';
    return block(task, context.queue, { deadlineNs, channel: 'read_events' });
  }
  const count = Math.min(most, context.pending);
  task.memory.writeBytes(address, new Uint8Array(count * abi.IoEvent.size));
  context.take(count).forEach(({ dataLow, dataHigh, iocb, result }, i) => {
    task.memory.write(abi.IoEvent, address + i * abi.IoEvent.size, {
      data_low: dataLow,
      data_high: dataHigh,
      obj: iocb,
      res: result,
      res2: 0,
    });
  });
  return count;
}

/** The last argument points to the address and size of a signal set. */
export function ioPgetevents(
  task: Task,
  id: number,
  least: number,
  most: number,
  address: number,
  timeout: number,
  sigset: number,
): Result {
  if (sigset !== 0) {
    applyTemporaryMask(task, task.memory.readU64(sigset), task.memory.readU64(sigset + 8));
  }
  return ioGetevents(task, id, least, most, address, timeout);
}
