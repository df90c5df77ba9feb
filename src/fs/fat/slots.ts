/** The 32-byte slots of a directory: the fields of short and long entries. Microsoft FAT specification, sections 6 and 7. */
import { fromBytes } from '../../lib/bytes.ts';
import { layout } from '../../lib/layout.ts';
import { SLOT_BYTES } from './boot-sector.ts';
import { SHORT_BYTES, shortNameChecksum } from './short-name.ts';

export const ATTR_READ_ONLY = 0x01;
export const ATTR_SYSTEM = 0x04;
const ATTR_VOLUME = 0x08;
export const ATTR_DIRECTORY = 0x10;
export const ATTR_ARCHIVE = 0x20;
const ATTR_LONG_NAME = 0x0f;
const ATTR_LONG_NAME_MASK = 0x3f;

/** First byte of a slot that is free, and of one behind which all are. */
export const SLOT_DELETED = 0xe5;
export const SLOT_END = 0;

export const ShortEntryLayout = layout({
  DIR_Name: 'bytes11',
  DIR_Attr: 'u8',
  DIR_NTRes: 'u8',
  DIR_CrtTimeTenth: 'u8',
  DIR_CrtTime: 'u16',
  DIR_CrtDate: 'u16',
  DIR_LstAccDate: 'u16',
  DIR_FstClusHI: 'u16',
  DIR_WrtTime: 'u16',
  DIR_WrtDate: 'u16',
  DIR_FstClusLO: 'u16',
  DIR_FileSize: 'u32',
});
export type ShortEntry = ReturnType<typeof ShortEntryLayout.decode>;

/** UTF-16 units in a long slot, and where they lie. */
const UNITS_PER_SLOT = 13;
const UNIT_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
const LAST_LONG_SLOT = 0x40;
const MOST_LONG_SLOTS = 20;
/** Longest name in UTF-16 units. */
export const MAX_UNITS = 255;
const CHECKSUM_AT = 13;
const ATTR_AT = 11;

export type SlotKind = 'end' | 'free' | 'volume' | 'long' | 'short';

export function kindOf(slot: Uint8Array): SlotKind {
  const first = slot[0] as number;
  if (first === SLOT_END) return 'end';
  if (first === SLOT_DELETED) return 'free';
  const attributes = slot[ATTR_AT] as number;
  if ((attributes & ATTR_LONG_NAME_MASK) === ATTR_LONG_NAME) return 'long';
  return (attributes & ATTR_VOLUME) === 0 ? 'short' : 'volume';
}

/** Puts long slots together as they come, last part first. */
export class LongName {
  private units = '';
  private expected = 0;
  private checksum = 0;
  /** Slots so far; 0 if what came before is no part of a name. */
  slots = 0;

  reset(): void {
    this.slots = 0;
  }

  add(slot: Uint8Array): void {
    const order = slot[0] as number;
    const number = order & ~LAST_LONG_SLOT;
    if ((order & LAST_LONG_SLOT) !== 0 && number > 0 && number <= MOST_LONG_SLOTS) {
      this.units = '';
      this.expected = number;
      this.checksum = slot[CHECKSUM_AT] as number;
      this.slots = 0;
    } else if (this.slots === 0 || order !== this.expected || slot[CHECKSUM_AT] !== this.checksum) {
      this.slots = 0;
      return;
    }
    let part = '';
    for (const at of UNIT_OFFSETS) {
      const unit = (slot[at] as number) | ((slot[at + 1] as number) << 8);
      if (unit === 0) break;
      part += String.fromCharCode(unit);
    }
    this.units = part + this.units;
    this.expected--;
    this.slots++;
  }

  /** The name, if it belongs to the short entry that follows. */
  finish(shortName: Uint8Array): string | undefined {
    const isWhole = this.slots > 0 && this.expected === 0;
    const isIts = isWhole && this.checksum === shortNameChecksum(shortName);
    return isIts && this.units.length <= MAX_UNITS && this.units !== '' ? this.units : undefined;
  }
}

/** The long slots for a name, in the order in which they lie in front of the short one. */
export function encodeLongName(units: string, shortName: Uint8Array): Uint8Array[] {
  const count = Math.ceil(units.length / UNITS_PER_SLOT);
  const checksum = shortNameChecksum(shortName);
  return Array.from({ length: count }, (_, i) => {
    const number = count - i;
    const slot = new Uint8Array(SLOT_BYTES);
    slot[0] = number | (i === 0 ? LAST_LONG_SLOT : 0);
    slot[ATTR_AT] = ATTR_LONG_NAME;
    slot[CHECKSUM_AT] = checksum;
    UNIT_OFFSETS.forEach((at, k) => {
      const index = (number - 1) * UNITS_PER_SLOT + k;
      // Behind the end a 0, and then all ones.
      const unit = index === units.length ? 0 : units.charCodeAt(index) || 0xffff;
      slot[at] = unit & 0xff;
      slot[at + 1] = unit >>> 8;
    });
    return slot;
  });
}

/** Eleven bytes as the key of a map. */
export function shortKey(bytes: Uint8Array): string {
  return fromBytes(bytes, 0, SHORT_BYTES);
}
