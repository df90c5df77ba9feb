/** A bug of the kernel met at run time: what was running, for whoever has to find it. */
import { CONTEXT_NAMES, getPc, getRegister } from './arch/user-context.ts';
import type { Kernel } from './kernel.ts';
import { describeCall } from './syscall.ts';
import type { Task } from './task.ts';

export class KernelPanic extends Error {
  override readonly name = 'KernelPanic';
  /** Lines for a person: reason, task, call, registers. */
  readonly report: string;

  constructor(kernel: Kernel, hart: number, cause: unknown) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`kernel panic: ${reason}`, { cause });
    const task = kernel.current;
    const lines = [
      `Kernel panic - not syncing: ${reason}`,
      `hart ${hart}, ${task ? describeTask(task) : 'no task'}`,
    ];
    if (task) lines.push(`call: ${describeCall(task)}`, ...registerLines(task.registers));
    if (cause instanceof Error && cause.stack) lines.push(cause.stack);
    for (const line of lines) kernel.printk(line, 0);
    this.report = lines.join('\n');
  }
}

function describeTask(task: Task): string {
  return `task ${task.tid} (${task.name}) of process ${task.process.pid}`;
}

function registerLines(registers: Uint32Array): string[] {
  const items = [`pc  ${hex(getPc(registers))}`];
  CONTEXT_NAMES.forEach((name, x) => {
    if (x > 0) items.push(`${name.padEnd(3)} ${hex(getRegister(registers, x))}`);
  });
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += 4) lines.push(items.slice(i, i + 4).join('  '));
  return lines;
}

function hex(value: number): string {
  return value.toString(16).padStart(16, '0');
}
