/** msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */
import { E2BIG, EAGAIN, EIDRM, EINVAL, ENOMSG, EPERM, fail } from '../../abi/errno.ts';
import * as abi from '../../abi/ipc.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import { CAP_SYS_RESOURCE } from '../credentials.ts';
import { secondsNow } from '../ipc/ipc-object.ts';
import { type Message, MessageQueue } from '../ipc/message-queue.ts';
import type { Task } from '../task.ts';

const READ_MODES = 0o444;
const WRITE_MODES = 0o222;
/** In front of the text: struct msgbuf. */
const TYPE_BYTES = 8;

/** msgget(2). Errors: EACCES, EEXIST, ENOENT, ENOMEM, ENOSPC. */
export function msgget(task: Task, key: number, flags: number): number {
  const { queues, limits } = task.kernel.ipc;
  return queues.open(
    task,
    key,
    flags,
    limits.msgmni,
    () => undefined,
    (id) => new MessageQueue(task, id, key, flags, limits.msgmnb),
  );
}

/** The queue of a call; of one that runs again, the same. Throws EIDRM when it was removed meanwhile. */
function queueOf(task: Task, id: number): MessageQueue {
  const { waitData } = task.call;
  if (!(waitData instanceof MessageQueue)) return task.kernel.ipc.queues.get(id);
  if (waitData.isRemoved) throw fail(EIDRM, 'the queue was removed');
  return waitData;
}

function sleep(task: Task, queue: MessageQueue, waiters: WaitQueue, channel: string): Result {
  task.call.restart = 'nohand';
  task.call.waitData = queue;
  return block(task, waiters, { channel });
}

/** msgsnd(2). Errors: EACCES, EAGAIN, EFAULT, EIDRM, EINTR, EINVAL, ENOMEM. */
export function msgsnd(
  task: Task,
  id: number,
  address: number,
  size: number,
  flags: number,
): Result {
  const type = task.memory.readI64(address);
  if (size > task.kernel.ipc.limits.msgmax || id < 0) throw fail(EINVAL, 'size or id');
  const bytes = task.memory.readBytes(address + TYPE_BYTES, size);
  if (type < 1) throw fail(EINVAL, 'type');
  const queue = queueOf(task, id);
  queue.check(task, WRITE_MODES);
  if (!queue.hasRoomFor(size)) {
    if ((flags & abi.IPC_NOWAIT) !== 0) throw fail(EAGAIN, 'the queue is full');
    return sleep(task, queue, queue.senders, 'do_msgsnd');
  }
  queue.add({ type, bytes });
  queue.lastSender = task.process.pid;
  queue.sendTime = secondsNow(task);
  return 0;
}

/** msgrcv(2). Errors: E2BIG, EACCES, EFAULT, EIDRM, EINTR, EINVAL, ENOMSG. */
export function msgrcv(
  task: Task,
  id: number,
  address: number,
  size: number,
  type: number,
  flags: number,
): Result {
  const isCopy = (flags & abi.MSG_COPY) !== 0;
  const isExcept = (flags & abi.MSG_EXCEPT) !== 0;
  if (id < 0 || size >= 2 ** 63) throw fail(EINVAL, 'id or size');
  if (isCopy && (isExcept || (flags & abi.IPC_NOWAIT) === 0)) throw fail(EINVAL, 'MSG_COPY');
  const queue = queueOf(task, id);
  queue.check(task, READ_MODES);
  const place = isCopy ? type : queue.find(type, isExcept);
  const message = queue.messages[place];
  if (!message) {
    if ((flags & abi.IPC_NOWAIT) !== 0) throw fail(ENOMSG, 'no such message');
    return sleep(task, queue, queue.receivers, 'do_msgrcv');
  }
  if (message.bytes.length > size && (flags & abi.MSG_NOERROR) === 0)
    throw fail(E2BIG, 'the message is longer');
  const length = deliver(task, address, size, message);
  if (isCopy) return length;
  queue.lastReceiver = task.process.pid;
  queue.receiveTime = secondsNow(task);
  queue.take(place);
  return length;
}

function deliver(task: Task, address: number, size: number, { type, bytes }: Message): number {
  const length = Math.min(size, bytes.length);
  task.memory.writeBytes(address + TYPE_BYTES, bytes.subarray(0, length));
  task.memory.writeU64(address, type);
  return length;
}

/** msgctl(2). Errors: EACCES, EFAULT, EINVAL, EPERM. */
export function msgctl(task: Task, id: number, command: number, address: number): number {
  const { queues } = task.kernel.ipc;
  if (id < 0 || command < 0) throw fail(EINVAL, 'id or command');
  switch (command) {
    case abi.IPC_INFO:
    case abi.MSG_INFO:
      return writeLimits(task, address, command === abi.MSG_INFO);
    case abi.IPC_STAT:
      return writeState(task, queues.get(id), address, true, 0);
    case abi.MSG_STAT:
    case abi.MSG_STAT_ANY: {
      const queue = queues.at(id);
      return writeState(task, queue, address, command === abi.MSG_STAT, queue.id);
    }
    case abi.IPC_SET:
      return set(task, id, address);
    case abi.IPC_RMID: {
      const queue = queues.get(id);
      queue.checkOwner(task);
      queues.remove(queue);
      queue.destroy();
      return 0;
    }
    default:
      throw fail(EINVAL, 'command');
  }
}

function set(task: Task, id: number, address: number): number {
  const { queues, limits } = task.kernel.ipc;
  const { uid, gid, mode, msg_qbytes: maxBytes } = task.memory.read(abi.Msqid64Ds, address);
  const queue = queues.get(id);
  queue.checkOwner(task);
  const mayExceed = task.credentials.hasCapability(CAP_SYS_RESOURCE);
  if (maxBytes > limits.msgmnb && !mayExceed) throw fail(EPERM, 'msgmnb');
  queue.setPermissions(task, uid, gid, mode);
  queue.maxBytes = maxBytes;
  // Who may read and what fits has changed: everybody looks again.
  queue.wakeEverybody();
  return 0;
}

function writeState(
  task: Task,
  queue: MessageQueue,
  address: number,
  checksPermission: boolean,
  result: number,
): number {
  if (checksPermission) queue.check(task, READ_MODES);
  task.memory.write(abi.Msqid64Ds, address, {
    ...queue.permissions,
    msg_stime: queue.sendTime,
    msg_rtime: queue.receiveTime,
    msg_ctime: queue.ctime,
    msg_cbytes: queue.bytes,
    msg_qnum: queue.messages.length,
    msg_qbytes: queue.maxBytes,
    msg_lspid: queue.lastSender,
    msg_lrpid: queue.lastReceiver,
  });
  return result;
}

/** Sizes that Linux keeps for compatibility: linux/msg.h. */
const MSGSSZ = 16;
const MSGSEG = 0xffff;

function writeLimits(task: Task, address: number, givesUse: boolean): number {
  const { queues, limits } = task.kernel.ipc;
  let messages = 0;
  let bytes = 0;
  for (const queue of queues) {
    messages += queue.messages.length;
    bytes += queue.bytes;
  }
  const { msgmax, msgmnb, msgmni } = limits;
  task.memory.write(abi.Msginfo, address, {
    msgpool: givesUse ? queues.count : Math.floor((msgmni * msgmnb) / 1024),
    msgmap: givesUse ? messages : msgmnb,
    msgmax,
    msgmnb,
    msgmni,
    msgssz: MSGSSZ,
    msgtql: givesUse ? bytes : msgmnb,
    msgseg: MSGSEG,
  });
  return queues.highestPlace;
}
