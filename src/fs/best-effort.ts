/** Last writes: what is stored when nobody is left who could be told that it could not be. */
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
