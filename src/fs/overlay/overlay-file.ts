/** An open regular file of an overlay: what is done goes to the file of the layer, the upper one once it was copied up. */

import { ENOTDIR, fail } from '../../abi/errno.ts';
import { O_NOATIME } from '../../abi/fcntl.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { File } from '../file.ts';
import type { DirectoryEntry } from '../inode.ts';
import { dropOpen, holdOpen } from '../references.ts';
import type { OverlayInode } from './overlay-inode.ts';

export class OverlayFile extends File {
  readonly isSeekable = true;
  private readonly overlay: OverlayInode;
  private real: File;

  /** Counts itself at the inode until release(). Throws ETXTBSY. */
  constructor(inode: OverlayInode, flags: number) {
    super(inode, flags);
    this.overlay = inode;
    holdOpen(inode, flags);
    try {
      this.real = this.openReal();
    } catch (error) {
      dropOpen(inode, flags);
      throw error;
    }
  }

  private openReal(): File {
    const { place } = this.overlay;
    const file = place.inode.open(this.flags);
    file.dentry = place;
    return file;
  }

  private current(): File {
    if (this.real.inode !== this.overlay.real) {
      this.real.release();
      this.real = this.openReal();
    }
    const isUntouched = this.dentry?.mount.isWithoutAccessTimes === true;
    this.real.flags = isUntouched ? this.flags | O_NOATIME : this.flags;
    return this.real;
  }

  poll(): number {
    return this.real.poll();
  }

  read(buffer: IoBuffer, offset: number): number {
    return this.current().read(buffer, offset);
  }

  write(buffer: IoBuffer, offset: number): number {
    return this.current().write(buffer, offset);
  }

  override seekContent(offset: number, wantsHole: boolean): number {
    return this.current().seekContent(offset, wantsHole);
  }

  readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'readdir of a file');
  }

  release(): void {
    this.real.release();
    dropOpen(this.inode, this.flags);
  }

  describe(): string {
    return this.dentry?.name ?? 'file';
  }
}
