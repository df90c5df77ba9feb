/** Files of procfs that are records of one size, numbered by page or frame: pagemap, page_walk, kpagecount, kpageflags. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../../abi/poll.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { KernelFile } from '../kernel-file.ts';

/** Records made at a time. */
const CHUNK = 4096;

export abstract class RecordFile extends KernelFile {
  override readonly isSeekable = true;
  override readonly isStream = false;
  protected abstract readonly recordBytes: number;
  /** Records that there are; reads end in front of the next one. */
  protected abstract readonly recordCount: number;

  /** Those of [first, end), one after the other. */
  protected abstract records(first: number, end: number): Uint32Array;

  poll(): number {
    return POLLIN | POLLRDNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    const { recordBytes, recordCount } = this;
    if (offset % recordBytes !== 0 || buffer.length % recordBytes !== 0)
      throw fail(EINVAL, `not a multiple of ${recordBytes}`);
    const first = offset / recordBytes;
    const end = Math.min(recordCount, first + buffer.length / recordBytes);
    for (let at = first; at < end; at += CHUNK) {
      const words = this.records(at, Math.min(end, at + CHUNK));
      buffer.copyIn(new Uint8Array(words.buffer), (at - first) * recordBytes);
    }
    return Math.max(0, end - first) * recordBytes;
  }
}
