/** All objects of System V IPC and POSIX message queues, and their limits: sysvipc(7), proc_sys_kernel(5). Linux: struct ipc_namespace. */

import type { Kernel } from '../kernel.ts';
import type { Process } from '../process.ts';
import { IpcTable } from './ipc-object.ts';
import type { MessageQueue } from './message-queue.ts';
import { MqueueFileSystem } from './mqueue-file-system.ts';
import type { SemaphoreSet } from './semaphore-set.ts';
import type { SharedMemorySegment } from './shared-memory-segment.ts';

/** ULONG_MAX - 2^24. */
const SHM_UNLIMITED = 0xffff_ffff_feff_ffffn;

export class IpcLimits {
  /** Bytes of a segment, pages of all together: 64-bit quantities of the interface. */
  shmmax = SHM_UNLIMITED;
  shmall = SHM_UNLIMITED;
  shmmni = 4096;
  /** Semaphores of a set, of all together, operations of a call, sets. */
  semmsl = 32_000;
  semmns = 1_024_000_000;
  semopm = 500;
  semmni = 32_000;
  /** Bytes of a message, bytes of a new queue, queues. */
  msgmax = 8192;
  msgmnb = 16_384;
  msgmni = 32_000;
}

export class Ipc {
  readonly limits = new IpcLimits();
  readonly segments = new IpcTable<SharedMemorySegment>();
  readonly semaphores = new IpcTable<SemaphoreSet>();
  /** Of all sets: there may be many. */
  semaphoreCount = 0;
  readonly queues = new IpcTable<MessageQueue>();
  private readonly kernel: Kernel;
  private posixQueues: MqueueFileSystem | undefined = undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** POSIX message queues. */
  get mqueue(): MqueueFileSystem {
    return (this.posixQueues ??= new MqueueFileSystem(this.kernel));
  }

  /** Pages of all segments, touched or not. */
  get sharedPages(): number {
    let pages = 0;
    for (const segment of this.segments) pages += segment.pages;
    return pages;
  }

  /** The process exits, or is to have an undo list of its own: unshare(2). */
  leaveUndoList(process: Process): void {
    const list = process.undoList;
    process.undoList = undefined;
    if (list === undefined || --list.users > 0) return;
    for (const set of this.semaphores) set.undoFor(list, process.pid);
  }
}
