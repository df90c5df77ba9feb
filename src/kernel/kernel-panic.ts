/** A bug of the kernel met at run time: what was running, for whoever has to find it. */

import { panic } from '../lib/panic.ts';
import { CONTEXT_NAMES, getPc, getRegister } from './arch/user-context.ts';
import type { Kernel } from './kernel.ts';
import { describeCall } from './syscall.ts';
import type { Task } from './task.ts';

export class KernelPanic extends Error {
  override readonly name = 'KernelPanic';
  /** Lines for a person: reason, task, call, registers. */
  readonly report: string;

  constructor(kernel: Kernel, hart: number, cause: unknown) {
    super(`kernel panic: ${reasonOf(cause)}`, { cause });
    this.report = compose(kernel, hart, cause).join('\n');
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/**
 * The JavaScript stack of the bug is gone when this runs: it is the emergency stack. What the bug has left behind may make
 * the report itself fail. Then nothing of the kernel's objects is touched any more but the registers of the hart.
 */
function compose(kernel: Kernel, hart: number, cause: unknown): string[] {
  try {
    const lines = fullReport(kernel, hart, cause);
    for (const line of lines) kernel.printk(line, 0);
    return lines;
  } catch (second) {
    return [
      `Kernel panic - not syncing: double fault: ${reasonOf(cause)}`,
      `hart ${hart}, while it was reported: ${reasonOf(second)}`,
      ...registerLines(kernel.arch.registers(hart)),
    ];
  }
}

function fullReport(kernel: Kernel, hart: number, cause: unknown): string[] {
  const task = kernel.current;
  if (kernel.isReportBroken) panic('the report of a panic was told to fail');
  const lines = [
    `Kernel panic - not syncing: ${reasonOf(cause)}`,
    `hart ${hart}, ${task ? describeTask(task) : 'no task'}`,
  ];
  if (task) lines.push(`call: ${describeCall(task)}`);
  lines.push(...registerLines(task?.registers ?? kernel.arch.registers(hart)));
  if (cause instanceof Error && cause.stack) lines.push(cause.stack);
  return lines;
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
