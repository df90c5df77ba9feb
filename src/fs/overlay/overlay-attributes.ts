/** The extended attributes of a file of an overlay: those of the layer's file, without the overlay's own marks. */
import { EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import type { ExtendedAttributes } from '../inode.ts';
import type { OverlayInode } from './overlay-inode.ts';

export class OverlayAttributes implements ExtendedAttributes {
  private readonly inode: OverlayInode;

  constructor(inode: OverlayInode) {
    this.inode = inode;
  }

  get(name: string): Uint8Array | undefined {
    if (this.inode.fs.layers.isMark(name)) return undefined;
    return this.inode.real.xattrs?.get(name);
  }

  names(): string[] {
    const all = this.inode.real.xattrs?.names() ?? [];
    return all.filter((name) => !this.inode.fs.layers.isMark(name));
  }

  set(name: string, value: Uint8Array | undefined): void {
    if (this.inode.fs.layers.isMark(name)) throw fail(EPERM, 'a mark of the overlay');
    const { xattrs } = this.inode.ensureUpper().inode;
    if (!xattrs) throw fail(EOPNOTSUPP, 'attributes of the upper layer');
    xattrs.set(name, value);
  }
}
