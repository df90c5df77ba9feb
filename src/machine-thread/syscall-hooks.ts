/** Hooks of the API: system calls of a program wait here until the main thread has said what becomes of them. */
import { EPERM, ESRCH, errnoNumber, fail } from '../abi/errno.ts';
import { syscallNames, syscallNumbers } from '../abi/syscall-names.ts';
import { A0, getRegister, setRegister } from '../kernel/arch/user-context.ts';
import { RUN, type SyscallHook } from '../kernel/syscall-hook.ts';
import { pathArguments } from '../kernel/syscall-paths.ts';
import type { Task } from '../kernel/task.ts';
import { toUnicode } from '../lib/bytes.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { HookRequest, HookVerdict } from '../protocol.ts';
import type { HostPort } from './host-port.ts';
import { RequestError } from './request-error.ts';

const ARGUMENTS = 6;
/** A program that could not end, or not come back from a handler, would be lost. */
const NEVER: ReadonlySet<string> = new Set(['exit', 'exit_group', 'rt_sigreturn']);
const MAX_TRANSFER_BYTES = 1024 * 1024;

interface Held {
  readonly task: Task;
  readonly id: number;
  verdict: HookVerdict | undefined;
}

/** All calls that wait, of all programs. */
export class SyscallHooks {
  private readonly port: HostPort;
  private readonly byId = new Map<number, Held>();
  private lastId = 0;

  constructor(port: HostPort) {
    this.port = port;
  }

  /** `names`: of system calls, or '*' for all. Throws RequestError for one that is unknown or cannot be held. */
  create(program: number, names: readonly string[]): SyscallHook {
    const numbers = new Set<number>();
    for (const name of names) {
      const number = syscallNumbers().get(name);
      if (name === '*')
        for (const [known, n] of syscallNumbers()) if (!NEVER.has(known)) numbers.add(n);
      if (name === '*') continue;
      if (number === undefined) throw new RequestError(`hooks: there is no system call '${name}'`);
      if (NEVER.has(name)) throw new RequestError(`hooks: ${name} cannot be held`);
      numbers.add(number);
    }
    return new ProgramHook(this, program, numbers);
  }

  /** Throws KernelError: EFAULT, ESRCH for a call that waits no more. */
  handle(request: HookRequest): Uint8Array | undefined {
    const held = this.byId.get(request.held);
    if (request.type === 'hookVerdict') {
      if (!held) return undefined;
      held.verdict = request.verdict;
      held.task.process.hook?.queue.wakeAll();
      return undefined;
    }
    if (!held) throw fail(ESRCH, 'the call is over');
    const { memory } = held.task;
    if (request.type === 'hookWrite') {
      memory.writeBytes(request.address, request.bytes);
      return undefined;
    }
    if (!(request.length >= 0 && request.length <= MAX_TRANSFER_BYTES)) {
      throw new RequestError(`hooks: ${request.length} bytes at a time are too many`);
    }
    return memory.readBytes(request.address, request.length).slice();
  }

  hold(task: Task, program: number): Held {
    const held: Held = { task, id: ++this.lastId, verdict: undefined };
    this.byId.set(held.id, held);
    const { number } = task.call;
    const values = Array.from({ length: ARGUMENTS }, (_, i) => getRegister(task.registers, A0 + i));
    const call = {
      program,
      pid: task.process.pid,
      tid: task.tid,
      name: syscallNames().get(number) ?? '',
      arguments: values,
      paths: pathArguments(task).map((path) => (path === undefined ? undefined : toUnicode(path))),
    };
    this.port.post({ type: 'hookHeld', held: held.id, call });
    return held;
  }

  drop({ id }: Held, isForgotten: boolean): void {
    this.byId.delete(id);
    if (isForgotten) this.port.post({ type: 'hookForgotten', held: id });
  }
}

class ProgramHook implements SyscallHook {
  readonly queue = new WaitQueue();
  private readonly hooks: SyscallHooks;
  private readonly program: number;
  private readonly numbers: ReadonlySet<number>;
  private readonly held = new Map<Task, Held>();

  constructor(hooks: SyscallHooks, program: number, numbers: ReadonlySet<number>) {
    this.hooks = hooks;
    this.program = program;
    this.numbers = numbers;
  }

  wants(number: number): boolean {
    return this.numbers.has(number);
  }

  decide(task: Task): typeof RUN | number | undefined {
    const held = this.held.get(task);
    if (!held) {
      this.held.set(task, this.hooks.hold(task, this.program));
      return undefined;
    }
    const { verdict } = held;
    if (!verdict) return undefined;
    this.held.delete(task);
    this.hooks.drop(held, false);
    if (verdict.action === 'fail') return -(errnoNumber(verdict.errno) ?? EPERM);
    if (verdict.action === 'answer') return verdict.result;
    if (verdict.action === 'change') {
      verdict.arguments.slice(0, ARGUMENTS).forEach((value, i) => {
        setRegister(task.registers, A0 + i, value);
      });
    }
    return RUN;
  }

  forget(task: Task): void {
    const held = this.held.get(task);
    if (!held) return;
    this.held.delete(task);
    this.hooks.drop(held, true);
  }
}
