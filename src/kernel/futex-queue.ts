/** The waiters of futex words: futex(2). A key is an address of one address space, or an offset in what is shared. */
import { panic } from '../lib/panic.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { AddressSpace } from './mm/address-space.ts';
import type { Task } from './task.ts';

/** Word of a priority-inheritance futex and of robust ones: tid of the owner and two flags. */
export const FUTEX_WAITERS = 0x8000_0000;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;

export const MATCH_ANY = 0xffff_ffff;

/** task.syscall.waitData of a futex wait. */
export class FutexWait {
  /** Moves with FUTEX_REQUEUE. */
  queue: FutexQueue;
  readonly bitset: number;

  constructor(queue: FutexQueue, bitset: number) {
    this.queue = queue;
    this.bitset = bitset;
  }

  /** What the call gives when a wake-up of `queue` ends it. */
  resultOf(_queue: FutexQueue): number {
    return 0;
  }

  /** FUTEX_REQUEUE: it waits there from now on. */
  moved(_from: FutexQueue, to: FutexQueue): void {
    this.queue = to;
  }
}

/** task.syscall.waitData of futex_waitv(2): words by index, of which any may wake it. */
export class FutexVectorWait extends FutexWait {
  readonly queues: FutexQueue[];

  constructor(queues: FutexQueue[]) {
    super(queues[0] as FutexQueue, MATCH_ANY);
    this.queues = queues;
  }

  override resultOf(queue: FutexQueue): number {
    return this.queues.indexOf(queue);
  }

  override moved(from: FutexQueue, to: FutexQueue): void {
    this.queues[this.queues.indexOf(from)] = to;
  }
}

export class FutexQueue extends WaitQueue {
  /** Holder of a PI futex while somebody waits for it. */
  owner: Task | undefined = undefined;
  /** Where the word is, in the owner's memory: for handing over when the owner dies. */
  ownerAddress = 0;

  /** Tasks waiting, in order. */
  tasks(): Task[] {
    return [...this.waiters.keys()] as Task[];
  }

  /** Complete up to `count` matching waits with 0; returns how many. */
  wakeMatching(count: number, bitset: number): number {
    let woken = 0;
    for (const task of this.tasks()) {
      if (woken >= count) break;
      const wait = waitOf(task);
      if ((wait.bitset & bitset) === 0) continue;
      completeWait(task, wait.resultOf(this));
      woken++;
    }
    return woken;
  }

  /** Move up to `count` waiters to another queue, asleep. */
  requeue(count: number, target: FutexQueue): number {
    let moved = 0;
    for (const task of this.tasks()) {
      if (moved >= count) break;
      this.leave(task);
      target.enlist(task);
      waitOf(task).moved(this, target);
      moved++;
    }
    return moved;
  }
}

export function waitOf(task: Task): FutexWait {
  const data = task.syscall?.waitData;
  return data instanceof FutexWait ? data : panic(`task ${task.tid} waits on a futex without data`);
}

/** End a sleeping call with a result. */
export function completeWait(task: Task, result: number): void {
  if (task.syscall) task.syscall.result = result;
  task.kernel.scheduler.wake(task);
}

/** Queues by key; a queue lives while it has waiters. */
export class FutexTable {
  private readonly queues = new Map<number, FutexQueue>();

  find(key: number): FutexQueue | undefined {
    return this.queues.get(key);
  }

  /** The queue of a word, made when absent. */
  get(key: number): FutexQueue {
    let queue = this.queues.get(key);
    if (!queue) {
      if (this.queues.size >= SWEEP_SIZE) this.sweep();
      this.queues.set(key, (queue = new FutexQueue()));
    }
    return queue;
  }

  private sweep(): void {
    for (const [key, queue] of this.queues)
      if (queue.waiters.size === 0 && !queue.owner) this.queues.delete(key);
  }
}

const SWEEP_SIZE = 64;

/** The tables of shared words, by the object that is shared. */
export class Futexes {
  private readonly shared = new WeakMap<object, FutexTable>();

  /** Table and key of a word. Words in private memory belong to the address space. */
  locate(space: AddressSpace, address: number, isPrivate: boolean): [FutexTable, number] {
    const vma = isPrivate ? undefined : space.vmas.find(address);
    const object = vma?.isShared ? vma.file?.inode : undefined;
    if (!vma || !object) return [space.futexes, address];
    let table = this.shared.get(object);
    if (!table) this.shared.set(object, (table = new FutexTable()));
    return [table, vma.offset + address - vma.start];
  }
}
