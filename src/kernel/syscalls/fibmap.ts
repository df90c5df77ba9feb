/** FIBMAP and FIGETBSZ, linux/fs.h: one block of a file after the other, as lilo and filefrag -B ask. */
import { EINVAL, EPERM, ERANGE, fail } from '../../abi/errno.ts';
import type { File } from '../../fs/file.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_RAWIO } from '../credentials.ts';
import type { Task } from '../task.ts';

export const FIBMAP = 1;
export const FIGETBSZ = 2;

/** Where a number is expected, and then written: of a block of the file, and of the disk's, 0 for a hole. Errors: EFAULT, EINVAL, EPERM, ERANGE. */
export function blockMap(task: Task, { inode }: File, address: number): Result {
  const { memory, credentials } = task;
  if (!credentials.hasCapability(CAP_SYS_RAWIO)) throw fail(EPERM, 'CAP_SYS_RAWIO');
  const block = memory.readU32(address) | 0;
  if (block < 0) throw fail(EINVAL, 'negative block');
  if (inode.fileExtents === undefined) throw fail(EINVAL, 'no blocks');
  const { blockSize } = inode.fs.statistics();
  inode.pages?.sync();
  const start = block * blockSize;
  const extent = inode.fileExtents(start, start + blockSize).at(0);
  const isThere =
    extent !== undefined &&
    (extent.kind === 'data' || extent.kind === 'merged') &&
    extent.logical <= start;
  const found = isThere ? (extent.physical + start - extent.logical) / blockSize : 0;
  const isRoom = found < 2 ** 31;
  memory.writeU32(address, isRoom ? Math.floor(found) : 0);
  if (!isRoom) throw fail(ERANGE, 'block number');
  return 0;
}

/** Errors: EFAULT. */
export function blockSize({ memory }: Task, { inode }: File, address: number): Result {
  memory.writeU32(address, inode.fs.statistics().blockSize);
  return 0;
}
