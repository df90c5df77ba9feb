/** A process: a group of threads that share memory, files and signal actions. Linux: thread group, struct signal_struct. */
import { EFAULT, fail } from '../abi/errno.ts';
import type { Dentry } from '../fs/dentry.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Ns } from './clock.ts';
import { DEFAULT_CORE_FILTER } from './core-settings.ts';
import type { CpuAlarm } from './cpu-clock.ts';
import type { Credentials } from './credentials.ts';
import type { FileTable } from './file-table.ts';
import { IntervalTimers } from './interval-timer.ts';
import type { UndoList } from './ipc/undo-list.ts';
import type { Kernel } from './kernel.ts';
import type { AddressSpace } from './mm/address-space.ts';
import type { UserMemory } from './mm/user-memory.ts';
import { PendingSignals } from './pending-signals.ts';
import { PosixTimers } from './posix-timer.ts';
import { defaultLimits, type Limit } from './resource-limits.ts';
import type { ProcessGroup, Session } from './session.ts';
import type { SignalActions } from './signal-actions.ts';
import type { SyscallHook } from './syscall-hook.ts';
import type { SyscallTrace } from './syscall-trace.ts';
import type { Task } from './task.ts';

/** Shared by CLONE_FS. */
export class FsContext {
  root: Dentry;
  cwd: Dentry;
  umask: number;

  constructor(root: Dentry, cwd: Dentry, umask: number) {
    this.root = root;
    this.cwd = cwd;
    this.umask = umask;
  }

  copy(): FsContext {
    return new FsContext(this.root, this.cwd, this.umask);
  }
}

export class IoCounters {
  rchar = 0;
  wchar = 0;
  syscr = 0;
  syscw = 0;
  readBytes = 0;
  writeBytes = 0;
  cancelledWriteBytes = 0;

  add(other: IoCounters): void {
    this.rchar += other.rchar;
    this.wchar += other.wchar;
    this.syscr += other.syscr;
    this.syscw += other.syscw;
    this.readBytes += other.readBytes;
    this.writeBytes += other.writeBytes;
    this.cancelledWriteBytes += other.cancelledWriteBytes;
  }
}

/** What getrusage sums up. maxRss in bytes. */
export class Usage {
  utimeNs: Ns = 0;
  stimeNs: Ns = 0;
  minorFaults = 0;
  majorFaults = 0;
  voluntarySwitches = 0;
  involuntarySwitches = 0;
  maxRss = 0;

  add(other: Readonly<Omit<Usage, 'add' | 'maxRss'>> & { maxRss?: number }): void {
    this.utimeNs += other.utimeNs;
    this.stimeNs += other.stimeNs;
    this.minorFaults += other.minorFaults;
    this.majorFaults += other.majorFaults;
    this.voluntarySwitches += other.voluntarySwitches;
    this.involuntarySwitches += other.involuntarySwitches;
    this.maxRss = Math.max(this.maxRss, other.maxRss ?? 0);
  }
}

export class Process {
  // immutable
  readonly pid: number;
  readonly kernel: Kernel;
  readonly startTimeNs: Ns;
  readonly pending = new PendingSignals();
  readonly io = new IoCounters();
  /** Of threads that have exited. */
  readonly deadThreads = new Usage();
  /** Of children that were waited for. */
  readonly childrenUsage = new Usage();
  readonly childrenIo = new IoCounters();
  /** Woken when a child changes state. */
  readonly childrenExited = new WaitQueue();
  /** Woken when a signal is sent; made by the first signalfd. */
  signalQueue: WaitQueue | undefined = undefined;
  /** Woken when a thread has left, for exec. */
  readonly threadExited = new WaitQueue();
  readonly intervalTimers: IntervalTimers = new IntervalTimers(this);

  readonly posixTimers: PosixTimers = new PosixTimers(this);
  /** Armed alarms of clocks of its CPU time. */
  readonly cpuAlarms = new Set<CpuAlarm>();

