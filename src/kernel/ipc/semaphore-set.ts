/** System V semaphores: semget(2), semop(2), semctl(2). Linux: ipc/sem.c. */
import { EAGAIN, ERANGE, fail, KernelError } from '../../abi/errno.ts';
import { IPC_NOWAIT, SEM_UNDO, SEMAEM, SEMVMX } from '../../abi/ipc.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import type { Slab } from '../mm/slab.ts';
import type { Process } from '../process.ts';
import { Task } from '../task.ts';
import { IpcObject, secondsNow } from './ipc-object.ts';
import { UndoList } from './undo-list.ts';

/** struct sembuf. */
export interface Operation {
  readonly sem_num: number;
  readonly sem_op: number;
  readonly sem_flg: number;
}

/** task.syscall.waitData of a semop that sleeps: all of its operations, to be done at once. */
export class SemaphoreWait {
  readonly set: SemaphoreSet;
  readonly operations: readonly Operation[];
  /** The operation that could not be done. */
  blocking: Operation;

  constructor(set: SemaphoreSet, operations: readonly Operation[], blocking: Operation) {
    this.set = set;
    this.operations = operations;
    this.blocking = blocking;
  }
}

/** sizeof(struct sem), and of what is undone of one semaphore for one process. */
const SEMAPHORE_BYTES = 64;
/** A set besides its semaphores: what the host's process takes for one (test/hostile/README.md). */
const SET_BYTES = 2048;
const UNDO_BYTES = 4;

export class SemaphoreSet extends IpcObject {
  private readonly slab: Slab;
  readonly values: Uint16Array;
  /** Of the last process that changed each. */
  readonly pids: Int32Array;
  /** Time of the last semop; 0 for never. */
  operationTime = 0;
  /** Tasks in semop, in order of arrival; each has a SemaphoreWait. */
  readonly queue = new WaitQueue();
  /** What to add to each value when the processes of a list have exited: SEM_UNDO. */
  readonly undo = new Map<UndoList, Int32Array>();

  constructor(task: Task, id: number, key: number, mode: number, count: number) {
    super(task, id, key, mode);
    this.slab = task.kernel.slab;
    this.slab.charge(SET_BYTES + count * SEMAPHORE_BYTES);
    this.values = new Uint16Array(count);
    this.pids = new Int32Array(count);
  }

  /**
   * All operations at once, or none: then the one that must wait is returned. Throws ERANGE, and EAGAIN if that one has
   * IPC_NOWAIT.
   */
  perform(task: Task, operations: readonly Operation[]): Operation | undefined {
    const { process } = task;
    const owed = operations.some(hasUndo) ? this.undoOf(process) : undefined;
    for (let done = 0; done < operations.length; done++) {
      const operation = operations[done] as Operation;
      const errno = this.apply(operation, owed);
      if (errno === 0) continue;
      while (--done >= 0) this.revert(operations[done] as Operation, owed);
      if (errno === EAGAIN && (operation.sem_flg & IPC_NOWAIT) === 0) return operation;
      throw fail(errno, 'semaphore operation');
    }
    for (const { sem_num: number } of operations) this.pids[number] = process.pid;
    this.operationTime = secondsNow(task);
    return undefined;
  }

  /** One operation; EAGAIN if it must wait, ERANGE if it cannot be, 0 if it was done. */
  private apply({ sem_num: number, sem_op: change, sem_flg: flags }: Operation, owed?: Int32Array) {
    const value = this.values[number] as number;
    const after = value + change;
    if (after < 0 || (change === 0 && value !== 0)) return EAGAIN;
    if (after > SEMVMX) return ERANGE;
    if (owed && (flags & SEM_UNDO) !== 0) {
      const debt = (owed[number] as number) - change;
      if (debt < -SEMAEM - 1 || debt > SEMAEM) return ERANGE;
      owed[number] = debt;
    }
    this.values[number] = after;
    return 0;
  }

  private revert(operation: Operation, owed?: Int32Array): void {
    const { sem_num: number, sem_op: change } = operation;
    this.values[number] = (this.values[number] as number) - change;
    if (owed && hasUndo(operation)) owed[number] = (owed[number] as number) + change;
  }

  private undoOf(process: Process): Int32Array {
    const list = (process.undoList ??= new UndoList());
    let owed = this.undo.get(list);
    if (!owed) {
      this.slab.charge(this.values.length * UNDO_BYTES);
      this.undo.set(list, (owed = new Int32Array(this.values.length)));
    }
    return owed;
  }

  /** Values have changed: whoever waits and can go on now does, in order of arrival. */
  wakeReady(): void {
    for (let hasChanged = true; hasChanged; ) {
      hasChanged = false;
      for (const [task, wait] of this.waits()) {
        const result = this.retry(task, wait);
        if (result === undefined) continue;
        complete(task, result);
        if (result === 0 && wait.operations.some(isAltering)) hasChanged = true;
      }
    }
  }

  /** The call's result; undefined if it has to wait on. */
  private retry(task: Task, wait: SemaphoreWait): number | undefined {
    try {
      const blocking = this.perform(task, wait.operations);
      if (!blocking) return 0;
      wait.blocking = blocking;
      return undefined;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return -error.errno;
    }
  }

  /** The set is gone: everybody gets `errno`. */
  failAll(errno: number): void {
    const { length } = this.values;
    this.slab.discharge(SET_BYTES + length * (SEMAPHORE_BYTES + this.undo.size * UNDO_BYTES));
    this.undo.clear();
    for (const [task] of this.waits()) complete(task, -errno);
  }

  /** GETNCNT (`waitsForZero` false), GETZCNT: tasks that wait for semaphore `number`. */
  countWaiters(number: number, waitsForZero: boolean): number {
    let count = 0;
    for (const [, { blocking }] of this.waits())
      if (blocking.sem_num === number && (blocking.sem_op === 0) === waitsForZero) count++;
    return count;
  }

  /** The last process of the list, `pid`, has exited: give back what was taken with SEM_UNDO. */
  undoFor(list: UndoList, pid: number): void {
    const owed = this.undo.get(list);
    if (!owed) return;
    this.undo.delete(list);
    this.slab.discharge(owed.length * UNDO_BYTES);
    for (let i = 0; i < owed.length; i++) {
      if (owed[i] === 0) continue;
      const value = (this.values[i] as number) + (owed[i] as number);
      this.values[i] = Math.min(SEMVMX, Math.max(0, value));
      this.pids[i] = pid;
    }
    this.wakeReady();
  }

  /** SETVAL, SETALL: nobody owes anything to the semaphore any more. */
  forgetUndo(number: number): void {
    for (const owed of this.undo.values()) owed[number] = 0;
  }

  private waits(): [Task, SemaphoreWait][] {
    const found: [Task, SemaphoreWait][] = [];
    for (const waiter of this.queue.waiters.keys()) {
      if (!(waiter instanceof Task)) continue;
      const data = waiter.syscall?.waitData;
      if (data instanceof SemaphoreWait) found.push([waiter, data]);
    }
    return found;
  }
}

function hasUndo({ sem_flg: flags }: Operation): boolean {
  return (flags & SEM_UNDO) !== 0;
}

export function isAltering({ sem_op: change }: Operation): boolean {
  return change !== 0;
}

function complete(task: Task, result: number): void {
  if (task.syscall) task.syscall.result = result;
  task.kernel.scheduler.wake(task);
}
