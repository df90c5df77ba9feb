/** mq_open(2), mq_unlink(2), mq_timedsend(2), mq_timedreceive(2), mq_notify(2), mq_getsetattr(2). */
import {
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  EEXIST,
  EINVAL,
  EMSGSIZE,
  ENAMETOOLONG,
  ENOENT,
  EOVERFLOW,
  EPERM,
  ETIMEDOUT,
  fail,
} from '../../abi/errno.ts';
import {
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  R_OK,
  W_OK,
  X_OK,
} from '../../abi/fcntl.ts';
import { MqAttr } from '../../abi/mqueue.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { SIGRTMAX } from '../../abi/signal.ts';
import { checkAccess, isOwner } from '../../fs/permission.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import { NS_PER_SECOND } from '../clock.ts';
import { CAP_SYS_RESOURCE } from '../credentials.ts';
import { MqueueFile } from '../ipc/mqueue-file.ts';
import {
  HARD_MAX_BYTES,
  HARD_MAX_MESSAGES,
  type MqueueFileSystem,
  type QueueInode,
} from '../ipc/mqueue-file-system.ts';
import { MQ_PRIO_MAX, NOTIFY_COOKIE_LEN, PosixQueue } from '../ipc/posix-queue.ts';
import { NetlinkSocket } from '../net/netlink/netlink-socket.ts';
import type { Task } from '../task.ts';
import { readTimestamp } from '../timespec.ts';
import { fileIdentity } from '../vfs.ts';
import { socketOf } from './socket.ts';

const NAME_MAX = 255;

/** The name of a queue, without the slash in front, which the C library takes away. Throws EACCES, ENAMETOOLONG, ENOENT. */
function checkName(name: string): string {
  if (name.length > NAME_MAX) throw fail(ENAMETOOLONG, name);
  if (name === '') throw fail(ENOENT, 'empty name');
  if (name === '.' || name === '..' || name.includes('/')) throw fail(EACCES, name);
  return name;
}

/** mq_open(2). Errors: EACCES, EEXIST, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOSPC, EOVERFLOW. */
export function mqOpen(
  task: Task,
  name: string,
  flags: number,
  mode: number,
  attributes: number,
): Result {
  const { process, kernel } = task;
  const wanted = attributes === 0 ? undefined : task.memory.read(MqAttr, attributes);
  checkName(name);
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const fs = kernel.ipc.mqueue;
  const known = fs.root.lookup(name);
  if (known) {
    if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) throw fail(EEXIST, name);
    checkOpen(task, known, flags);
  } else if ((flags & O_CREAT) === 0) throw fail(ENOENT, name);
  const inode = known ?? create(task, fs, name, mode, wanted);
  const file = inode.open(flags & (O_ACCMODE | O_NONBLOCK));
  file.dentry = kernel.vfs.placeOfUnnamed(inode, `/${name}`);
  return task.files.allocate(file, true, limit);
}

function checkOpen(task: Task, inode: QueueInode, flags: number): void {
  const access = flags & O_ACCMODE;
  if (access === O_ACCMODE) throw fail(EINVAL, 'access mode');
  const wanted = access === O_RDONLY ? R_OK : access === O_WRONLY ? W_OK : R_OK | W_OK;
  checkAccess(inode, fileIdentity(task), wanted);
}

function create(
  task: Task,
  fs: MqueueFileSystem,
  name: string,
  mode: number,
  wanted: { mq_maxmsg: number; mq_msgsize: number } | undefined,
): QueueInode {
  const { msg_default, msg_max, msgsize_default, msgsize_max } = fs.limits;
  let messages = Math.min(msg_default, msg_max);
  let bytes = Math.min(msgsize_default, msgsize_max);
  if (wanted) {
    messages = wanted.mq_maxmsg;
    bytes = wanted.mq_msgsize;
    if (messages <= 0 || bytes <= 0) throw fail(EINVAL, 'attributes');
    const mayExceed = task.credentials.hasCapability(CAP_SYS_RESOURCE);
    const maxMessages = mayExceed ? HARD_MAX_MESSAGES : msg_max;
    const maxBytes = mayExceed ? HARD_MAX_BYTES : msgsize_max;
    if (messages > maxMessages || bytes > maxBytes) throw fail(EINVAL, 'attributes');
    if (messages * bytes > Number.MAX_SAFE_INTEGER) throw fail(EOVERFLOW, 'attributes');
  }
  checkAccess(fs.root, fileIdentity(task), W_OK | X_OK);
  const { fsuid, fsgid } = task.credentials;
  const permissions = mode & ~task.umask;
  return fs.root.add(name, permissions, fsuid, fsgid, new PosixQueue(messages, bytes));
}

/** mq_unlink(2). Errors: EACCES, ENAMETOOLONG, ENOENT, EPERM. */
export function mqUnlink(task: Task, name: string): number {
  const fs = task.kernel.ipc.mqueue;
  const inode = fs.root.lookup(checkName(name));
  if (!inode) throw fail(ENOENT, name);
  const identity = fileIdentity(task);
  checkAccess(fs.root, identity, W_OK | X_OK);
  if (!isOwner(inode, identity) && !isOwner(fs.root, identity)) throw fail(EPERM, 'sticky');
  fs.remove(name);
  return 0;
}

function queueFile(task: Task, fd: number, wanted?: 'readable' | 'writable'): MqueueFile {
  const file = task.files.get(fd, wanted);
  if (!(file instanceof MqueueFile)) throw fail(EBADF, 'not a message queue');
  return file;
}

