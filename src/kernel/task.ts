/** A thread. Linux: struct task_struct. */
import type { Dentry } from '../fs/dentry.ts';
import type { Waiter, WaitQueue } from '../lib/wait-queue.ts';
import { newContext } from './arch/user-context.ts';
import type { LateWrites } from './block/late-writes.ts';
import type { Ns } from './clock.ts';
import type { Credentials } from './credentials.ts';
import type { FileTable } from './file-table.ts';
import type { FutexQueue } from './futex-queue.ts';
import { endIoWait } from './io-wait.ts';
import type { Kernel } from './kernel.ts';
import type { KernelWork } from './kernel-thread.ts';
import type { MemoryPolicy } from './mm/memory-policy.ts';
import type { UserMemory } from './mm/user-memory.ts';
import { PendingSignals } from './pending-signals.ts';
import { PendingSyscall } from './pending-syscall.ts';
import type { TaskBranches } from './perf/branch-counts.ts';
import type { PerfEvent } from './perf/event-file.ts';
import type { FsContext, Process } from './process.ts';
import type { RseqArea } from './rseq.ts';
import { Scheduling } from './scheduling.ts';
import type { TaskSeccomp } from './seccomp/filter.ts';
import { emptySet, type SignalSet } from './signal-set.ts';
import { Timer, type TimerTarget } from './timer.ts';

/** As in /proc/<pid>/stat: running, sleeping, disk sleep, stopped, traced, zombie, dead. */
export type TaskState = 'R' | 'S' | 'D' | 'T' | 't' | 'Z' | 'X';

/** Of init: prctl(PR_SET_TIMERSLACK). */
const DEFAULT_TIMER_SLACK_NS: Ns = 50_000;

/** What threads may share or have for themselves: clone(2), unshare(2), credentials(7). */
export interface TaskResources {
  readonly files: FileTable;
  readonly fsContext: FsContext;
  readonly credentials: Credentials;
}

export class Task implements Waiter, TimerTarget {
  // immutable
  readonly kernel: Kernel;
  readonly startTimeNs: Ns;
  /** Registers in CONTEXT layout; valid while the task is not loaded on a hart. */
  readonly context = newContext();
  /** Vector registers, if it has used them; valid as `context` is. */
  vector: Uint32Array | undefined = undefined;
  readonly sleepTimer: Timer = new Timer(this, 'sleep');
  readonly pending = new PendingSignals();
  readonly scheduling = new Scheduling();

  /** What a thread of the kernel does when it is chosen; undefined for those with user mode. */
  work: KernelWork | undefined = undefined;

  readonly process: Process;
  /** After the end of the thread, a table of nobody's. */
  files: FileTable;
  fsContext: FsContext;
  /** Replaced, never changed: others may hold them. */
  credentials: Credentials;
  /** Changes only when a thread that is not the leader calls exec: it takes over the leader's number. */
  tid: number;
  /** comm: at most 15 bytes. */
  name: string;
  state: TaskState = 'R';
  /** Registers now: `context`, or the live ones of the hart that it is loaded on. Owned by scheduler. */
  registers: Uint32Array = this.context;
  /** Hart that holds this task's registers, undefined if none. Owned by scheduler. */
  hart: number | undefined = undefined;

  // signals
  signalMask = emptySet();
  altStack = { address: 0, size: 0, flags: 2 /* SS_DISABLE */ };
  /** Blocked signals that sigtimedwait or a signalfd read sleeps for. */
  awaitedSignals: SignalSet | undefined = undefined;
  /** The next signal was forced by a fault: not even init ignores it. */
  isForced = false;
  /** Something to look at before the return to user mode: signals, exit, a switch. */
  needsAttention = false;
  /** Told to exit (exit_group, exec of another thread, SIGKILL): does so at its next stop. */
  isDying = false;

  // the system call it is in; survives sleeping
  readonly call = new PendingSyscall();
  /** `call` while a system call is running or sleeping. */
  syscall: PendingSyscall | undefined = undefined;
  readonly waitingOn = new Set<WaitQueue>();
  isExclusiveWaiter = false;
  /** Exclusive queue whose wake-up it holds and has not used yet. */
  heldWakeup: WaitQueue | undefined = undefined;
  /** What it began to write and will wait for. */
  writes: LateWrites | undefined = undefined;
  /** For wchan; '' while running. */
  waitChannel = '';

