/** Hooks: functions that see a program's system calls before they run, and may refuse, change or answer them. */
import { constants } from 'node:os';
import type { HeldCall, HookEvent, HookVerdict } from '../protocol.ts';
import { checkArgument, type Kind } from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { OptionError } from './errors.ts';

/** A system call of the program or one of its children, which waits until the hook has returned. */
export class HookedCall {
  /** As in its manual page: 'openat'. */
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** The six argument registers, unsigned; exact below 2^53. */
  readonly args: readonly number[];
  /** The first argument that is a path, as it was given. The guest's threads can still change it: to be sure, look at its effect. */
  readonly path: string | undefined;
  /** By argument; undefined for one that is no path. */
  readonly paths: readonly (string | undefined)[];
  private readonly connection: Connection;
  private readonly held: number;

  constructor(connection: Connection, held: number, call: HeldCall) {
    this.connection = connection;
    this.held = held;
    this.name = call.name;
    this.pid = call.pid;
    this.tid = call.tid;
    this.args = call.arguments;
    this.paths = call.paths;
    this.path = call.paths.find((path) => path !== undefined);
  }

  /** Memory of the process: at most 1 MiB. Rejects with GuestFileError EFAULT, and ESRCH once the call is over. */
  async read(address: number, length: number): Promise<Uint8Array> {
    const { held } = this;
    const { reply } = this.connection.request(
      (id) => ({ type: 'hookRead', id, held, address, length }),
      'read memory',
      `0x${address.toString(16)}`,
    );
    return (await reply) as Uint8Array;
  }

  async write(address: number, bytes: Uint8Array): Promise<void> {
    const { held } = this;
    const { reply } = this.connection.request(
      (id) => ({ type: 'hookWrite', id, held, address, bytes }),
      'write memory',
      `0x${address.toString(16)}`,
    );
    await reply;
  }
}

/**
 * What becomes of the call. undefined: it runs. errno: it fails with this error of Linux, by name. result: it does not run, this is what it
 * gives. args: it runs with these values in its first argument registers.
 */
export type HookAnswer =
  | undefined
  | { readonly errno: string }
  | { readonly result: number }
  | { readonly args: readonly number[] };

/** A hook that throws has its call fail with EPERM, and its error is an uncaught exception, as a listener's is. */
export type Hook = (call: HookedCall) => HookAnswer | Promise<HookAnswer>;

/** By system call; '*' for those that are not named. exit, exit_group and rt_sigreturn cannot be hooked. */
export type Hooks = Readonly<Record<string, Hook>>;

const NUMBER: Kind = {
  takes: 'a whole number, exact in a double',
  fits: (value) => Number.isSafeInteger(value),
};
const ARGUMENTS: Kind = {
  takes: 'an array of at most six whole numbers',
  fits: (value) => Array.isArray(value) && value.length <= 6 && value.every(NUMBER.fits),
};
const ANSWER: Kind = {
  takes: 'undefined, { errno }, { result } or { args }',
  fits: (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['errno', 'result', 'args'].some((name) => name in value),
};

/** Throws OptionError. */
function verdictOf(answer: HookAnswer): HookVerdict {
  if (answer === undefined) return { action: 'run' };
  checkArgument('hooks', 'answer', answer, ANSWER);
  if ('result' in answer) checkArgument('hooks', 'result', answer.result, NUMBER);
  if ('args' in answer) checkArgument('hooks', 'args', answer.args, ARGUMENTS);
  if ('result' in answer) return { action: 'answer', result: answer.result };
  if ('args' in answer) return { action: 'change', arguments: [...answer.args] };
  if (!(answer.errno in constants.errno)) {
    throw new OptionError(
      `hooks: '${answer.errno}' is no name of an error; write for example 'ENOSPC'`,
    );
  }
  return { action: 'fail', errno: answer.errno };
}

/** All hooks of one machine. */
export class SyscallHooks {
  private readonly connection: Connection;
  private readonly byProgram = new Map<number, Hooks>();

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onHook = (event) => {
      if (event.type === 'hookHeld') void this.decide(event);
    };
  }

  /** Of the program with this id, and of all its children, as long as the machine runs. */
  set(program: number, hooks: Hooks): void {
    this.byProgram.set(program, hooks);
  }

  private async decide({ held, call }: Extract<HookEvent, { type: 'hookHeld' }>): Promise<void> {
    const hooks = this.byProgram.get(call.program) ?? {};
    const hook = Object.hasOwn(hooks, call.name) ? hooks[call.name] : hooks['*'];
    let verdict: HookVerdict = { action: 'run' };
    try {
      if (hook) verdict = verdictOf(await hook(new HookedCall(this.connection, held, call)));
    } catch (error) {
      verdict = { action: 'fail', errno: 'EPERM' };
      queueMicrotask(() => {
        throw error;
      });
    }
    this.connection.post({ type: 'hookVerdict', held, verdict });
  }
}
