/** The names of one directory: found by either of a file's two names, entered and removed. Specification, sections 6 and 7. */
import { EIO, ENOSPC, fail } from '../../abi/errno.ts';
import type { CachedBlock } from '../ext4/block-cache.ts';
import { SLOT_BYTES } from './boot-sector.ts';
import type { Fat } from './fat.ts';
import type { FatInode } from './fat-inode.ts';
import { checkName, stripDots } from './names.ts';
import { makeShortName, showShortName } from './short-name.ts';
import {
  encodeLongName,
  kindOf,
  LongName,
  type ShortEntry,
  ShortEntryLayout,
  SLOT_DELETED,
  SLOT_END,
  type SlotKind,
  shortKey,
} from './slots.ts';

/** Linux: FAT_MAX_DIR_SIZE, 2 MiB. */
export const MAX_SLOTS = 65_536;

/** A name in the directory. */
export interface NameRecord {
  /** As the guest sees it. */
  readonly name: string;
  /** The same for all spellings. */
  readonly key: string;
  /** The eleven bytes. */
  readonly short: string;
  /** The slot of its short entry; the long ones lie in front of it. */
  readonly slot: number;
  readonly longSlots: number;
}

export class Directory {
  private readonly fs: Fat;
  private readonly inode: FatInode;
  private readonly byKey = new Map<string, NameRecord>();
  private readonly byShort = new Map<string, NameRecord>();
  /** No slot in front of it is free. */
  private freeFrom = 0;

  /** Reads all of it. Throws EIO. */
  constructor(fs: Fat, inode: FatInode) {
    this.fs = fs;
    this.inode = inode;
    for (const record of this.scan(0)) this.know(record);
  }

  get isEmpty(): boolean {
    return this.byShort.size === 0;
  }

  get names(): Iterable<NameRecord> {
    return this.byShort.values();
  }

  /** The record of the long or the short name, whatever its case and however many dots behind it. */
  find(name: string): NameRecord | undefined {
    const folded = this.fold(name);
    return this.byKey.get(folded) ?? this.findAlias(folded);
  }

  /** One spelling for all of a name: that on disk, or a folded one of a name that is not there. */
  spelling(name: string): string {
    return this.find(name)?.name ?? this.fold(name);
  }

  private findAlias(folded: string): NameRecord | undefined {
    // Only short names have the form.
    if (folded.length > 12) return undefined;
    return this.byAlias.get(folded);
  }

  /** By the short name as it is shown, folded. */
  private readonly byAlias = new Map<string, NameRecord>();

  private fold(name: string): string {
    return this.fs.settings.charset.fold(stripDots(name));
  }

  /** The records from slot `from` on, in order. */
  *scan(from: number): Generator<NameRecord> {
    const long = new LongName();
    const { settings } = this.fs;
    const capacity = this.capacity();
    for (let slot = from; slot < capacity; slot++) {
      const bytes = this.bytes(slot);
      const kind = kindOf(bytes);
      if (kind === 'end') return;
      if (kind === 'long') {
        long.add(bytes);
        continue;
      }
      if (kind === 'short') {
        const shown = settings.charset.fromUnits(
          showShortName(bytes, bytes[12] as number, settings.shortName),
        );
        const units = long.finish(bytes);
        const name = units === undefined ? shown : settings.charset.fromUnits(units);
        const isName = shown !== '.' && shown !== '..' && name !== '' && !/[/\0]/.test(name);
        const longSlots = units === undefined ? 0 : long.slots;
        if (isName) yield { name, key: this.fold(name), short: shortKey(bytes), slot, longSlots };
      }
      long.reset();
    }
  }

  /** Enter `name`, with the fields of its entry, and say where. Throws EINVAL, ENAMETOOLONG, EEXIST, ENOSPC. */
  add(name: string, fields: Partial<ShortEntry>): NameRecord {
    const { settings } = this.fs;
    const units = settings.charset.toUnits(stripDots(name));
    checkName(units);
    const isTaken = (bytes: Uint8Array): boolean => this.byShort.has(shortKey(bytes));
    const { seconds, nanoseconds } = this.fs.context.now();
    const salt = (seconds * 100 + Math.floor(nanoseconds / 10_000_000)) | 0;
    const short = makeShortName(units, settings.shortName, settings.hasNumberTail, isTaken, salt);
    if (short === undefined) throw fail(ENOSPC, 'no short name');
    const long = short.isWhole ? [] : encodeLongName(units, short.bytes);
    const entry = { ...fields, DIR_Name: short.bytes, DIR_NTRes: short.lowerFlags };
    const first = this.reserve(long.length + 1);
    const slots = [...long, ShortEntryLayout.encode(entry)];
    this.put(first, slots);
    const slot = first + long.length;
    const record = {
      name: settings.charset.fromUnits(units),
      key: this.fold(name),
      short: shortKey(short.bytes),
      slot,
      longSlots: long.length,
    };
    this.know(record);
    return record;
  }

