/** Extended attributes of a squashfs. Linux: fs/squashfs/{xattr,xattr_id}.c. */
import { EIO, EROFS, fail } from '../../abi/errno.ts';
import { fromBytes } from '../../lib/bytes.ts';
import type { ExtendedAttributes } from '../inode.ts';
import { type Cursor, type Storage, viewOf } from './storage.ts';

const PREFIXES = ['user.', 'trusted.', 'security.'];
/** In the type: the value stands elsewhere, and here is where. */
const ELSEWHERE = 0x100;
const ID_BYTES = 16;
const MAX_VALUE = 65_536;
const MAX_COUNT = 4096;

export class AttributeTable {
  private readonly storage: Storage;
  /** Where the attributes begin, and the list of places of the table of them. */
  private readonly start: number;
  private readonly ids: number;
  private readonly count: number;

  constructor(storage: Storage, table: number) {
    const head = viewOf(storage.bytes(table, 16));
    this.storage = storage;
    this.start = wide(head, 0);
    this.count = head.getUint32(8, true);
    this.ids = table + 16;
  }

  /** Errors: EIO. */
  of(index: number): ExtendedAttributes {
    const read = (): Map<string, Uint8Array> => this.read(index);
    return {
      get: (name) => read().get(name),
      names: () => [...read().keys()],
      set: () => {
        throw fail(EROFS, 'squashfs');
      },
    };
  }

  private read(index: number): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    if (index >= this.count) throw fail(EIO, 'squashfs: attributes');
    const id = this.storage.tableEntry(this.ids, index, ID_BYTES);
    const cursor = this.cursorOf(id);
    const count = id.getUint32(8, true);
    if (count > MAX_COUNT) throw fail(EIO, 'squashfs: attributes');
    for (let i = 0; i < count; i++) {
      const head = viewOf(this.storage.take(cursor, 4));
      const type = head.getUint16(0, true);
      const length = head.getUint16(2, true);
      const suffix = fromBytes(this.storage.take(cursor, length), 0, length);
      const value = this.value(cursor, (type & ELSEWHERE) !== 0);
      const prefix = PREFIXES[type & 0xff];
      if (prefix !== undefined) found.set(`${prefix}${suffix}`, value);
    }
    return found;
  }

  private value(cursor: Cursor, isElsewhere: boolean): Uint8Array {
    const length = viewOf(this.storage.take(cursor, 4)).getUint32(0, true);
    if (length > MAX_VALUE) throw fail(EIO, 'squashfs: attribute');
    const content = this.storage.take(cursor, length);
    return isElsewhere ? this.value(this.cursorOf(viewOf(content)), false) : content;
  }

  private cursorOf(reference: DataView): Cursor {
    if (reference.byteLength < 8) throw fail(EIO, 'squashfs: attribute');
    const place = wide(reference, 0);
    return { block: this.start + Math.floor(place / 65_536), offset: place % 65_536 };
  }
}

function wide(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}
