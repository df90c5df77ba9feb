/**
 * Failed write-back, told once to each open file: an error, and how many there were. Whoever opens a file remembers the count
 * and compares it at fsync(2). Linux: lib/errseq.c.
 */
import { fail, type KernelError } from '../abi/errno.ts';

export class ErrorSequence {
  private errno = 0;
  private count = 0;
  private isSeen = true;

  record(error: KernelError): void {
    this.errno = error.errno;
    this.count++;
    this.isSeen = false;
  }

  /** What a new observer begins with. An error that nobody was told of is news for it, too. */
  sample(): number {
    return this.isSeen ? this.count : 0;
  }

  /** The count now: all up to here was told to the observer. */
  get current(): number {
    return this.count;
  }

  /** The error that came since `observed`. */
  since(observed: number): KernelError | undefined {
    if (observed === this.count) return undefined;
    this.isSeen = true;
    return fail(this.errno, 'write-back failed');
  }
}
