/** semget(2), semop(2), semtimedop(2), semctl(2). */
import { E2BIG, EAGAIN, EFBIG, EIDRM, EINVAL, ENOSPC, ERANGE, fail } from '../../abi/errno.ts';
import * as abi from '../../abi/ipc.ts';
import { block, deadlineOf, type Result } from '../block.ts';
import { secondsNow } from '../ipc/ipc-object.ts';
import { isAltering, type Operation, SemaphoreSet, SemaphoreWait } from '../ipc/semaphore-set.ts';
import type { Task } from '../task.ts';
import { readTimespec } from '../timespec.ts';

const READ_MODES = 0o444;
const ALTER_MODES = 0o222;

/** semget(2). Errors: EACCES, EEXIST, EINVAL, ENOENT, ENOMEM, ENOSPC. */
export function semget(task: Task, key: number, count: number, flags: number): number {
  const { ipc } = task.kernel;
  const { semaphores, limits } = ipc;
  if (count < 0 || count > limits.semmsl) throw fail(EINVAL, 'number of semaphores');
  const fits = (known: SemaphoreSet): void => {
    if (count > known.values.length) throw fail(EINVAL, 'the set is smaller');
  };
  return semaphores.open(task, key, flags, limits.semmni, fits, (id) => {
    if (count === 0) throw fail(EINVAL, 'no semaphores');
    if (ipc.semaphoreCount + count > limits.semmns) throw fail(ENOSPC, 'semmns');
    const set = new SemaphoreSet(task, id, key, flags, count);
    ipc.semaphoreCount += count;
    return set;
  });
}

export function semop(task: Task, id: number, address: number, count: number): Result {
  return semtimedop(task, id, address, count, 0);
}

/** semtimedop(2). Errors: E2BIG, EACCES, EAGAIN, EFAULT, EFBIG, EIDRM, EINTR, EINVAL, ERANGE. */
export function semtimedop(
  task: Task,
  id: number,
  address: number,
  count: number,
  timeout: number,
): Result {
  const { call } = task;
  const { semaphores, limits } = task.kernel.ipc;
  if (call.waitData instanceof SemaphoreWait) {
    if (call.timedOut) throw fail(EAGAIN, 'timeout');
    return sleep(task, call.waitData);
  }
  if (count < 1 || id < 0) throw fail(EINVAL, 'id or number of operations');
  if (count > limits.semopm) throw fail(E2BIG, 'too many operations');
  const bytes = task.memory.readBytes(address, count * abi.Sembuf.size);
  const operations: Operation[] = Array.from({ length: count }, (_, i) =>
    abi.Sembuf.decode(bytes, i * abi.Sembuf.size),
  );
  const deadlineNs = timeout === 0 ? undefined : deadlineOf(task, readTimespec(task, timeout));
  const set = semaphores.get(id);
  if (operations.some(({ sem_num: number }) => number >= set.values.length))
    throw fail(EFBIG, 'semaphore number');
  const isChange = operations.some(isAltering);
  set.check(task, isChange ? ALTER_MODES : READ_MODES);
  const blocking = set.perform(task, operations);
  if (!blocking) {
    if (isChange) set.wakeReady();
    return 0;
  }
  call.waitData = new SemaphoreWait(set, operations, blocking);
  call.deadlineNs = deadlineNs;
  return sleep(task, call.waitData as SemaphoreWait);
}

/** Whoever changes the set does the operations and ends the call: a re-run comes of a signal only, and gives EINTR. */
function sleep(task: Task, { set }: SemaphoreWait): Result {
  task.call.restart = 'eintr';
  if (set.isRemoved) throw fail(EIDRM, 'the set was removed');
  return block(task, set.queue, {
    deadlineNs: task.call.deadlineNs,
    channel: 'do_semtimedop',
  });
}

