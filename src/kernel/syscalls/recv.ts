/** recv(2): recvfrom, recvmsg, recvmmsg. */
import { EINVAL, EMSGSIZE, fail, KernelError } from '../../abi/errno.ts';
import {
  MMSGHDR_BYTES,
  MMSGHDR_LENGTH,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_WAITFORONE,
  Msghdr,
  UIO_MAXIOV,
} from '../../abi/socket.ts';
import { BLOCKED, deadlineOf, type Result } from '../block.ts';
import { type UserBuffer, UserVector } from '../mm/user-memory.ts';
import { ControlWriter } from '../net/control-message.ts';
import { Incoming, incomingOf } from '../net/message.ts';
import type { Socket } from '../net/socket.ts';
import { receiveMessage } from '../net/transfer.ts';
import type { Task } from '../task.ts';
import { readTimeout } from './poll.ts';
import { socketOf, writeAddress } from './socket.ts';

const NOTHING = new Uint8Array(0);

/** Errors: EAGAIN, EBADF, ECONNRESET, EFAULT, EINTR, EINVAL, ENOTCONN, ENOTSOCK. */
export function recvfrom(
  task: Task,
  fd: number,
  buffer: UserBuffer,
  flags: number,
  address: number,
  lengthAddress: number,
): Result {
  const socket = socketOf(task, fd);
  const incoming = incomingOf(task, buffer);
  const result = receiveMessage(task, socket, incoming, flags);
  if (result === BLOCKED) return BLOCKED;
  socket.dropFiles(incoming);
  if (address !== 0) writeAddress(task, incoming.name ?? NOTHING, address, lengthAddress);
  return result;
}

/** The ranges of struct msghdr. Throws EINVAL, EMSGSIZE, EFAULT. */
function readRanges(task: Task, address: number): UserVector {
  const header = task.memory.read(Msghdr, address);
  if (header.msg_namelen < 0) throw fail(EINVAL, 'msg_namelen');
  if (header.msg_iovlen > UIO_MAXIOV) throw fail(EMSGSIZE, 'msg_iovlen');
  return new UserVector(task.memory, header.msg_iov, header.msg_iovlen);
}

/** What came beside the bytes goes into struct msghdr. */
function describe(
  task: Task,
  socket: Socket,
  incoming: Incoming,
  address: number,
  flags: number,
): void {
  const { memory } = task;
  const { msg_name, msg_control, msg_controllen } = memory.read(Msghdr, address);
  const control = new ControlWriter(task, msg_control, msg_controllen);
  control.write(socket, incoming, flags);
  const { offset } = Msghdr;
  if (msg_name !== 0) {
    writeAddress(task, incoming.name ?? NOTHING, msg_name, address + offset.msg_namelen);
  }
  const kept = flags & MSG_CMSG_CLOEXEC;
  memory.writeU32(address + offset.msg_flags, incoming.flags | control.flags | kept);
  memory.writeU64(address + offset.msg_controllen, control.used);
}

export function recvmsg(task: Task, fd: number, address: number, flags: number): Result {
  const socket = socketOf(task, fd);
  const incoming = incomingOf(task, readRanges(task, address));
  const result = receiveMessage(task, socket, incoming, flags);
  if (result !== BLOCKED) describe(task, socket, incoming, address, flags);
  return result;
}

/** Where a recvmmsg is: messages that came whole, and the one that it waits for. */
interface BatchProgress {
  received: number;
  next: Incoming | undefined;
}

export function recvmmsg(
  task: Task,
  fd: number,
  address: number,
  count: number,
  flags: number,
  timeout: number,
): Result {
  const socket = socketOf(task, fd);
  const { call } = task;
  // Looked at between messages only, as on Linux: recvmmsg(2), BUGS.
  const deadlineNs = deadlineOf(task, readTimeout(task, timeout));
  const progress = (call.waitData ??= { received: 0, next: undefined }) as BatchProgress;
  const limit = Math.min(count, UIO_MAXIOV);
  try {
    while (progress.received < limit) {
      const at = address + progress.received * MMSGHDR_BYTES;
      progress.next ??= new Incoming(readRanges(task, at));
      const isFurther = progress.received > 0 && (flags & MSG_WAITFORONE) !== 0;
      const own = (flags & ~MSG_WAITFORONE) | (isFurther ? MSG_DONTWAIT : 0);
      const result = receiveMessage(task, socket, progress.next, own);
      if (result === BLOCKED) return BLOCKED;
      describe(task, socket, progress.next, at, own);
      task.memory.writeU32(at + MMSGHDR_LENGTH, result);
      progress.next = undefined;
      progress.received++;
      if (deadlineNs !== undefined && deadlineNs <= task.kernel.clock.monotonicNs()) break;
    }
  } catch (error) {
    if (!(error instanceof KernelError) || progress.received === 0) throw error;
    call.isInterrupted = false;
  }
  return progress.received;
}