  // accounting
  utimeNs: Ns = 0;
  stimeNs: Ns = 0;
  minorFaults = 0;
  majorFaults = 0;
  /** Since when it sleeps for a disk, and on which hart it ran; and how long it did before. */
  ioWait: { readonly hart: number; readonly sinceNs: Ns } | undefined = undefined;
  blockedNs: Ns = 0;
  /** A fault put it to sleep for a page, which counts when it is had. */
  hasTriedFault = false;
  voluntarySwitches = 0;
  involuntarySwitches = 0;
  /** Retired in user mode. */
  instructions = 0;
  /** Performance events that count for it. */
  perfEvents: Set<PerfEvent> | undefined = undefined;
  /** Since the first event that wants them. */
  branchCounts: TaskBranches | undefined = undefined;

  // threads
  /** Signal to the parent when the process exits; 0 none. */
  exitSignal = 0;
  /** vfork's parent, which sleeps until this thread calls exec or exits. */
  vforkParent: Task | undefined = undefined;
  /** Woken when the thread, and for a leader the process, has exited or was reaped; made by the first pidfd that is polled. */
  exitQueue: WaitQueue | undefined = undefined;
  /** set_tid_address: zeroed and woken at exit; 0 none. */
  clearChildTid = 0;
  robustList = 0;
  /** rseq(2). */
  rseq: RseqArea | undefined = undefined;
  /** PI locks that it holds and others wait for. */
  readonly piQueues = new Set<FutexQueue>();
  timerSlackNs: Ns = DEFAULT_TIMER_SLACK_NS;
  /** What 0 sets it to: its creator's. */
  defaultTimerSlackNs: Ns = DEFAULT_TIMER_SLACK_NS;
  /** set_mempolicy(2); undefined for the default. */
  memoryPolicy: MemoryPolicy | undefined = undefined;
  /** ioprio_set(2): class and level, as encoded there; 0 when it was never set. */
  ioPriority = 0;
  /** prctl(PR_SET_PDEATHSIG). */
  parentDeathSignal = 0;
  /** It took the id of a user who had more threads than its limit: execve(2) gives EAGAIN as long as that is so. */
  hadTooManyProcesses = false;
  /** seccomp(2); undefined for a thread without. */
  seccomp: TaskSeccomp | undefined = undefined;

  constructor(
    kernel: Kernel,
    process: Process,
    tid: number,
    name: string,
    resources: TaskResources,
  ) {
    this.kernel = kernel;
    this.process = process;
    this.files = resources.files;
    this.fsContext = resources.fsContext;
    this.credentials = resources.credentials;
    this.tid = tid;
    this.name = name;
    this.startTimeNs = kernel.clock.monotonicNs();
  }

  /** User memory of its process. Throws EFAULT when the address space is gone. */
  get memory(): UserMemory {
    return this.process.memory;
  }

  get root(): Dentry {
    return this.fsContext.root;
  }

  get cwd(): Dentry {
    return this.fsContext.cwd;
  }

  get umask(): number {
    return this.fsContext.umask;
  }

  get isAlive(): boolean {
    return this.state !== 'Z' && this.state !== 'X';
  }

  wake(queue: WaitQueue): void {
    if (this.isExclusiveWaiter) this.heldWakeup = queue;
    this.kernel.scheduler.wake(this);
  }

  expire(): void {
    if (this.syscall) this.syscall.timedOut = true;
    this.kernel.scheduler.wake(this);
  }

  /** Leave every queue and disarm the sleep: it will run, or die. */
  endSleep(): void {
    for (const queue of this.waitingOn) queue.leave(this);
    this.kernel.timers.disarm(this.sleepTimer);
    this.waitChannel = '';
    this.isExclusiveWaiter = false;
    if (this.ioWait !== undefined) endIoWait(this);
  }

  /** An exclusive wake-up that this task will not use goes to the next waiter. */
  passOnWakeup(): void {
    const queue = this.heldWakeup;
    this.heldWakeup = undefined;
    queue?.wake(1);
  }
}
