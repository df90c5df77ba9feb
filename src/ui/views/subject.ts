/** The process that views of one process are about: chosen in the process tree, kept from view to view. */
import type { ProcessInfo } from '../../api/processes.ts';
import type { System } from '../../api/system.ts';

const chosen = new WeakMap<System, number>();

export function choose(system: System, pid: number): void {
  chosen.set(system, pid);
}

/** Threads of the kernel have no command line and no memory. */
export function isProgram({ command, state }: ProcessInfo): boolean {
  return command.length > 0 && state !== 'Z';
}

/** The chosen process, while there is one; else the newest program. */
export function subjectOf(
  system: System,
  processes: readonly ProcessInfo[],
): ProcessInfo | undefined {
  const wanted = processes.find(({ pid }) => pid === chosen.get(system));
  return wanted ?? processes.filter(isProgram).at(-1);
}

/** The program before or after the chosen one. */
export function neighbour(
  processes: readonly ProcessInfo[],
  pid: number,
  step: 1 | -1,
): number | undefined {
  const pids = processes.filter(isProgram).map((process) => process.pid);
  const later = step === 1 ? pids.find((it) => it > pid) : pids.findLast((it) => it < pid);
  return later ?? (step === 1 ? pids[0] : pids.at(-1));
}
