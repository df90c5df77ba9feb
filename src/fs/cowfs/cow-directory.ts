/**
 * The names of a directory: all in memory once one was looked up, stored block by block at a commit.
 *
 *     entry: ino u32, type u8 (S_IF* >> 12), length u8, name; none reaches over the end of a block; ino 0 ends one
 */
import { EUCLEAN, fail } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import { BLOCK_BYTES } from './pointer.ts';

const HEADER_BYTES = 6;
/** Positions 0 and 1 are "." and "..". */
export const FIRST_POSITION = 2;

export interface CowEntry {
  readonly ino: number;
  /** S_IF* >> 12, which is DT_*. */
  readonly type: number;
  /** Grows with each name that is added: who resumes sees no name twice and misses none that stayed. */
  readonly position: number;
}

export class CowDirectory {
  readonly entries = new Map<string, CowEntry>();
  private next = FIRST_POSITION;

  add(name: string, ino: number, type: number): void {
    this.entries.set(name, { ino, type, position: this.next++ });
  }

  /** The name stays where it is, and stands for another inode. */
  replace(name: string, ino: number, type: number): void {
    const position = this.entries.get(name)?.position ?? this.next++;
    this.entries.set(name, { ino, type, position });
  }

  /** The names in a block. Throws EUCLEAN. */
  load(block: Uint8Array): void {
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    for (let at = 0; at + HEADER_BYTES < BLOCK_BYTES && view.getUint32(at, true) !== 0; ) {
      const length = block[at + 5] as number;
      const end = at + HEADER_BYTES + length;
      if (length === 0 || end > BLOCK_BYTES) throw fail(EUCLEAN, 'cowfs: directory entry');
      const name = fromBytes(block, at + HEADER_BYTES, end);
      this.add(name, view.getUint32(at, true), block[at + 4] as number);
      at = end;
    }
  }

  /** The blocks that hold them. */
  *stored(): Generator<Uint8Array> {
    let block = new Uint8Array(BLOCK_BYTES);
    let at = 0;
    for (const [name, { ino, type }] of this.entries) {
      if (at + HEADER_BYTES + name.length > BLOCK_BYTES) {
        yield block;
        block = new Uint8Array(BLOCK_BYTES);
        at = 0;
      }
      new DataView(block.buffer).setUint32(at, ino, true);
      block[at + 4] = type;
      block[at + 5] = name.length;
      block.set(toBytes(name), at + HEADER_BYTES);
      at += HEADER_BYTES + name.length;
    }
    if (at > 0) yield block;
  }
}
