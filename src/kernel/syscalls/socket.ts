/** socket(2), socketpair(2), bind(2), listen(2), accept(2), connect(2), getsockname(2), getpeername(2), shutdown(2). */
import { EINVAL, ENOTSOCK, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { SOCK_MAX, SOCK_TYPE_MASK, SOCKADDR_MAX } from '../../abi/socket.ts';
import type { Result } from '../block.ts';
import { Socket } from '../net/socket.ts';
import { whenSocketReady } from '../net/transfer.ts';
import type { Task } from '../task.ts';

/** Throws EBADF, ENOTSOCK. */
export function socketOf(task: Task, fd: number): Socket {
  const file = task.files.get(fd);
  if (file instanceof Socket) return file;
  throw fail(ENOTSOCK, 'not a socket');
}

/** struct sockaddr of user memory, as long as it is said to be. Throws EFAULT, EINVAL. */
export function readAddress(task: Task, address: number, length: number): Uint8Array {
  if (length < 0 || length > SOCKADDR_MAX) throw fail(EINVAL, 'length of the address');
  return task.memory.readBytes(address, length);
}

/** Give a name to the user: as much as fits, and how long it is. */
export function writeAddress(
  task: Task,
  name: Uint8Array,
  address: number,
  lengthAddress: number,
): void {
  const room = task.memory.readI32(lengthAddress);
  if (room < 0) throw fail(EINVAL, 'room for the address');
  task.memory.writeBytes(address, name.subarray(0, room));
  task.memory.writeU32(lengthAddress, name.length);
}

function kindOf(flags: number): { type: number; status: number; isCloseOnExec: boolean } {
  const extra = flags & ~SOCK_TYPE_MASK;
  if ((extra & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'flags of the type');
  return {
    type: flags & SOCK_TYPE_MASK,
    status: O_RDWR | (extra & O_NONBLOCK),
    isCloseOnExec: (extra & O_CLOEXEC) !== 0,
  };
}

/** Errors: EAFNOSUPPORT, EINVAL, EMFILE, EPROTONOSUPPORT, ESOCKTNOSUPPORT. */
export function socket(task: Task, domain: number, kind: number, protocol: number): Result {
  const { type, status, isCloseOnExec } = kindOf(kind);
  const { process, kernel } = task;
  const family = kernel.net.family(domain);
  if (type >= SOCK_MAX) throw fail(EINVAL, 'type');
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const file = family.create(kernel.net, task, type, protocol, status);
  return task.files.allocate(file, isCloseOnExec, limit);
}

/** Errors: as socket, EFAULT, EOPNOTSUPP for families without pairs. */
export function socketpair(
  task: Task,
  domain: number,
  kind: number,
  protocol: number,
  address: number,
): Result {
  const { type, status, isCloseOnExec } = kindOf(kind);
  const { process, kernel, memory } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(2, limit);
  memory.writeBytes(address, new Uint8Array(8));
  const family = kernel.net.family(domain);
  if (type >= SOCK_MAX) throw fail(EINVAL, 'type');
  if (!family.createPair) throw fail(EOPNOTSUPP, 'no pairs in this family');
  const pair = family.createPair(kernel.net, task, type, protocol, status);
  pair.forEach((file, i) => {
    memory.writeU32(address + 4 * i, task.files.allocate(file, isCloseOnExec, limit));
  });
  return 0;
}

export function bind(task: Task, fd: number, address: number, length: number): Result {
  socketOf(task, fd).bind(task, readAddress(task, address, length));
  return 0;
}

export function listen(task: Task, fd: number, backlog: number): Result {
  socketOf(task, fd).listen(task, backlog);
  return 0;
}

/** Waits unless O_NONBLOCK, or SO_SNDTIMEO is over. */
export function connect(task: Task, fd: number, address: number, length: number): Result {
  task.files.get(fd);
  const name = readAddress(task, address, length);
  const file = socketOf(task, fd);
  return whenSocketReady(task, file, file.options.sendTimeoutNs, () => {
    file.connect(task, name);
    return 0;
  });
}

/** Errors: EAGAIN, EBADF, EINTR, EINVAL, EMFILE, ENOTSOCK, EOPNOTSUPP, EFAULT. */
export function accept4(
  task: Task,
  fd: number,
  address: number,
  lengthAddress: number,
  flags: number,
): Result {
  const { process } = task;
  task.files.get(fd);
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'accept4 flags');
  const listener = socketOf(task, fd);
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  return whenSocketReady(task, listener, listener.options.receiveTimeoutNs, () => {
    const file = listener.accept(O_RDWR | (flags & O_NONBLOCK));
    try {
      if (address !== 0) writeAddress(task, file.peerName(), address, lengthAddress);
    } catch (error) {
      task.kernel.vfs.dropFile(file);
      throw error;
    }
    return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
  });
}

export function accept(task: Task, fd: number, address: number, lengthAddress: number): Result {
  return accept4(task, fd, address, lengthAddress, 0);
}

export function getsockname(task: Task, fd: number, address: number, length: number): Result {
  writeAddress(task, socketOf(task, fd).name(), address, length);
  return 0;
}

/** Errors: also ENOTCONN. */
export function getpeername(task: Task, fd: number, address: number, length: number): Result {
  writeAddress(task, socketOf(task, fd).peerName(), address, length);
  return 0;
}

export function shutdown(task: Task, fd: number, how: number): Result {
  socketOf(task, fd).shutdown(how);
  return 0;
}
