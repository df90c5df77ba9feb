/** Hooks of system calls: what the machine thread tells of a call that waits, and what may be done with it. Types only. */

/** A call that waits for an answer. */
export interface HeldCall {
  /** Of the program that brought the hooks: the id of its spawn request. */
  program: number;
  pid: number;
  tid: number;
  /** Of the system call, as in its manual page. */
  name: string;
  /** The six argument registers, unsigned; exact below 2^53. */
  arguments: number[];
  /** Arguments that are paths; undefined elsewhere, and where the path cannot be read. */
  paths: (string | undefined)[];
}

export type HookVerdict =
  | { action: 'run' }
  /** Linux's name of the error. */
  | { action: 'fail'; errno: string }
  | { action: 'answer'; result: number }
  /** Run with other values in the argument registers, the first ones. */
  | { action: 'change'; arguments: number[] };

export type HookRequest =
  | { type: 'hookVerdict'; held: number; verdict: HookVerdict }
  /** Memory of the process whose call is held. The reply is the bytes, or undefined when they were written. */
  | { type: 'hookRead'; id: number; held: number; address: number; length: number }
  | { type: 'hookWrite'; id: number; held: number; address: number; bytes: Uint8Array };

export type HookEvent =
  | { type: 'hookHeld'; held: number; call: HeldCall }
  /** A signal interrupted it (it may come again), or its task is gone. */
  | { type: 'hookForgotten'; held: number };
