/** Which arguments of a system call are paths, and what they say. */
import { KernelError } from '../abi/errno.ts';
import { A0, getRegister } from './arch/user-context.ts';
import { rowOf } from './syscall.ts';
import { isPath, WORDS } from './syscall-words.ts';
import type { Task } from './task.ts';

const PATH_MAX = 4096;

/** By argument of the running call, in bytes; undefined for one that is no path, is null or cannot be read. */
export function pathArguments(task: Task): (string | undefined)[] {
  const words = rowOf(task.call.number)?.words ?? [];
  return words.map((name, i) => {
    const { kind } = WORDS[name];
    const address = getRegister(task.registers, A0 + i);
    if (!isPath(kind) || address === 0) return undefined;
    try {
      return task.memory.readString(address, PATH_MAX);
    } catch (error) {
      if (error instanceof KernelError) return undefined;
      throw error;
    }
  });
}
