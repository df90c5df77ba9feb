/** The superblock on disk: what it says of the mount, and its copy after a torn write. */

import type { Ext4 } from './ext4.ts';
import { INCOMPAT_RECOVER, type TypeName } from './features.ts';
import { STATE_CLEAN, SUPERBLOCK_OFFSET, Superblock } from './superblock.ts';

export class SuperblockStore {
  private readonly fs: Ext4;
  /** The superblock on disk says that the file system is in use. */
  isMarkedInUse = false;
  /** The next commit stores it. */
  isDirty = false;

  constructor(fs: Ext4) {
    this.fs = fs;
  }

  /** The power was cut while the superblock was written: its copy in group 1 says the same. */
  isTorn(): boolean {
    const { superblock, disk, type } = this.fs;
    if (superblock.groupCount < 2 || !superblock.hasCopy(1)) return false;
    const raw = new Uint8Array(1024);
    disk.read(superblock.groupStart(1) * superblock.sectorsPerBlock, raw);
    const copy = new Superblock(raw, type.name as TypeName, () => undefined);
    return copy.hasRightChecksum && superblock.matches(copy);
  }

  /** The journal was replayed: what the superblock is now, without needs_recovery. */
  clearRecovery(): void {
    const raw = new Uint8Array(1024);
    this.fs.disk.read(SUPERBLOCK_OFFSET / 512, raw);
    const superblock = new Superblock(raw, this.fs.type.name as TypeName, (text) =>
      this.fs.log(text),
    );
    superblock.fields.s_feature_incompat &= ~INCOMPAT_RECOVER;
    this.fs.disk.write(SUPERBLOCK_OFFSET / 512, superblock.encode());
    this.fs.disk.flush();
  }

  /** Without a journal s_state says that the file system is in use, with one needs_recovery. */
  write(isClean: boolean): void {
    const { superblock, context, disk, cache, isJournaled } = this.fs;
    const { fields } = superblock;
    const now = context.now().seconds;
    if (!this.isMarkedInUse) {
      fields.s_mnt_count++;
      fields.s_mtime = now;
    }
    fields.s_wtime = now;
    if (isJournaled) {
      fields.s_feature_incompat = isClean
        ? fields.s_feature_incompat & ~INCOMPAT_RECOVER
        : fields.s_feature_incompat | INCOMPAT_RECOVER;
    } else {
      fields.s_state = isClean ? fields.s_state | STATE_CLEAN : fields.s_state & ~STATE_CLEAN;
    }
    this.isMarkedInUse = !isClean;
    const bytes = superblock.encode();
    disk.write(SUPERBLOCK_OFFSET / 512, bytes);
    const { number, at } = this.place;
    cache.peek(number)?.bytes.set(bytes, at);
  }

  private get place(): { number: number; at: number } {
    const { blockSize } = this.fs.superblock;
    const number = Math.floor(SUPERBLOCK_OFFSET / blockSize);
    return { number, at: SUPERBLOCK_OFFSET - number * blockSize };
  }

  /** The block of which it is a part, for put. */
  bringIn(): void {
    this.fs.cache.read(this.place.number);
  }

  /** As part of the running transaction. */
  put(): void {
    const { number, at } = this.place;
    const block = this.fs.cache.read(number);
    this.fs.superblock.fields.s_wtime = this.fs.context.now().seconds;
    block.bytes.set(this.fs.superblock.encode(), at);
    block.markDirty();
    this.isDirty = false;
  }
}