/** Deadline by the wall clock of a call's first run; undefined for none. Throws EFAULT, EINVAL. */
function fixDeadline(task: Task, timeout: number): void {
  const { call } = task;
  if (timeout === 0 || call.isRestarted) return;
  const { seconds, nanoseconds } = readTimestamp(task, timeout);
  const { clock } = task.kernel;
  const now = clock.realtime();
  const leftNs = (seconds - now.seconds) * NS_PER_SECOND + (nanoseconds - now.nanoseconds);
  call.deadlineNs = clock.monotonicNs() + leftNs;
}

function sleep(task: Task, file: MqueueFile, waiters: WaitQueue, channel: string): Result {
  const { call, kernel } = task;
  if ((file.flags & O_NONBLOCK) !== 0) throw fail(EAGAIN, 'O_NONBLOCK');
  const { deadlineNs } = call;
  if (call.timedOut || (deadlineNs !== undefined && deadlineNs <= kernel.clock.monotonicNs()))
    throw fail(ETIMEDOUT, 'message queue');
  return block(task, waiters, { deadlineNs, channel });
}

/** mq_timedsend(2). Errors: EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EMSGSIZE, ETIMEDOUT. */
export function mqTimedsend(
  task: Task,
  fd: number,
  address: number,
  size: number,
  priority: number,
  timeout: number,
): Result {
  fixDeadline(task, timeout);
  if (priority >= MQ_PRIO_MAX) throw fail(EINVAL, 'priority');
  const file = queueFile(task, fd, 'writable');
  const { queue } = file;
  if (size > queue.messageBytes) throw fail(EMSGSIZE, 'longer than mq_msgsize');
  const bytes = task.memory.readBytes(address, size);
  if (queue.isFull) return sleep(task, file, queue.senders, 'wq_sleep');
  queue.send(task.process, priority, bytes);
  return 0;
}

/** mq_timedreceive(2). Errors: EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EMSGSIZE, ETIMEDOUT. */
export function mqTimedreceive(
  task: Task,
  fd: number,
  address: number,
  size: number,
  priorityAddress: number,
  timeout: number,
): Result {
  fixDeadline(task, timeout);
  const file = queueFile(task, fd, 'readable');
  const { queue } = file;
  if (size < queue.messageBytes) throw fail(EMSGSIZE, 'shorter than mq_msgsize');
  const { next } = queue;
  if (!next) return sleep(task, file, queue.receivers, 'wq_sleep');
  if (priorityAddress !== 0) task.memory.writeU32(priorityAddress, next.priority);
  task.memory.writeBytes(address, next.bytes);
  queue.take(task.kernel.slab);
  return next.bytes.length;
}

const SIGEV_SIGNAL = 0;
const SIGEV_NONE = 1;
const SIGEV_THREAD = 2;

/** The socket that SIGEV_THREAD names. Throws EBADF, EINVAL, ENOTSOCK. */
function netlinkSocket(task: Task, fd: number): NetlinkSocket {
  const socket = socketOf(task, fd);
  if (socket instanceof NetlinkSocket) return socket;
  throw fail(EINVAL, 'not a netlink socket');
}

/** mq_notify(2). Errors: EBADF, EBUSY, EFAULT, EINVAL, ENOTSOCK. */
export function mqNotify(task: Task, fd: number, event: number): Result {
  const { memory, process } = task;
  if (event === 0) {
    queueFile(task, fd).queue.forget(process);
    return 0;
  }
  const value = memory.readBigU64(event);
  const signal = memory.readI32(event + 8);
  const kind = memory.readI32(event + 12);
  const isSignal = kind === SIGEV_SIGNAL;
  if (!isSignal && kind !== SIGEV_NONE && kind !== SIGEV_THREAD) throw fail(EINVAL, 'sigev_notify');
  if (isSignal && (signal < 0 || signal > SIGRTMAX)) throw fail(EINVAL, 'sigev_signo');
  const cookie =
    kind === SIGEV_THREAD ? memory.readBytes(memory.readU64(event), NOTIFY_COOKIE_LEN) : undefined;
  const thread = cookie && { socket: netlinkSocket(task, signal), cookie };
  if (thread?.socket.isFull) return block(task, thread.socket.waitQueue);
  const { queue } = queueFile(task, fd);
  if (queue.notification) throw fail(EBUSY, 'somebody is notified');
  queue.notification = {
    process,
    kind,
    signal: isSignal ? signal : 0,
    value,
    ...(thread && { thread }),
  };
  return 0;
}

/** mq_getsetattr(2). Errors: EBADF, EFAULT, EINVAL. */
export function mqGetsetattr(task: Task, fd: number, wanted: number, before: number): number {
  const { memory } = task;
  const change = wanted === 0 ? undefined : memory.read(MqAttr, wanted);
  if (change && (change.mq_flags & ~O_NONBLOCK) !== 0) throw fail(EINVAL, 'mq_flags');
  const file = queueFile(task, fd);
  if (before !== 0)
    memory.write(MqAttr, before, {
      mq_flags: file.flags & O_NONBLOCK,
      mq_maxmsg: file.queue.maxMessages,
      mq_msgsize: file.queue.messageBytes,
      mq_curmsgs: file.queue.count,
    });
  if (change) file.flags = (file.flags & ~O_NONBLOCK) | change.mq_flags;
  return 0;
}
