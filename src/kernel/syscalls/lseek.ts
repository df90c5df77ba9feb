/** lseek(2). */
import { EINVAL, ENXIO, ESPIPE, fail } from '../../abi/errno.ts';
import { SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET } from '../../abi/fcntl.ts';
import type { File } from '../../fs/file.ts';
import { MAX_FILE_BYTES } from '../../fs/page-cache.ts';
import type { Result } from '../block.ts';
import { BlockFile } from '../devfs/block-file.ts';
import { KernelLogFile } from '../devfs/memory-devices.ts';
import { PhysicalMemoryFile } from '../devfs/physical-memory.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';

/** Errors: EBADF, EINVAL, ENXIO (SEEK_DATA, SEEK_HOLE behind the end), ESPIPE. */
export function lseek(task: Task, fd: number, offset: number, whence: number): Result {
  const file = task.files.get(fd);
  if (whence < SEEK_SET || whence > SEEK_HOLE) throw fail(EINVAL, 'whence');
  if (file instanceof KernelFile && file.hasFixedPosition) return 0;
  if (!file.isSeekable) throw fail(ESPIPE, 'not seekable');
  const target = targetOf(file, offset, whence);
  if (target < 0 || target > MAX_FILE_BYTES) throw fail(EINVAL, 'outside of any file');
  if (file instanceof KernelLogFile) file.seekRecord(whence);
  file.position = target;
  return target;
}

function targetOf(file: File, offset: number, whence: number): number {
  switch (whence) {
    case SEEK_SET:
      return offset;
    case SEEK_CUR:
      return file.position + offset;
    case SEEK_END:
      if (file instanceof PhysicalMemoryFile) throw fail(EINVAL, 'memory has no end');
      return sizeOf(file) + offset;
    case SEEK_DATA:
    case SEEK_HOLE: {
      const size = sizeOf(file);
      if (!(file instanceof BlockFile)) return file.seekContent(offset, whence === SEEK_HOLE);
      if (offset < 0 || offset >= size) throw fail(ENXIO, 'behind the end of file');
      return whence === SEEK_HOLE ? size : offset;
    }
    default:
      throw fail(EINVAL, 'whence');
  }
}

function sizeOf(file: File): number {
  if (file instanceof BlockFile) return file.sizeBytes;
  file.inode.revalidate();
  return file.inode.size;
}
