/**
 * The extended attributes of a file, in one block of their own.
 *
 *     attribute: name length u16, value length u16, name, value; a length of 0 is the end
 */
import { ENOSPC, EUCLEAN, fail } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { ExtendedAttributes } from '../inode.ts';
import type { CowInode } from './cow-inode.ts';
import { BLOCK_BYTES } from './pointer.ts';

const HEADER_BYTES = 4;

export class CowAttributes implements ExtendedAttributes {
  private readonly inode: CowInode;
  private readonly values = new Map<string, Uint8Array>();
  isDirty = false;

  /** `block`: as it is stored. Throws EUCLEAN. */
  constructor(inode: CowInode, block: Uint8Array | undefined) {
    this.inode = inode;
    if (block === undefined) return;
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    for (let at = 0; at + HEADER_BYTES < BLOCK_BYTES && view.getUint16(at, true) > 0; ) {
      const value = at + HEADER_BYTES + view.getUint16(at, true);
      const end = value + view.getUint16(at + 2, true);
      if (end > BLOCK_BYTES) throw fail(EUCLEAN, 'cowfs: attributes');
      this.values.set(fromBytes(block, at + HEADER_BYTES, value), block.slice(value, end));
      at = end;
    }
  }

  get(name: string): Uint8Array | undefined {
    return this.values.get(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  set(name: string, value: Uint8Array | undefined): void {
    let bytes = value === undefined ? 0 : HEADER_BYTES + name.length + value.length;
    for (const [other, { length }] of this.values)
      if (other !== name) bytes += HEADER_BYTES + other.length + length;
    if (bytes > BLOCK_BYTES) throw fail(ENOSPC, 'attributes');
    this.inode.touch();
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value.slice());
    this.isDirty = true;
  }

  /** The block that holds them; undefined for none. */
  stored(): Uint8Array | undefined {
    if (this.values.size === 0) return undefined;
    const block = new Uint8Array(BLOCK_BYTES);
    const view = new DataView(block.buffer);
    let at = 0;
    for (const [name, value] of this.values) {
      view.setUint16(at, name.length, true);
      view.setUint16(at + 2, value.length, true);
      block.set(toBytes(name), at + HEADER_BYTES);
      block.set(value, at + HEADER_BYTES + name.length);
      at += HEADER_BYTES + name.length + value.length;
    }
    return block;
  }
}
