/** The bytes of a squashfs: blocks of data and of metadata, decompressed, those used last kept. Linux: fs/squashfs/cache.c. */
import { EIO, fail } from '../../abi/errno.ts';
import { inflateZlib } from '../../lib/inflate.ts';
import type { BlockDevice } from '../block-device.ts';

const SECTOR_BYTES = 512;
const METADATA_BYTES = 8192;
const METADATA_STORED = 0x8000;
/** In the size of a block of data: it is not compressed. */
const DATA_STORED = 0x100_0000;
const KEPT_METADATA = 64;
const KEPT_DATA = 4;

/** A place in metadata: where a block begins on the disk, and the offset in what it holds. */
export interface Cursor {
  block: number;
  offset: number;
}

interface MetadataBlock {
  readonly content: Uint8Array;
  /** Where the one behind it begins. */
  readonly next: number;
}

/** The entry, from now on the one that was used last; the one that was not used for longest goes where there are too many. */
function remember<T>(kept: Map<number, T>, key: number, most: number, make: () => T): T {
  const value = kept.get(key) ?? make();
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size > most) kept.delete(oldest);
  return value;
}

export class Storage {
  private readonly disk: BlockDevice;
  private readonly bytesUsed: number;
  private readonly blockBytes: number;
  private readonly metadata = new Map<number, MetadataBlock>();
  private readonly data = new Map<number, Uint8Array>();

  constructor(disk: BlockDevice, bytesUsed: number, blockBytes: number) {
    this.disk = disk;
    this.bytesUsed = bytesUsed;
    this.blockBytes = blockBytes;
  }

  /** Bytes from anywhere. Errors: EIO, also beyond the end. */
  bytes(at: number, length: number): Uint8Array {
    if (!(at >= 0 && at + length <= this.bytesUsed)) throw fail(EIO, 'squashfs: beyond its end');
    const first = Math.floor(at / SECTOR_BYTES);
    const end = Math.min(Math.ceil((at + length) / SECTOR_BYTES), this.disk.sectors);
    const sectors = new Uint8Array((end - first) * SECTOR_BYTES);
    if (sectors.length > 0) this.disk.read(first, sectors);
    const from = at - first * SECTOR_BYTES;
    if (from + length > sectors.length) throw fail(EIO, 'squashfs: beyond the disk');
    return sectors.subarray(from, from + length);
  }

  private metadataAt(at: number): MetadataBlock {
    return remember(this.metadata, at, KEPT_METADATA, () => {
      const head = this.bytes(at, 2);
      const header = (head[0] as number) | ((head[1] as number) << 8);
      const length = header & (METADATA_STORED - 1);
      const raw = this.bytes(at + 2, length);
      const content = (header & METADATA_STORED) !== 0 ? raw : inflateZlib(raw, METADATA_BYTES);
      if (content === undefined || content.length === 0 || content.length > METADATA_BYTES)
        throw fail(EIO, `squashfs: metadata at ${at}`);
      return { content, next: at + 2 + length };
    });
  }

  /** The next bytes of metadata; the cursor is behind them then. Errors: EIO. */
  take(cursor: Cursor, length: number): Uint8Array {
    const taken = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { content, next } = this.metadataAt(cursor.block);
      if (cursor.offset > content.length) throw fail(EIO, 'squashfs: offset in metadata');
      const part = content.subarray(cursor.offset, cursor.offset + length - done);
      taken.set(part, done);
      done += part.length;
      cursor.offset += part.length;
      if (cursor.offset < content.length) continue;
      cursor.block = next;
      cursor.offset = 0;
    }
    return taken;
  }

  /** A block of a file, or one of fragments: `size` as the disk has it. Errors: EIO. */
  dataAt(at: number, size: number): Uint8Array {
    return remember(this.data, at, KEPT_DATA, () => {
      const length = size & (DATA_STORED - 1);
      if (length > this.blockBytes) throw fail(EIO, `squashfs: block at ${at}`);
      const raw = this.bytes(at, length);
      const content = (size & DATA_STORED) !== 0 ? raw : inflateZlib(raw, this.blockBytes);
      if (content === undefined) throw fail(EIO, `squashfs: data at ${at}`);
      return content;
    });
  }

  /** Forget what can be read again; how many blocks. */
  drop(): number {
    const count = this.metadata.size + this.data.size;
    this.metadata.clear();
    this.data.clear();
    return count;
  }

  /** An entry of a table of blocks of metadata, whose places are listed from `table` on. Errors: EIO. */
  tableEntry(table: number, index: number, entryBytes: number): DataView {
    const perBlock = METADATA_BYTES / entryBytes;
    const place = viewOf(this.bytes(table + Math.floor(index / perBlock) * 8, 8));
    const block = place.getUint32(4, true) * 2 ** 32 + place.getUint32(0, true);
    return viewOf(this.take({ block, offset: (index % perBlock) * entryBytes }, entryBytes));
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
