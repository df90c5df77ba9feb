/**
 * /proc/<pid>/page_walk, a file of Hartix: the page-table entries that the MMU meets on its way to each page. Record number N, of
 * 64 bytes, is about page N of the address space: how many entries, then for each, the root table's first, the physical address that
 * it is at and the entry itself; all of 64 bits. As pagemap with its frames, it is for those with CAP_SYS_ADMIN.
 */
import { EPERM, fail } from '../../abi/errno.ts';
import type { Inode } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { Process } from '../process.ts';
import { RecordFile } from './record-file.ts';

const RECORD_BYTES = 64;
const RECORD_WORDS = RECORD_BYTES / 4;

export class PageWalkFile extends RecordFile {
  protected readonly recordBytes = RECORD_BYTES;
  private readonly process: Process;

  constructor(process: Process, inode: Inode, flags: number) {
    super(inode, flags);
    this.process = process;
  }

  protected get recordCount(): number {
    return this.process.addressSpace ? TASK_SIZE / PAGE_SIZE : 0;
  }

  override read(buffer: IoBuffer, offset: number): number {
    const reader = this.process.kernel.current?.credentials;
    if (reader?.hasCapability(CAP_SYS_ADMIN) !== true) throw fail(EPERM, 'CAP_SYS_ADMIN');
    return super.read(buffer, offset);
  }

  protected records(first: number, end: number): Uint32Array {
    const words = new Uint32Array((end - first) * RECORD_WORDS);
    const table = this.process.addressSpace?.pageTable;
    for (let page = first; page < end; page++) {
      const entries = table?.walk(page * PAGE_SIZE) ?? [];
      let at = (page - first) * RECORD_WORDS;
      words[at] = entries.length;
      for (const { address, low, high } of entries) {
        words[at + 2] = address;
        words[at + 3] = address / 2 ** 32;
        words[at + 4] = low;
        words[at + 5] = high;
        at += 4;
      }
    }
    return words;
  }
}
