/** Errors that are not thrown at once: of last writes, when nobody is left who could be told, and of transfers that got somewhere. */
import { KernelError } from '../abi/errno.ts';

/**
 * Do what can be done. For the end of the last open file, umount(2) and sync(2), which on Linux succeed on a disk that is gone;
 * fsync(2) is the call that reports.
 */
export function bestEffort(step: () => void): boolean {
  return attempt(step) === undefined;
}

/** Why the step failed, if so. */
export function attempt(step: () => void): KernelError | undefined {
  try {
    step();
    return undefined;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return error;
  }
}

/** A transfer failed after `done` bytes: these count; only a failure at the very start is an error. */
export function rethrowUnlessPartial(error: unknown, done: number): void {
  if (done === 0 || !(error instanceof KernelError)) throw error;
}
