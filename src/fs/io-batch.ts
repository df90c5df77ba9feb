/** Transfers that somebody waits for: together they are done when the last of them is. */
import type { KernelError } from '../abi/errno.ts';
import { WaitQueue } from '../lib/wait-queue.ts';

export class IoBatch {
  /** Transfers that are not done. */
  pending = 0;
  /** The first. */
  error: KernelError | undefined = undefined;
  /** Once one of its writes has failed, no further one is sent. */
  readonly stopsAtError: boolean;
  /** Woken when all are done. */
  readonly queue = new WaitQueue();

  constructor(stopsAtError = false) {
    this.stopsAtError = stopsAtError;
  }

  transferDone(error: KernelError | undefined): void {
    this.error ??= error;
    if (--this.pending > 0) return;
    this.finished();
    this.queue.wakeAll();
  }

  /** All are done. */
  protected finished(): void {
    return;
  }
}
