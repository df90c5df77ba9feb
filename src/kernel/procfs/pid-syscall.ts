/** /proc/<pid>/syscall: proc_pid_syscall(5). */
import { A0, getPc, getRegister, SP } from '../arch/user-context.ts';
import type { Task } from '../task.ts';

/** `running`, or number, six arguments, stack pointer and program counter; -1 when it sleeps outside of a call. */
export function describeSyscall(task: Task): string {
  if (task.state === 'R') return 'running\n';
  const { registers } = task;
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const place = `${hex(getRegister(registers, SP))} ${hex(getPc(registers))}\n`;
  if (!task.syscall) return `-1 ${place}`;
  const values = Array.from({ length: 6 }, (_, i) => hex(getRegister(registers, A0 + i)));
  return `${task.syscall.number} ${values.join(' ')} ${place}`;
}
