/** What is found on disk and cannot be: the errors that Linux's ext4 gives. */
import { EBADMSG, EUCLEAN, fail, type KernelError } from '../../abi/errno.ts';

/** EFSCORRUPTED: a structure that cannot be. */
export function corrupted(what: string): KernelError {
  return fail(EUCLEAN, what);
}

/** EFSBADCRC: a structure with a wrong checksum. */
export function badChecksum(what: string): KernelError {
  return fail(EBADMSG, `checksum of ${what}`);
}