/** semctl(2). Errors: EACCES, EFAULT, EINVAL, EPERM, ERANGE. */
export function semctl(
  task: Task,
  id: number,
  number: number,
  command: number,
  argument: number,
): number {
  const { semaphores } = task.kernel.ipc;
  if (id < 0) throw fail(EINVAL, 'id');
  switch (command) {
    case abi.IPC_INFO:
    case abi.SEM_INFO:
      return writeLimits(task, argument, command === abi.SEM_INFO);
    case abi.IPC_STAT:
      return writeState(task, semaphores.get(id), argument, true, 0);
    case abi.SEM_STAT:
    case abi.SEM_STAT_ANY: {
      const set = semaphores.at(id);
      return writeState(task, set, argument, command === abi.SEM_STAT, set.id);
    }
    case abi.IPC_SET: {
      const { uid, gid, mode } = task.memory.read(abi.Semid64Ds, argument);
      const set = semaphores.get(id);
      set.checkOwner(task);
      set.setPermissions(task, uid, gid, mode);
      return 0;
    }
    case abi.IPC_RMID: {
      const set = semaphores.get(id);
      set.checkOwner(task);
      semaphores.remove(set);
      task.kernel.ipc.semaphoreCount -= set.values.length;
      set.failAll(EIDRM);
      return 0;
    }
    case abi.GETALL:
    case abi.SETALL:
      return allValues(task, semaphores.get(id), argument, command === abi.SETALL);
    case abi.SETVAL:
      return setValue(task, semaphores.get(id), number, argument | 0);
    default:
      return getValue(task, id, number, command);
  }
}

function getValue(task: Task, id: number, number: number, command: number): number {
  if (command < abi.GETPID || command > abi.GETZCNT) throw fail(EINVAL, 'command');
  const set = task.kernel.ipc.semaphores.get(id);
  set.check(task, READ_MODES);
  if (number < 0 || number >= set.values.length) throw fail(EINVAL, 'semaphore number');
  switch (command) {
    case abi.GETVAL:
      return set.values[number] as number;
    case abi.GETPID:
      return set.pids[number] as number;
    default:
      return set.countWaiters(number, command === abi.GETZCNT);
  }
}

function setValue(task: Task, set: SemaphoreSet, number: number, value: number): number {
  if (value < 0 || value > abi.SEMVMX) throw fail(ERANGE, 'value');
  if (number < 0 || number >= set.values.length) throw fail(EINVAL, 'semaphore number');
  set.check(task, ALTER_MODES);
  set.forgetUndo(number);
  set.values[number] = value;
  set.pids[number] = task.process.pid;
  set.ctime = secondsNow(task);
  set.wakeReady();
  return 0;
}

function allValues(task: Task, set: SemaphoreSet, address: number, isSet: boolean): number {
  const { values, pids } = set;
  set.check(task, isSet ? ALTER_MODES : READ_MODES);
  if (!isSet) {
    const bytes = new Uint8Array(values.buffer.slice(0, values.byteLength));
    task.memory.writeBytes(address, bytes);
    return 0;
  }
  const bytes = task.memory.readBytes(address, values.byteLength);
  const wanted = new Uint16Array(bytes.buffer, 0, values.length);
  if (wanted.some((value) => value > abi.SEMVMX)) throw fail(ERANGE, 'value');
  values.set(wanted);
  pids.fill(task.process.pid);
  for (let i = 0; i < values.length; i++) set.forgetUndo(i);
  set.ctime = secondsNow(task);
  set.wakeReady();
  return 0;
}

function writeState(
  task: Task,
  set: SemaphoreSet,
  address: number,
  checksPermission: boolean,
  result: number,
): number {
  if (checksPermission) set.check(task, READ_MODES);
  task.memory.write(abi.Semid64Ds, address, {
    ...set.permissions,
    sem_otime: set.operationTime,
    sem_ctime: set.ctime,
    sem_nsems: set.values.length,
  });
  return result;
}

/** Sizes that Linux keeps for compatibility: linux/sem.h. */
const SEMUME = 500;
const SEMUSZ = 20;

/** IPC_INFO gives limits; SEM_INFO puts what is in use in place of two of them. */
function writeLimits(task: Task, address: number, givesUse: boolean): number {
  const { semaphores, limits, semaphoreCount } = task.kernel.ipc;
  const { semmni, semmns, semmsl, semopm } = limits;
  task.memory.write(abi.Seminfo, address, {
    semmap: semmns,
    semmni,
    semmns,
    semmnu: semmns,
    semmsl,
    semopm,
    semume: SEMUME,
    semusz: givesUse ? semaphores.count : SEMUSZ,
    semvmx: abi.SEMVMX,
    semaem: givesUse ? semaphoreCount : abi.SEMAEM,
  });
  return semaphores.highestPlace;
}
