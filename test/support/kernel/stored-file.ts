/** A file for tests of memory, whose store is a map. */
import { EIO, fail } from '../../../src/abi/errno.ts';
import { S_IFREG } from '../../../src/abi/stat.ts';
import { BaseInode } from '../../../src/fs/base-inode.ts';
import type { FileSystem } from '../../../src/fs/filesystem.ts';
import { PageCache } from '../../../src/fs/page-cache.ts';
import { PAGE_SIZE } from '../../../src/fs/page-frames.ts';
import type { PageOwner } from '../../../src/fs/page-owner.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';

/** A file whose page i is full of the byte i; stores what it is given. */
export class StoredFile extends BaseInode implements PageOwner {
  readonly fs: FileSystem;
  readonly isStored = true;
  readonly written = new Map<number, number>();
  reads = 0;
  /** Nothing more can be written. */
  isBroken = false;

  constructor(kernel: Kernel, pages: number) {
    super(1, S_IFREG | 0o600);
    this.fs = kernel.vfs.mounts.root.mount.fs;
    this.size = pages * PAGE_SIZE;
    this.pages = new PageCache(kernel.frames, this);
  }

  isHole(): boolean {
    return false;
  }

  nextStored(index: number): number {
    return index;
  }

  fillPages(first: number, frames: readonly number[]): void {
    this.reads += frames.length;
    for (const [i, frame] of frames.entries())
      this.pages?.frames.bytes(frame).fill(this.written.get(first + i) ?? (first + i) & 255);
  }

  reservePage(): void {
    return;
  }

  writePages(first: number, frames: readonly number[]): void {
    if (this.isBroken) throw fail(EIO, 'broken');
    for (const [i, frame] of frames.entries())
      this.written.set(first + i, this.pages?.frames.bytes(frame)[0] ?? -1);
  }

  dropPages(): void {
    return;
  }

  contentChanged(): void {
    return;
  }
}
