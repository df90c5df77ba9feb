/** Tracing of system calls for the guest's strace: /proc/<pid>/trace reads and writes this. */
import { EINTR } from '../abi/errno.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { RestartMode } from './pending-syscall.ts';

const MAX_LINES = 16384;

/** What a call returns inside of the kernel when a signal breaks it off: ERESTARTSYS and the like of linux/errno.h, which only a tracer sees. */
export const RESTART_RESULTS: Readonly<Record<RestartMode, number>> = {
  restart: -512,
  nohand: -514,
  restart_block: -516,
  eintr: -EINTR,
};
/** Of a call that never returns. */
export const NO_RESULT = -5000;

/** How calls are shown. */
export interface TraceStyle {
  /** Bytes of a string or buffer that are shown. */
  readonly strings: number;
  /** Descriptors with the name of their file: 3</etc/passwd>. */
  readonly namesFiles: boolean;
  /** Structures with all their members. */
  readonly isVerbose: boolean;
  /** Behind the number of the task: when the call began, in seconds since 1970, and how many seconds it took. */
  readonly isTimed: boolean;
}

/** As strace(1) without options. */
export const PLAIN: TraceStyle = {
  strings: 32,
  namesFiles: false,
  isVerbose: false,
  isTimed: false,
};

/** One per tracing request; shared with the children when it follows them. Lines are consumed by reading. */
export class SyscallTrace {
  readonly followsChildren: boolean;
  readonly style: TraceStyle;
  readonly lines: string[] = [];
  /** Woken by a new line and when the last traced process is gone. */
  readonly queue = new WaitQueue();
  /** Processes that write here and are still alive. */
  processes = 0;
  /** Lines lost because nobody read them. */
  dropped = 0;

  constructor(followsChildren: boolean, style: TraceStyle = PLAIN) {
    this.followsChildren = followsChildren;
    this.style = style;
  }

  /** `pid name(args) = result`, without the newline. */
  add(line: string): void {
    if (this.lines.length >= MAX_LINES) {
      this.lines.shift();
      this.dropped++;
    }
    this.lines.push(line);
    this.queue.wakeAll();
  }

  /** A traced process has exited. */
  leave(): void {
    this.processes--;
    this.queue.wakeAll();
  }
}
