/** The blocks of the journal's file as a ring: block 0 is its superblock, from `first` on comes the log. */
import { EINVAL, fail } from '../../../abi/errno.ts';
import type { BlockDevice } from '../../block-device.ts';
import { corrupted } from '../corruption.ts';
import type { Ext4 } from '../ext4.ts';
import type { StoredInode } from '../stored-inode.ts';
import { JournalSuperblock } from './records.ts';

export class LogArea {
  readonly superblock: JournalSuperblock;
  readonly blockSize: number;
  private readonly fs: Ext4;
  private readonly disk: BlockDevice;
  private readonly inode: StoredInode;
  private readonly sectorsPerBlock: number;

  /** Reads the journal's inode and superblock. Throws EINVAL for a journal that cannot be, EUCLEAN, EIO. */
  constructor(fs: Ext4) {
    const { superblock } = fs;
    this.fs = fs;
    this.disk = fs.disk;
    this.blockSize = superblock.blockSize;
    this.sectorsPerBlock = superblock.sectorsPerBlock;
    const { s_journal_inum } = superblock.fields;
    if (s_journal_inum === 0) throw this.refuse('journals on devices of their own are not known');
    this.inode = fs.inodes.load(s_journal_inum);
    this.superblock = new JournalSuperblock(this.read(0));
    const blocks = Math.floor(this.inode.size / this.blockSize);
    const problem = this.superblock.findProblem(this.blockSize, blocks);
    if (problem !== undefined) throw this.refuse(problem);
  }

  private refuse(problem: string): Error {
    this.fs.log(problem);
    return fail(EINVAL, problem);
  }

  private place(block: number): number {
    const place = this.inode.map.find(this.inode, block);
    if (place === 0) throw corrupted('hole in the journal');
    return place;
  }

  /** The block behind `block` in the ring. */
  next(block: number): number {
    return block + 1 === this.superblock.length ? this.superblock.first : block + 1;
  }

  read(block: number): Uint8Array {
    const bytes = new Uint8Array(this.blockSize);
    this.disk.read(this.place(block) * this.sectorsPerBlock, bytes);
    return bytes;
  }

  /** Whole blocks from `block` on, round the end of the ring; returns the block behind them. */
  write(block: number, bytes: Uint8Array): number {
    const { blockSize } = this;
    let at = block;
    for (let done = 0; done < bytes.length; ) {
      const start = this.place(at);
      let count = 1;
      let next = this.next(at);
      while (
        done + count * blockSize < bytes.length &&
        next === at + count &&
        this.place(next) === start + count
      ) {
        count++;
        next = this.next(next);
      }
      this.disk.write(start * this.sectorsPerBlock, bytes.subarray(done, done + count * blockSize));
      done += count * blockSize;
      at = next;
    }
    return at;
  }

  writeSuperblock(): void {
    this.disk.write(this.place(0) * this.sectorsPerBlock, this.superblock.bytes);
  }
}
