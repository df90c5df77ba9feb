/** The log of an xv6 disk: blocks that change together are written there first. xv6 book, sections 8.4 to 8.6; kernel/log.c. */
import type { BlockDevice } from '../block-device.ts';
import type { BlockCache } from '../ext4/block-cache.ts';
import { BLOCK_BYTES, SECTORS_PER_BLOCK, type Superblock } from './superblock.ts';

/** Most blocks that one operation changes: MAXOPBLOCKS. */
const OPERATION_BLOCKS = 10;

export class Log {
  private readonly disk: BlockDevice;
  private readonly cache: BlockCache;
  private readonly start: number;
  /** Blocks that the log holds beside its header. */
  private readonly capacity: number;

  constructor(disk: BlockDevice, cache: BlockCache, { logstart, nlog }: Superblock) {
    this.disk = disk;
    this.cache = cache;
    this.start = logstart;
    this.capacity = Math.min(nlog - 1, BLOCK_BYTES / 4 - 1);
  }

  /** Everything is consistent: what changes from here to the next call belongs together. Throws EIO. */
  begin(): void {
    if (this.cache.dirty.size + OPERATION_BLOCKS > this.capacity) this.commit();
  }

  /** What changed is in the log, then at its place, and the log is empty again. Throws EIO. */
  commit(): void {
    const blocks = [...this.cache.dirty].sort((a, b) => a.number - b.number);
    // No operation changes so many: parts of what is not one operation.
    for (let from = 0; from < blocks.length; from += this.capacity) {
      const part = blocks.slice(from, from + this.capacity);
      for (const [i, block] of part.entries()) this.write(this.start + 1 + i, block.bytes);
      this.disk.flush();
      this.writeHeader(part.map(({ number }) => number));
      this.disk.flush();
      for (const block of part) {
        this.write(block.number, block.bytes);
        this.cache.dirty.delete(block);
      }
      this.disk.flush();
      // Else the header of now might be found with the blocks of the next time.
      this.writeHeader([]);
      this.disk.flush();
    }
  }

  /** What was committed before a crash goes to its place; returns how many blocks. Numbers that cannot be end it. Throws EIO. */
  recover(limit: number): number {
    const header = new Uint8Array(BLOCK_BYTES);
    this.disk.read(this.start * SECTORS_PER_BLOCK, header);
    const words = new Uint32Array(header.buffer);
    const count = words[0] as number;
    const homes = words.subarray(1, 1 + count);
    if (count > this.capacity || homes.some((home) => home === 0 || home >= limit)) return 0;
    const block = new Uint8Array(BLOCK_BYTES);
    homes.forEach((home, i) => {
      this.disk.read((this.start + 1 + i) * SECTORS_PER_BLOCK, block);
      this.write(home, block);
    });
    this.disk.flush();
    if (count > 0) this.writeHeader([]);
    return count;
  }

  private writeHeader(homes: readonly number[]): void {
    const words = new Uint32Array(BLOCK_BYTES / 4);
    words[0] = homes.length;
    words.set(homes, 1);
    this.write(this.start, new Uint8Array(words.buffer));
  }

  private write(block: number, bytes: Uint8Array): void {
    this.disk.write(block * SECTORS_PER_BLOCK, bytes);
  }
}
