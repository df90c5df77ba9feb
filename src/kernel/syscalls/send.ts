/** send(2): sendto, sendmsg, sendmmsg. */
import { EINVAL, EMSGSIZE, ENOBUFS, fail, KernelError } from '../../abi/errno.ts';
import {
  MMSGHDR_BYTES,
  MMSGHDR_LENGTH,
  Msghdr,
  SOCKADDR_MAX,
  UIO_MAXIOV,
} from '../../abi/socket.ts';
import { BLOCKED, type Result } from '../block.ts';
import { type UserBuffer, UserVector } from '../mm/user-memory.ts';
import { parseControl } from '../net/control-message.ts';
import type { Outgoing } from '../net/message.ts';
import type { Socket } from '../net/socket.ts';
import { sendMessage } from '../net/transfer.ts';
import type { Task } from '../task.ts';
import { readAddress, socketOf } from './socket.ts';

/** net.core.optmem_max: ancillary data of one message. */
const MAX_CONTROL_BYTES = 131072;

/** Errors: EAGAIN, EBADF, ECONNREFUSED, ECONNRESET, EFAULT, EINTR, EISCONN, EMSGSIZE, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPIPE … */
export function sendto(
  task: Task,
  fd: number,
  data: UserBuffer,
  flags: number,
  address: number,
  length: number,
): Result {
  const socket = socketOf(task, fd);
  const name = address === 0 ? undefined : readAddress(task, address, length);
  return sendMessage(task, socket, { data, name, files: [], credentials: undefined }, flags);
}

/** struct msghdr as a message. Throws EFAULT, EINVAL, EMSGSIZE, ENOBUFS, and what ancillary data may throw. */
function readMessage(task: Task, socket: Socket, address: number): Outgoing {
  const { memory } = task;
  const header = memory.read(Msghdr, address);
  const { msg_name, msg_namelen, msg_control, msg_controllen } = header;
  if (msg_namelen < 0) throw fail(EINVAL, 'msg_namelen');
  if (header.msg_iovlen > UIO_MAXIOV) throw fail(EMSGSIZE, 'msg_iovlen');
  if (msg_controllen > MAX_CONTROL_BYTES) throw fail(ENOBUFS, 'msg_controllen');
  const hasName = msg_name !== 0 && msg_namelen > 0;
  const name = hasName
    ? readAddress(task, msg_name, Math.min(msg_namelen, SOCKADDR_MAX))
    : undefined;
  const data = new UserVector(memory, header.msg_iov, header.msg_iovlen);
  if (msg_controllen === 0) return { data, name, files: [], credentials: undefined };
  const control = parseControl(task, memory.readBytes(msg_control, msg_controllen), socket.family);
  if (control.files.length > 0) task.kernel.net.unix.checkInFlight(task);
  return { data, name, ...control };
}

export function sendmsg(task: Task, fd: number, address: number, flags: number): Result {
  const socket = socketOf(task, fd);
  return sendMessage(task, socket, readMessage(task, socket, address), flags);
}

/** Where a sendmmsg is: messages that went whole, and bytes of the next. */
interface BatchProgress {
  sent: number;
  done: number;
}

/** The number of messages that went; an error counts only for the first. */
export function sendmmsg(
  task: Task,
  fd: number,
  address: number,
  count: number,
  flags: number,
): Result {
  const socket = socketOf(task, fd);
  const { call } = task;
  const progress = (call.waitData ??= { sent: 0, done: 0 }) as BatchProgress;
  const limit = Math.min(count, UIO_MAXIOV);
  try {
    while (progress.sent < limit) {
      const at = address + progress.sent * MMSGHDR_BYTES;
      const result = sendMessage(task, socket, readMessage(task, socket, at), flags, progress);
      if (result === BLOCKED) return BLOCKED;
      task.memory.writeU32(at + MMSGHDR_LENGTH, result);
      progress.sent++;
      progress.done = 0;
    }
  } catch (error) {
    if (!(error instanceof KernelError) || progress.sent === 0) throw error;
    call.isInterrupted = false;
  }
  return progress.sent;
}
