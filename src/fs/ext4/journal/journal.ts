/**
 * The journal of a mounted file system: JBD2, with one transaction at a time. Linux: fs/jbd2.
 *
 * All metadata blocks that changed since the last commit are the running transaction. A commit writes them to the log, flushes,
 * and writes the commit record; only then may they go to their places (by eviction from the cache, or all at once: a
 * checkpoint, after which the log is empty). A checkpoint follows a commit when half of the log is used, so that the next
 * transaction, which is smaller than the other half, always has room.
 */
import { EIO, fail } from '../../../abi/errno.ts';
import type { CachedBlock, Revoker } from '../block-cache.ts';
import type { Ext4 } from '../ext4.ts';
import { INCOMPAT_64BIT } from '../features.ts';
import { LogArea } from './log-area.ts';
import {
  COMMIT,
  DESCRIPTOR,
  HEADER_BYTES,
  MAGIC,
  REVOKE,
  TAG_ESCAPE,
  TAG_LAST,
  TAG_SAME_UUID,
  writeHeader,
} from './records.ts';

const UUID_BYTES = 16;

/** What was done since the mount. */
export interface JournalCounts {
  transactions: number;
  /** Of them, those that somebody waited for: all but the ones whose time had come. */
  requested: number;
  /** Operations in them. */
  handles: number;
  /** Blocks that they changed, and blocks of the log that they took. */
  blocks: number;
  logged: number;
}

export class Journal implements Revoker {
  readonly counts: JournalCounts = {
    transactions: 0,
    requested: 0,
    handles: 0,
    blocks: 0,
    logged: 0,
  };
  /** The commits are those of the write-back. */
  isTimed = false;
  private readonly fs: Ext4;
  private readonly area: LogArea;
  private readonly capacity: number;
  /** Where the next record goes, and how much of the log is in use. */
  private head: number;
  private used = 0;
  /** Of the running transaction. */
  private sequence: number;
  /** Blocks that are in the log, and those of them that must not be replayed. */
  private readonly logged = new Set<number>();
  private readonly revoked = new Set<number>();

  /** The log must be empty. Throws EINVAL, EUCLEAN, EIO. */
  constructor(fs: Ext4) {
    this.fs = fs;
    this.area = new LogArea(fs);
    const { superblock } = this.area;
    superblock.chooseFeatures(fs.superblock.hasIncompat(INCOMPAT_64BIT), fs.checksums.isOn);
    this.capacity = superblock.length - superblock.first;
    this.head = superblock.first;
    this.sequence = superblock.sequence;
    this.setStart(this.head);
  }

  private setStart(start: number): void {
    this.area.superblock.setStart(start, this.sequence);
    this.area.writeSuperblock();
  }

  /** Blocks of a transaction at most. */
  get maxBlocks(): number {
    return Math.floor(this.capacity / 4);
  }

  /** A transaction of so many blocks should be committed before it grows. */
  isFull(blocks: number): boolean {
    return blocks + this.revoked.size / 64 > this.capacity / 4;
  }

  revoke(number: number): void {
    if (this.logged.has(number)) this.revoked.add(number);
  }

  /** The blocks survive from here on; none is dirty any more. Throws EIO. */
  commit(dirty: Set<CachedBlock>): void {
    for (const { number } of dirty) this.revoked.delete(number);
    if (dirty.size === 0 && this.revoked.size === 0) return;
    const { disk, checksums, context } = this.fs;
    const blocks = [...dirty].sort((a, b) => a.number - b.number);
    for (const block of blocks) checksums.seal(block);
    const records = [...this.revokeRecords(), ...this.dataRecords(blocks)];
    const length = records.reduce((sum, record) => sum + record.length, 0) / this.area.blockSize;
    if (this.used + length + 1 > this.capacity) throw fail(EIO, 'transaction larger than the log');
    for (const record of records) this.head = this.area.write(this.head, record);
    disk.flush();
    const commit = new Uint8Array(this.area.blockSize);
    writeHeader(new DataView(commit.buffer), COMMIT, this.sequence);
    const { seconds, nanoseconds } = context.now();
    this.area.superblock.sealCommit(commit, seconds, nanoseconds);
    this.head = this.area.write(this.head, commit);
    disk.flush();
    this.finish(blocks, dirty, length + 1);
  }