  remove(record: NameRecord): void {
    const first = record.slot - record.longSlots;
    for (let slot = first; slot <= record.slot; slot++) {
      const { block, at } = this.place(slot);
      block.bytes[at] = SLOT_DELETED;
      block.markDirty();
    }
    this.freeFrom = Math.min(this.freeFrom, first);
    this.byShort.delete(record.short);
    for (const names of [this.byKey, this.byAlias]) {
      for (const key of [record.key, this.aliasKey(record)])
        if (names.get(key) === record) names.delete(key);
    }
  }

  /** Which slot of the disk it is: no two files have the same. */
  position(record: NameRecord): number {
    const { block, at } = this.place(record.slot);
    return (block.number * this.fs.geometry.sectorBytes + at) / SLOT_BYTES;
  }

  /** The first slots of a directory: itself and what it is in. */
  putDots(own: Partial<ShortEntry>, parent: Partial<ShortEntry>): void {
    const dots = (text: string): Uint8Array =>
      Uint8Array.from(text.padEnd(11), (char) => char.charCodeAt(0));
    this.put(0, [
      ShortEntryLayout.encode({ ...own, DIR_Name: dots('.') }),
      ShortEntryLayout.encode({ ...parent, DIR_Name: dots('..') }),
    ]);
    this.freeFrom = 2;
  }

  /** The cluster that ".." leads to is now another. */
  setParent(first: number): void {
    if (this.capacity() < 2) return;
    const { block, at } = this.place(1);
    const entry = ShortEntryLayout.decode(block.bytes, at);
    entry.DIR_FstClusLO = first & 0xffff;
    entry.DIR_FstClusHI = first >>> 16;
    block.bytes.set(ShortEntryLayout.encode(entry), at);
    block.markDirty();
  }

  private know(record: NameRecord): void {
    this.byShort.set(record.short, record);
    if (!this.byKey.has(record.key)) this.byKey.set(record.key, record);
    const alias = this.aliasKey(record);
    if (!this.byAlias.has(alias)) this.byAlias.set(alias, record);
  }

  private aliasKey(record: NameRecord): string {
    const { charset } = this.fs.settings;
    const bytes = Uint8Array.from(record.short, (char) => char.charCodeAt(0));
    return charset.fold(charset.fromUnits(showShortName(bytes, 0, 'win95')));
  }

  private put(first: number, slots: readonly Uint8Array[]): void {
    let isAtEnd = false;
    slots.forEach((bytes, i) => {
      const { block, at } = this.place(first + i);
      isAtEnd ||= block.bytes[at] === SLOT_END;
      block.bytes.set(bytes, at);
      block.markDirty();
    });
    const behind = first + slots.length;
    if (!isAtEnd || behind >= this.capacity()) return;
    // What was behind the end is nobody's, and stays so.
    const { block, at } = this.place(behind);
    block.bytes[at] = SLOT_END;
    block.markDirty();
  }

  /** The first of `count` free slots one behind the other. Throws ENOSPC. */
  private reserve(count: number): number {
    let run = 0;
    let capacity = this.capacity();
    let isEnd = false;
    let isFirst = true;
    for (let slot = this.freeFrom; ; slot++) {
      if (slot >= MAX_SLOTS) throw fail(ENOSPC, 'directory');
      if (slot >= capacity) {
        this.inode.growDirectory();
        capacity = this.capacity();
        isEnd = true;
      }
      const kind: SlotKind = isEnd ? 'end' : kindOf(this.bytes(slot));
      isEnd ||= kind === 'end';
      if (kind !== 'end' && kind !== 'free') {
        run = 0;
        continue;
      }
      if (isFirst) this.freeFrom = slot;
      isFirst = false;
      if (++run === count) return slot - count + 1;
    }
  }

  private capacity(): number {
    return Math.min(MAX_SLOTS, this.inode.directoryBytes / SLOT_BYTES);
  }

  private bytes(slot: number): Uint8Array {
    const { block, at } = this.place(slot);
    return block.bytes.subarray(at, at + SLOT_BYTES);
  }

  private place(slot: number): { block: CachedBlock; at: number } {
    const { sectorBytes } = this.fs.geometry;
    const offset = slot * SLOT_BYTES;
    const block = this.inode.directoryBlock(Math.floor(offset / sectorBytes));
    if (block === undefined) throw fail(EIO, 'slot behind the directory');
    return { block, at: offset & (sectorBytes - 1) };
  }
}
