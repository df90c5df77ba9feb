/** rseq(2). */
import { EBUSY, EFAULT, EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import { interruptSequence, RSEQ_ALIGNMENT, RseqArea, resetRseq } from '../rseq.ts';
import type { Task } from '../task.ts';

const RSEQ_FLAG_UNREGISTER = 1;
/** Size of the first version, padding included. */
const MINIMUM_BYTES = 32;

/** rseq(2). Errors: EBUSY, EFAULT, EINVAL, EPERM for another signature. */
export function rseq(
  task: Task,
  address: number,
  size: number,
  flags: number,
  signature: number,
): number {
  const area = task.rseq;
  if ((flags & RSEQ_FLAG_UNREGISTER) !== 0) {
    if (flags !== RSEQ_FLAG_UNREGISTER || !area) throw fail(EINVAL, 'flags');
    if (area.address !== address || area.size !== size) throw fail(EINVAL, 'another area');
    if (area.signature !== signature) throw fail(EPERM, 'signature');
    resetRseq(task, area);
    task.rseq = undefined;
    return 0;
  }
  if (flags !== 0) throw fail(EINVAL, 'flags');
  if (area) {
    if (area.address !== address || area.size !== size) throw fail(EINVAL, 'another area');
    if (area.signature !== signature) throw fail(EPERM, 'signature');
    throw fail(EBUSY, 'registered already');
  }
  if (address % RSEQ_ALIGNMENT !== 0 || size < MINIMUM_BYTES)
    throw fail(EINVAL, 'alignment or size');
  if (address + size > TASK_SIZE) throw fail(EFAULT, 'area outside of user space');
  task.rseq = new RseqArea(address, size, signature);
  interruptSequence(task);
  return 0;
}
