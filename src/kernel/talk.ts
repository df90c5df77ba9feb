/**
 * Tasks that do little but call the kernel, where one hart is in the kernel's own thread: on another each call is handed from thread to
 * thread, which takes longer than what lies between two such calls, and far longer when the host's cores are busy. They stay at
 * that hart (Scheduling.home); the kernel serves one call at a time anyway.
 */
import type { Task } from './task.ts';

/** Calls after which it is told: more than programs begin with. */
const CALLS = 1000;
/** On the average between two of them, of those who stay: a microsecond or two. */
const FEW_INSTRUCTIONS = 2000;

/** The task has called so often since this was last said. `near` is the hart of the kernel's thread. */
export function countCalls({ scheduling, instructions }: Task, calls: number, near: number): void {
  scheduling.calls += calls;
  const passed = instructions - scheduling.callsSince;
  if (scheduling.calls < CALLS && passed < CALLS * FEW_INSTRUCTIONS) return;
  scheduling.home = passed < scheduling.calls * FEW_INSTRUCTIONS ? near : undefined;
  scheduling.calls = 0;
  scheduling.callsSince = instructions;
}
