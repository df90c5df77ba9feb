/** Thrown deep inside a call that cannot go on yet, before its side effects: it runs again when the queue is woken. */
import { EAGAIN, KernelError } from '../abi/errno.ts';
import type { WaitQueue } from '../lib/wait-queue.ts';

export class MustWait extends KernelError {
  readonly queue: WaitQueue;
  /** For a disk: no signal ends the wait. */
  readonly isIo: boolean;

  constructor(queue: WaitQueue, isIo = false) {
    super(EAGAIN, 'must wait');
    this.queue = queue;
    this.isIo = isIo;
  }
}
