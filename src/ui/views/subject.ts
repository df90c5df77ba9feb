/** The process that views of one process are about: chosen in the process tree, kept from view to view; else followed. */
import type { ProcessInfo } from '../../api/processes.ts';
import type { System } from '../../api/system.ts';

const chosen = new WeakMap<System, number>();

/** What is looked at while nothing is chosen. */
interface Followed {
  readonly process: ProcessInfo;
  /** The newest program at the last look, if that is another one. */
  readonly candidate: number | undefined;
}
const followed = new WeakMap<System, Followed>();

export function choose(system: System, pid: number): void {
  chosen.set(system, pid);
}

/** Threads of the kernel have no command line and no memory. */
export function isProgram({ command, state }: ProcessInfo): boolean {
  return command.length > 0 && state !== 'Z';
}

/** The chosen process, while there is one; else the newest program, but for those that are gone at the next look. */
export function subjectOf(
  system: System,
  processes: readonly ProcessInfo[],
): ProcessInfo | undefined {
  const wanted = processes.find(({ pid }) => pid === chosen.get(system));
  if (wanted) return wanted;
  const next = follow(followed.get(system), processes.filter(isProgram));
  if (next) followed.set(system, next);
  return next?.process;
}

function follow(last: Followed | undefined, programs: readonly ProcessInfo[]) {
  const newest = programs.at(-1);
  if (!newest) return undefined;
  const find = (pid: number | undefined) => programs.find((it) => it.pid === pid);
  // Where the one that was looked at has ended, who started it goes on.
  const process = find(last?.process.pid) ?? find(last?.process.parentPid) ?? newest;
  if (newest.pid === process.pid || newest.pid === last?.candidate)
    return { process: newest, candidate: undefined };
  return { process, candidate: newest.pid };
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
