/** THE table of saved classes: all that a snapshot of the kernel may hold, by the names that it has there. */

import { FILE_SYSTEM_CLASSES } from '../fs/state-types.ts';
import type { GraphType, GraphTypes } from '../lib/graph/types.ts';
import { AioContext, AioLimits, AioPoll } from './aio.ts';
import { AnonymousFileSystem, AnonymousInode } from './anonymous-inode.ts';
import { Clock } from './clock.ts';
import { ClockDiscipline } from './clock-discipline.ts';
import { CommandLine } from './command-line.ts';
import { CoreSettings } from './core-settings.ts';
import { CpuAccounting } from './cpu-accounting.ts';
import { Credentials } from './credentials.ts';
import { DeadlineServer } from './deadline.ts';
import { DescriptorChunk } from './descriptor-chunk.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { KernelLog } from './dmesg.ts';
import { EpollFile, Registration } from './epoll.ts';
import { EventFile } from './eventfd.ts';
import { FanotifyGroup } from './fanotify.ts';
import { Fanotify } from './fanotify-groups.ts';
import { FanotifyLimits, Mark } from './fanotify-mark.ts';
import { PermissionRequest } from './fanotify-permission.ts';
import { FileOwner } from './file-owner.ts';
import { KernelFileSystemContext } from './file-system-context.ts';
import { FileTable } from './file-table.ts';
import { FloatingMountFile } from './floating-mount-file.ts';
import { FsContextFile } from './fs-context.ts';
import { Futexes, FutexQueue, FutexTable, FutexVectorWait, FutexWait } from './futex-queue.ts';
import { RequeueWait } from './futex-requeue-pi.ts';
import { HartQueue } from './hart-queue.ts';
import { HartTime } from './hart-time.ts';
import { BoardSlots } from './hot-plug.ts';
import { Inotify, InotifyFile, Watch } from './inotify.ts';
import { IntervalTimers } from './interval-timer.ts';
import { Kernel } from './kernel.ts';
import { Lease, Leases } from './lease.ts';
import { LoadAverage } from './load-average.ts';
import { Migration } from './migration.ts';
import { MountAccount } from './mount-account.ts';
import { OpenFiles } from './open-files.ts';
import { PathFile } from './path-file.ts';
import { PendingSignals } from './pending-signals.ts';
import { PendingSyscall } from './pending-syscall.ts';
import { PidTable } from './pid.ts';
import { PidFile } from './pidfd.ts';
import { PosixTimer, PosixTimers } from './posix-timer.ts';
import { FsContext, IoCounters, Process, Usage } from './process.ts';
import { Processor } from './processor.ts';
import { Random } from './random.ts';
import { RealtimeBandwidth, RealtimeLimits } from './realtime-bandwidth.ts';
import { RseqArea } from './rseq.ts';
import { FairQueue, RealtimeQueue } from './run-queue.ts';
import { Scheduler } from './scheduler.ts';
import { Scheduling } from './scheduling.ts';
import { SeccompSettings } from './seccomp/filter.ts';
import { ProcessGroup, Session } from './session.ts';
import { SignalActions } from './signal-actions.ts';
import { SignalFile } from './signalfd.ts';
import { SUBSYSTEM_CLASSES } from './subsystem-types.ts';
import { SwitchRecorder } from './switch-recorder.ts';
import { SyscallTrace } from './syscall-trace.ts';
import { Task } from './task.ts';
import { Timer, Timers } from './timer.ts';
import { TimerFile } from './timerfd.ts';
import { TrapCounts } from './trap-counts.ts';
import { Uevents } from './uevent.ts';
import { UserAccount, UserAccounts } from './user-accounts.ts';
import { Uts } from './uts.ts';
import { UnnamedFileSystem, Vfs } from './vfs.ts';

const KERNEL_CLASSES = {
  DescriptorChunk,
  AioContext,
  AioLimits,
  AioPoll,
  AnonymousFileSystem,
  AnonymousInode,
  BoardSlots,
  Clock,
  ClockDiscipline,
  CommandLine,
  CoreSettings,
  CpuAccounting,
  Credentials,
  DeadlineServer,
  DirectoryWatch,
  EpollFile,
  EventFile,
  FairQueue,
  Fanotify,
  FanotifyGroup,
  FanotifyLimits,
  FileOwner,
  FileTable,
  FloatingMountFile,
  FsContext,
  FsContextFile,
  FutexQueue,
  FutexTable,
  FutexVectorWait,
  FutexWait,
  Futexes,
  HartQueue,
  HartTime,
  Inotify,
  InotifyFile,
  IntervalTimers,
  IoCounters,
  Kernel,
  KernelFileSystemContext,
  KernelLog,
  Lease,
  Leases,
  LoadAverage,
  Mark,
  Migration,
  MountAccount,
  OpenFiles,
  PathFile,
  PendingSignals,
  PendingSyscall,
  PermissionRequest,
  PidFile,
  PidTable,
  PosixTimer,
  PosixTimers,
  Process,
  ProcessGroup,
  Processor,
  Random,
  RealtimeBandwidth,
  RealtimeLimits,
  RealtimeQueue,
  Registration,
  RequeueWait,
  RseqArea,
  Scheduler,
  Scheduling,
  SeccompSettings,
  Session,
  SignalActions,
  SignalFile,
  SwitchRecorder,
  SyscallTrace,
  Task,
  Timer,
  TimerFile,
  Timers,
  TrapCounts,
  Uevents,
  UnnamedFileSystem,
  Usage,
  UserAccount,
  UserAccounts,
  Uts,
  Vfs,
  Watch,
};

type ClassTable = Readonly<Record<string, { readonly prototype: object }>>;

/** Not put into one object: to add the classes of the others to it, one by one, took 2 ms of each start. */
const TABLES: readonly ClassTable[] = [KERNEL_CLASSES, FILE_SYSTEM_CLASSES, SUBSYSTEM_CLASSES];

type ClassName =
  | keyof typeof KERNEL_CLASSES
  | keyof typeof FILE_SYSTEM_CLASSES
  | keyof typeof SUBSYSTEM_CLASSES;

/** Fields that are functions, or belong to this process: the classes make them again, or do without. */
const TRANSIENT: Readonly<Partial<Record<ClassName, readonly string[]>>> = {
  Kernel: ['faults', 'observer', 'onFatalSignal'],
  Process: ['hook'],
  ProcLinkInode: ['target'],
  ProcMagicLinkInode: ['describeTarget', 'place'],
  ProcSpecialInode: ['openFile'],
  ProcTextInode: ['ownContent'],
  RowDirectory: ['ownRows'],
  Scheduler: ['policy'],
  SysRoot: ['ownRows'],
};

function typeOf(name: string, prototype: object): GraphType {
  const transient = TRANSIENT[name as ClassName];
  return transient ? { prototype, transient } : { prototype };
}

/** By name. */
export const STATE_TYPES: GraphTypes = {
  get: (name) => {
    const table = TABLES.find((classes) => Object.hasOwn(classes, name));
    const found = table?.[name];
    return found && typeOf(name, found.prototype);
  },
  all: () =>
    TABLES.flatMap((classes) =>
      Object.entries(classes).map(([name, { prototype }]) => [name, typeOf(name, prototype)]),
    ),
};
