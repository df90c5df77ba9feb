/** Events of the kernel for programs of the host: System.events(). Types only. */

interface Happened {
  /** Nanoseconds since boot. */
  timeNs: number;
}

interface InProcess extends Happened {
  pid: number;
  /** Of the process: its comm. */
  name: string;
}

/** A system call ended. One that is interrupted and begins again is two. */
export interface SyscallEvent extends InProcess {
  tid: number;
  /** As in its manual page: 'openat'. */
  call: string;
  /** What it returned, or -errno; exact below 2^53. */
  result: number;
  /** Linux's name of the error. */
  error: string | undefined;
  /** As strace prints it: `42 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3`. */
  text: string;
}

/** A process came to be (by fork or from the host), runs another program, is over. */
export type ProcessEvent = InProcess & { parentPid: number } & (
    | { action: 'fork' }
    | { action: 'exec'; path: string }
    /** One of the two is null, as in ExitStatus. */
    | { action: 'exit'; exitCode: number | null; signal: string | null }
  );

/** A signal became pending; ignored ones do not. */
export interface SignalEvent extends InProcess {
  /** 'SIGTERM' … */
  signal: string;
  /** Who sent it; undefined for the kernel. */
  senderPid: number | undefined;
}

/** An instruction met a page that is not mapped that way. */
export interface PageFaultEvent extends InProcess {
  tid: number;
  address: number;
  access: 'read' | 'write' | 'execute';
  /** mapped: it went on; otherwise the signal that it got, or that memory had run out. */
  outcome: 'mapped' | 'SIGSEGV' | 'SIGBUS' | 'out of memory' | 'waiting for a disk';
}

/** A line of the kernel's log. */
export interface LogEvent extends Happened {
  sequence: number;
  /** 0 emergency to 7 debug: syslog(3). */
  level: number;
  text: string;
}

export interface EventTypes {
  syscall: SyscallEvent;
  process: ProcessEvent;
  signal: SignalEvent;
  'page-fault': PageFaultEvent;
  log: LogEvent;
}

export type EventKind = keyof EventTypes;
export type SystemEvent = EventTypes[EventKind];

/** Served at once, in the order in which they come. `stream` is chosen by the main thread. */
export type EventsRequest =
  | {
      type: 'eventsOpen';
      stream: number;
      kind: EventKind;
      /** Of which process; undefined is all. */
      pid: number | undefined;
      /** And of those that it and its children make from now on. */
      hasChildren: boolean;
      /** Events that may be on their way. */
      room: number;
      /** Whether the machine stands still while there is no room; otherwise those that come are dropped. */
      waits: boolean;
    }
  /** So many have been taken. */
  | { type: 'eventsTaken'; stream: number; count: number }
  | { type: 'eventsClose'; stream: number };

export interface EventsMessage {
  type: 'events';
  stream: number;
  items: SystemEvent[];
  /** So many that came after these were dropped. */
  dropped: number;
}