  parent: Process | undefined;
  readonly children = new Set<Process>();
  readonly tasks = new Map<number, Task>();
  group: ProcessGroup;
  /** Undefined for zombies. */
  addressSpace: AddressSpace | undefined;
  actions: SignalActions;
  limits: Limit[];
  executable: Dentry | undefined = undefined;

  /** semop(2) with SEM_UNDO. */
  undoList: UndoList | undefined = undefined;

  // exit
  /** exit_group was called, or a fatal signal came: every thread is leaving with this status. */
  isExiting = false;
  /** The signal that ends it, decided when that was sent; 0 for none. */
  fatalSignal = 0;
  /** Wait status word: exit code << 8, or the signal, with 0x80 for a core. */
  exitStatus = 0;
  isZombie = false;

  // job control
  /** Stopped by this signal; 0 while it runs. */
  stopSignal = 0;
  /** The stop, or the continue, was not yet waited for. */
  hasUnreportedStop = false;
  hasUnreportedContinue = false;

  /** Has called exec since it was forked: setpgid by the parent fails from then on. */
  hasExecuted = false;
  isDumpable = true;
  /** Orphans among its descendants become its children: PR_SET_CHILD_SUBREAPER. */
  isSubreaper = false;
  isIoFlusher = false;
  /** MEMBARRIER_CMD_REGISTER_* that were called, as a mask. */
  membarriers = 0;
  personality = 0;
  /** /proc/<pid>/coredump_filter. */
  coreFilter = DEFAULT_CORE_FILTER;
  oomScoreAdjust = 0;
  /** How far it may be lowered without CAP_SYS_RESOURCE. */
  oomScoreAdjustMin = 0;
  /** CPU seconds at which SIGXCPU is due again. */
  nextCpuWarning = 0;
  /** Decides about its system calls before they run, and about its children's. */
  hook: SyscallHook | undefined = undefined;
  /** System-call tracing as the guest's strace asks for it; undefined when off. */
  trace: SyscallTrace | undefined = undefined;

  constructor(
    kernel: Kernel,
    pid: number,
    parent: Process | undefined,
    group: ProcessGroup,
    shared: {
      addressSpace: AddressSpace | undefined;
      actions: SignalActions;
      /** The default ones when absent. */
      limits?: Limit[];
    },
  ) {
    this.kernel = kernel;
    this.pid = pid;
    this.parent = parent;
    this.group = group;
    this.addressSpace = shared.addressSpace;
    this.actions = shared.actions;
    this.limits = shared.limits ?? defaultLimits();
    this.startTimeNs = kernel.clock.monotonicNs();
    parent?.children.add(this);
    group.members.add(this);
  }

  /** The thread whose tid is the pid; stays until the whole process is reaped. */
  get leader(): Task {
    return this.tasks.get(this.pid) as Task;
  }

  get session(): Session {
    return this.group.session;
  }

  /** As others see the process: its first thread's. Each thread has its own reference. */
  get credentials(): Credentials {
    return this.leader.credentials;
  }

  get files(): FileTable {
    return this.leader.files;
  }

  get root(): Dentry {
    return this.leader.root;
  }

  get cwd(): Dentry {
    return this.leader.cwd;
  }

  get umask(): number {
    return this.leader.umask;
  }

  get isStopped(): boolean {
    return this.stopSignal !== 0;
  }

  get memory(): UserMemory {
    if (!this.addressSpace) throw fail(EFAULT, 'the process has exited');
    return this.addressSpace.memory;
  }

  /** Usage of all its threads, dead ones included. */
  get usage(): Usage {
    const usage = new Usage();
    usage.add(this.deadThreads);
    for (const task of this.tasks.values()) if (task.state !== 'X') usage.add(task);
    usage.maxRss = Math.max(
      usage.maxRss,
      (this.addressSpace?.counters.peakRssPages ?? 0) * PAGE_SIZE,
    );
    return usage;
  }

  /** Soft limit of RLIMIT_*; Infinity for none. */
  limit(resource: number): number {
    return (this.limits[resource] as Limit).soft;
  }
}
