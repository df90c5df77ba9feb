/** System calls that a rule makes fail before they have done anything, or move fewer bytes than they were asked for. */
import { errnoName, KernelError } from '../../abi/errno.ts';
import { O_DIRECT } from '../../abi/fcntl.ts';
import { S_IFCHR, S_IFIFO, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { PIPE_BUF } from '../../fs/pipe.ts';
import { A0, getInt, getRegister } from '../arch/user-context.ts';
import type { Kernel } from '../kernel.ts';
import { UserVector } from '../mm/user-memory.ts';
import { describeFile } from '../procfs/fd-directory.ts';
import { rowOf } from '../syscall.ts';
import { pathArguments } from '../syscall-paths.ts';
import { formatCall } from '../syscall-strace.ts';
import type { Task } from '../task.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { FaultRule } from './fault-rule.ts';

/** What becomes of a call: an error, or at most so many bytes. */
export type CallFault =
  | { readonly kind: 'errno'; readonly errno: number }
  | { readonly kind: 'short'; readonly bytes: number };

export class CallFaults {
  private readonly plan: FaultPlan;
  private readonly kernel: Kernel;
  /** By system call. */
  private readonly rules: (FaultRule[] | undefined)[] = [];

  constructor(plan: FaultPlan, kernel: Kernel) {
    this.plan = plan;
    this.kernel = kernel;
    for (const rule of plan.rules)
      for (const number of rule.calls) (this.rules[number] ??= []).push(rule);
  }

  /** A call begins. The first rule that strikes counts. */
  draw(task: Task): CallFault | undefined {
    const rules = this.rules[task.call.number];
    if (rules === undefined || !this.plan.isArmed || this.isOfSystem(task)) return undefined;
    for (const rule of rules) {
      if (!isAbout(rule, task)) continue;
      const fault = this.strike(rule, task);
      if (fault) return fault;
    }
    return undefined;
  }

  private strike(rule: FaultRule, task: Task): CallFault | undefined {
    const { failure } = rule;
    if (failure.kind === 'cut') return undefined;
    if (failure.kind === 'errno') {
      if (!this.plan.strikes(rule)) return undefined;
      this.report(rule, task, errnoName(failure.errno));
      return failure;
    }
    const range = shortRange(task);
    if (!range || !this.plan.strikes(rule)) return undefined;
    const bytes = range.least + this.plan.below(range.most - range.least + 1);
    this.report(rule, task, `${bytes} bytes at most`);
    return { kind: 'short', bytes };
  }

  /** Programs fail, not the system that starts them. */
  private isOfSystem({ process }: Task): boolean {
    return process.session === this.kernel.init?.session;
  }

  private report(rule: FaultRule, task: Task, outcome: string): void {
    const call = formatCall(task, rowOf(task.call.number));
    const text = `${task.name}[${task.process.pid}]: ${call} = ${outcome}`;
    this.kernel.printk(`fault ${rule.text}, seed ${this.plan.seed}: ${text}`);
    this.plan.injected(rule, text);
  }
}

function isAbout(rule: FaultRule, task: Task): boolean {
  if (rule.pid !== undefined && rule.pid !== task.process.pid) return false;
  if (rule.comm !== undefined && rule.comm !== task.name) return false;
  const { path } = rule;
  return path === undefined || namesOf(task).some((name) => path.test(name));
}

/** Paths among the arguments, as they were given, and the open file that the first one is. */
function namesOf(task: Task): string[] {
  const names = pathArguments(task).filter((path) => path !== undefined);
  const [word] = rowOf(task.call.number)?.words ?? [];
  const file = word === 'fd' ? task.files.find(getInt(task.registers, A0)) : undefined;
  return file ? [...names, describeFile(file, task)] : names;
}

/** How many bytes may be moved in the place of those that were asked for; undefined where that must be all of them. */
function shortRange(task: Task): { least: number; most: number } | undefined {
  const { words = [], name = '' } = rowOf(task.call.number) ?? {};
  const at = words.findIndex((word) => word === 'buffer' || word === 'iovec');
  if (at < 0) return undefined;
  const length =
    words[at] === 'buffer' ? getRegister(task.registers, A0 + at + 1) : vectorLength(task, A0 + at);
  if (length < 2) return undefined;
  if (words[0] !== 'fd') return { least: 1, most: length - 1 };
  const file = task.files.find(getInt(task.registers, A0));
  if (!file || (file.flags & O_DIRECT) !== 0) return undefined;
  switch (file.inode.mode & S_IFMT) {
    case S_IFREG:
    case S_IFCHR:
      return { least: 1, most: length - 1 };
    case S_IFIFO:
      // Up to PIPE_BUF bytes are written whole: pipe(7).
      if (!name.includes('write')) return { least: 1, most: length - 1 };
      return length > PIPE_BUF ? { least: PIPE_BUF, most: length - 1 } : undefined;
    default:
      return undefined;
  }
}

function vectorLength(task: Task, register: number): number {
  const { registers, memory } = task;
  const count = getInt(registers, register + 1) >>> 0;
  try {
    return new UserVector(memory, getRegister(registers, register), count).length;
  } catch (error) {
    // The call will say so itself.
    if (error instanceof KernelError) return 0;
    throw error;
  }
}
