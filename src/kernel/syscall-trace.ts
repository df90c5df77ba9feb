/** Tracing of system calls for the guest's strace: /proc/<pid>/trace reads and writes this. */
import { WaitQueue } from '../lib/wait-queue.ts';

const MAX_LINES = 16384;

/** One per tracing request; shared with the children when it follows them. Lines are consumed by reading. */
export class SyscallTrace {
  readonly followsChildren: boolean;
  readonly lines: string[] = [];
  /** Woken by a new line and when the last traced process is gone. */
  readonly queue = new WaitQueue();
  /** Processes that write here and are still alive. */
  processes = 0;
  /** Lines lost because nobody read them. */
  dropped = 0;

  constructor(followsChildren: boolean) {
    this.followsChildren = followsChildren;
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
