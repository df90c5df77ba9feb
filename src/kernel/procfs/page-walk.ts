/**
 * /proc/<pid>/page_walk, a file of Hartix: the page-table entries that the MMU meets on its way to each page. Record number N, of
 * 64 bytes, is about page N of the address space: how many entries, then for each, the root table's first, the physical address that
 * it is at and the entry itself; all of 64 bits. As pagemap with its frames, it is for those with CAP_SYS_ADMIN.
 */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Process } from '../process.ts';

const RECORD_BYTES = 64;
const RECORD_WORDS = RECORD_BYTES / 4;
/** At most this many records a read: the rest takes another. */
const MOST_RECORDS = 1024;

export class PageWalkFile extends KernelFile {
  override readonly isSeekable = true;
  override readonly isStream = false;
  private readonly process: Process;

  constructor(process: Process, inode: Inode, flags: number) {
    super(inode, flags);
    this.process = process;
  }

  poll(): number {
    return POLLIN | POLLRDNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    const reader = this.process.kernel.current?.credentials;
    if (reader?.hasCapability(CAP_SYS_ADMIN) !== true) throw fail(EPERM, 'CAP_SYS_ADMIN');
    const space = this.process.addressSpace;
    if (!space) return 0;
    if (offset % RECORD_BYTES !== 0 || buffer.length % RECORD_BYTES !== 0)
      throw fail(EINVAL, 'not a multiple of 64');
    const first = offset / RECORD_BYTES;
    const pages = TASK_SIZE / PAGE_SIZE - first;
    const count = Math.max(0, Math.min(pages, buffer.length / RECORD_BYTES, MOST_RECORDS));
    const words = new Uint32Array(count * RECORD_WORDS);
    for (let page = 0; page < count; page++) {
      const entries = space.pageTable.walk((first + page) * PAGE_SIZE);
      let at = page * RECORD_WORDS;
      words[at] = entries.length;
      for (const { address, low, high } of entries) {
        words[at + 2] = address;
        words[at + 3] = address / 2 ** 32;
        words[at + 4] = low;
        words[at + 5] = high;
        at += 4;
      }
    }
    buffer.copyIn(new Uint8Array(words.buffer), 0);
    return count * RECORD_BYTES;
  }
}
