/**
 * Kernel objects that anybody can pile up and that no other table charges: how many there are, and what of the guest's memory they cost.
 * That is what the host's process takes for one, measured (test/hostile/README.md), or Linux where that takes more.
 */
import { KernelError } from '../abi/errno.ts';
import { ObjectCharge, type Slab } from './mm/slab.ts';
import { FILTER_PART_BYTES } from './seccomp/filter.ts';

/** task_struct, signal_struct, sighand_struct, mm_struct, files_struct, pid. */
const TASK_BYTES = 10240;
/** Of what is large, few are charged at a time. */
const SMALL_STEP = 4;
/** k_itimer with its sigqueue. */
const TIMER_BYTES = 512;
/** epitem, eppoll_entry. */
const EPOLL_ITEM_BYTES = 640;
/** inotify_inode_mark or fsnotify_mark, its connector, and its part in keeping the inode. */
const MARK_BYTES = 320;
/** inotify_event_info with a name of middle length, fanotify_path_event. */
const EVENT_BYTES = 320;
/** struct key with its description. */
const KEY_BYTES = 768;
/** struct kioctx. */
const AIO_CONTEXT_BYTES = 768;

/** A message that waits in a socket, besides its bytes. */
const SOCKET_MESSAGE_BYTES = 512;

export class ObjectCount {
  count = 0;
  private readonly charge: ObjectCharge;

  constructor(charge: ObjectCharge) {
    this.charge = charge;
  }

  /** Throws ENOMEM. */
  add(): void {
    this.charge.reserve(this.count + 1);
    this.count++;
  }

  /** Whether there was memory for one more. */
  tryAdd(): boolean {
    try {
      this.add();
      return true;
    } catch (error) {
      if (error instanceof KernelError) return false;
      throw error;
    }
  }

  /** What they cost is given back; with some delay where they go one by one. */
  remove(count = 1): void {
    this.count -= count;
    if (count === 1) this.charge.settle(this.count);
    else this.charge.settleAll(this.count);
  }
}

export class KernelObjects {
  /** Threads, zombies, those of the kernel. */
  readonly tasks: ObjectCharge;
  readonly timers: ObjectCount;
  readonly epollItems: ObjectCount;
  /** Of inotify and fanotify. */
  readonly marks: ObjectCount;
  readonly events: ObjectCount;
  readonly keys: ObjectCount;
  readonly aioContexts: ObjectCount;
  readonly socketMessages: ObjectCount;
  /** Of seccomp(2), in parts of FILTER_PART_BYTES. */
  readonly filters: ObjectCharge;

  constructor(slab: Slab) {
    const counted = (bytes: number) => new ObjectCount(new ObjectCharge(slab, bytes));
    this.tasks = new ObjectCharge(slab, TASK_BYTES, SMALL_STEP);
    this.timers = counted(TIMER_BYTES);
    this.epollItems = counted(EPOLL_ITEM_BYTES);
    this.marks = counted(MARK_BYTES);
    this.events = counted(EVENT_BYTES);
    this.keys = counted(KEY_BYTES);
    this.aioContexts = counted(AIO_CONTEXT_BYTES);
    this.socketMessages = counted(SOCKET_MESSAGE_BYTES);
    this.filters = new ObjectCharge(slab, FILTER_PART_BYTES, SMALL_STEP);
  }
}
