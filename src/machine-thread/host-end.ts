/** The host's ends of the guest's pipes, terminals and sockets: what both are, and what a transfer may come to. */
import { EAGAIN, KernelError } from '../abi/errno.ts';
import type { File } from '../fs/file.ts';

/** Drop the host's reference to an end. */
export function closeEnd(file: File): void {
  file.references--;
  if (file.references === 0) file.release();
}

/** What `transfer` gives; 'later' when nothing can be moved now, 'ended' when the other side is gone. */
export function attempt<T>(transfer: () => T): T | 'later' | 'ended' {
  try {
    return transfer();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return error.errno === EAGAIN ? 'later' : 'ended';
  }
}
