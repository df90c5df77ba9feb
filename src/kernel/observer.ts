/**
 * What the kernel tells somebody outside of it, as it happens: events of the API. Each is undefined while nobody wants it, which costs one
 * read. Calls and signals are told only while the log channel of their name is on, so that their paths have no check of their own.
 * An observer looks, and changes nothing.
 */
import type { LogLine } from './dmesg.ts';
import type { Access, FaultResult } from './mm/fault.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';

export interface Observer {
  /** A system call ended. `text`: as strace prints it, with its result. */
  call: ((task: Task, text: string, result: number) => void) | undefined;
  /** There is a new process, by fork or from the host. */
  forked: ((process: Process) => void) | undefined;
  /** It runs another program now. */
  executed: ((process: Process) => void) | undefined;
  /** It is over; its wait status is set. */
  exited: ((process: Process) => void) | undefined;
  /** A signal became pending. */
  signal: ((process: Process, signal: number, info: SignalInfo) => void) | undefined;
  /** An instruction met a page that it could not use, and what became of that. */
  fault: ((task: Task, address: number, access: Access, result: FaultResult) => void) | undefined;
  /** The kernel's log has a new line. */
  log: ((line: LogLine) => void) | undefined;
}

/** Of this thread's kernel: set by the composition root. */
export const observer: Observer = {
  call: undefined,
  forked: undefined,
  executed: undefined,
  exited: undefined,
  signal: undefined,
  fault: undefined,
  log: undefined,
};