  private finish(blocks: readonly CachedBlock[], dirty: Set<CachedBlock>, length: number): void {
    this.used += length;
    this.counts.transactions++;
    if (!this.isTimed) this.counts.requested++;
    this.counts.blocks += blocks.length;
    this.counts.logged += length;
    this.sequence = (this.sequence + 1) >>> 0;
    this.revoked.clear();
    dirty.clear();
    for (const block of blocks) {
      block.isCommitted = true;
      this.logged.add(block.number);
    }
    if (this.used > this.capacity / 2) this.checkpoint();
  }

  private revokeRecords(): Uint8Array[] {
    const { superblock, blockSize } = this.area;
    const { numberBytes } = superblock;
    const numbers = [...this.revoked];
    const perBlock = Math.floor((superblock.room(blockSize) - HEADER_BYTES - 4) / numberBytes);
    const records: Uint8Array[] = [];
    for (let from = 0; from < numbers.length; from += perBlock) {
      const record = new Uint8Array(blockSize);
      const view = new DataView(record.buffer);
      writeHeader(view, REVOKE, this.sequence);
      let at = HEADER_BYTES + 4;
      for (const number of numbers.slice(from, from + perBlock)) {
        if (numberBytes === 8) view.setUint32(at, Math.floor(number / 2 ** 32));
        view.setUint32(at + numberBytes - 4, number % 2 ** 32);
        at += numberBytes;
      }
      view.setUint32(HEADER_BYTES, at);
      superblock.sealTail(record);
      records.push(record);
    }
    return records;
  }

  /** Descriptors, each with the blocks that it is about. */
  private dataRecords(blocks: readonly CachedBlock[]): Uint8Array[] {
    const { superblock, blockSize } = this.area;
    const room = superblock.room(blockSize) - HEADER_BYTES - UUID_BYTES;
    const perRecord = Math.floor(room / superblock.tagBytes);
    const records: Uint8Array[] = [];
    for (let from = 0; from < blocks.length; from += perRecord) {
      records.push(this.dataRecord(blocks.slice(from, from + perRecord)));
    }
    return records;
  }

  private dataRecord(blocks: readonly CachedBlock[]): Uint8Array {
    const { superblock, blockSize } = this.area;
    const record = new Uint8Array(blockSize * (1 + blocks.length));
    const view = new DataView(record.buffer);
    writeHeader(view, DESCRIPTOR, this.sequence);
    let at = HEADER_BYTES;
    blocks.forEach((block, i) => {
      const data = record.subarray((i + 1) * blockSize, (i + 2) * blockSize);
      data.set(block.bytes);
      const place = (i + 1) * blockSize;
      let flags = (i > 0 ? TAG_SAME_UUID : 0) | (i === blocks.length - 1 ? TAG_LAST : 0);
      // Data that looks like a record would end a replay.
      if (view.getUint32(place) === MAGIC) {
        view.setUint32(place, 0);
        flags |= TAG_ESCAPE;
      }
      const checksum = superblock.dataChecksum(data, this.sequence);
      superblock.writeTag(view, at, { block: block.number, flags, checksum });
      at += superblock.tagBytes;
      if (i > 0) return;
      record.set(superblock.uuid, at);
      at += UUID_BYTES;
    });
    superblock.sealTail(record.subarray(0, blockSize));
    return record;
  }

  /** Nothing may be dirty: all that was committed goes to its place, and the log is empty. */
  private checkpoint(): void {
    this.fs.cache.checkpoint();
    this.fs.disk.flush();
    this.setStart(this.head);
    this.fs.disk.flush();
    this.used = 0;
    this.logged.clear();
  }

  /** After the last commit: the file system is complete without its journal. */
  close(): void {
    this.fs.cache.checkpoint();
    this.fs.disk.flush();
    this.setStart(0);
    this.fs.disk.flush();
  }
}
