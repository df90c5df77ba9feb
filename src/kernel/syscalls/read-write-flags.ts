/** RWF_* flags of preadv2, pwritev2 and kernel AIO: status flags of the open file for one transfer. linux/fs.h. */
import { EAGAIN, EINVAL, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { O_APPEND, O_DSYNC, O_NONBLOCK, O_SYNC } from '../../abi/fcntl.ts';
import type { File } from '../../fs/file.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import { clip } from '../transfer.ts';

const RWF_HIPRI = 1;
const RWF_DSYNC = 2;
const RWF_SYNC = 4;
const RWF_NOWAIT = 8;
const RWF_APPEND = 0x10;
const RWF_NOAPPEND = 0x20;
const SUPPORTED = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND | RWF_NOAPPEND;

/** Run a transfer with the flags. Throws EOPNOTSUPP for those that are not known, EINVAL for contradictions. */
export function withTransferFlags(file: File, flags: number, transfer: () => Result): Result {
  if (flags === 0) return transfer();
  if ((flags & ~SUPPORTED) !== 0) throw fail(EOPNOTSUPP, 'RWF_ flags');
  const both = RWF_APPEND | RWF_NOAPPEND;
  if ((flags & both) === both) throw fail(EINVAL, 'RWF_APPEND with RWF_NOAPPEND');
  if ((flags & RWF_NOWAIT) !== 0 && file instanceof PipeFile) throw fail(EOPNOTSUPP, 'a pipe');
  const before = file.flags;
  if ((flags & RWF_DSYNC) !== 0) file.flags |= O_DSYNC;
  if ((flags & RWF_SYNC) !== 0) file.flags |= O_SYNC;
  if ((flags & RWF_NOWAIT) !== 0) file.flags |= O_NONBLOCK;
  if ((flags & RWF_APPEND) !== 0) file.flags |= O_APPEND;
  if ((flags & RWF_NOAPPEND) !== 0) file.flags &= ~O_APPEND;
  try {
    return transfer();
  } finally {
    file.flags = before;
  }
}

/** Of a read with RWF_NOWAIT the part that need not wait for a slow disk. Throws EAGAIN for none, EIO. Linux: filemap_get_pages. */
export function withoutWaiting(
  file: File,
  flags: number,
  buffer: IoBuffer,
  offset = file.position,
): IoBuffer {
  if ((flags & RWF_NOWAIT) === 0 || !file.isLate || buffer.length === 0) return buffer;
  const ready = file.readyBytes(buffer.length, offset);
  if (ready === 0) throw fail(EAGAIN, 'the disk is to be waited for');
  return clip(buffer, ready);
}
