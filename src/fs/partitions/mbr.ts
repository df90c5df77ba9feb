/** Partition tables of the master boot record, with logical partitions in extended ones. Linux: block/partitions/msdos.c. */
import { layout } from '../../lib/layout.ts';
import type { PartitionEntry, PartitionTable, SectorSource } from './partition-table.ts';

const SECTOR_BYTES = 512;
const TABLE_OFFSET = 446;
const SLOTS = 4;
const SIGNATURE_OFFSET = 510;
const SIGNATURE = 0xaa55;
const ACTIVE = 0x80;
/** Types: extended (CHS, LBA, Linux), and the protective entry in front of a GPT. */
const EXTENDED: readonly number[] = [0x05, 0x0f, 0x85];
const GPT_PROTECTIVE = 0xee;
const FIRST_LOGICAL = 5;
/** A chain of extended boot records may be a loop. */
const MAX_LOGICAL = 100;
/** Of an extended partition only the boot record is shown: nobody shall make a file system over its logical ones. */
const EXTENDED_SHOWN_SECTORS = 2;

const Entry = layout({
  status: 'u8',
  firstChs: 'bytes3',
  type: 'u8',
  lastChs: 'bytes3',
  start: 'u32',
  sectors: 'u32',
});
type Slot = ReturnType<typeof Entry.decode>;

/** Of a FAT boot sector, which has the same signature: reserved sectors, copies of the FAT, medium. */
const FAT = { RESERVED: 14, COPIES: 16, MEDIA: 21 } as const;

export interface MasterBootRecord extends PartitionTable {
  /** The disk has a GPT. */
  readonly isProtective: boolean;
}

function readSector(device: SectorSource, sector: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES);
  device.read(sector, bytes);
  return bytes;
}

function hasSignature(sector: Uint8Array): boolean {
  const at = SIGNATURE_OFFSET;
  return ((sector[at] as number) | ((sector[at + 1] as number) << 8)) === SIGNATURE;
}

function slotsOf(sector: Uint8Array): Slot[] {
  return Array.from({ length: SLOTS }, (_, i) => {
    return Entry.decode(sector, TABLE_OFFSET + i * Entry.size);
  });
}

function isFatBootSector(sector: Uint8Array): boolean {
  const reserved = (sector[FAT.RESERVED] as number) | ((sector[FAT.RESERVED + 1] as number) << 8);
  const media = sector[FAT.MEDIA] as number;
  return reserved !== 0 && sector[FAT.COPIES] !== 0 && (media >= 0xf8 || media === 0xf0);
}

function isExtended({ type }: Slot): boolean {
  return EXTENDED.includes(type);
}

/** Each boot record in the chain has one logical partition, relative to itself, and the next record, relative to the first. */
function readLogical(device: SectorSource, extended: Slot): PartitionEntry[] {
  const found: PartitionEntry[] = [];
  const end = extended.start + extended.sectors;
  let record = extended.start;
  for (let i = 0; i < MAX_LOGICAL && record < device.sectors; i++) {
    const sector = readSector(device, record);
    if (!hasSignature(sector)) break;
    const slots = slotsOf(sector);
    for (const slot of slots) {
      const start = record + slot.start;
      if (slot.sectors === 0 || isExtended(slot)) continue;
      // The last two slots are unused as a rule, and may hold anything.
      const isInside = start >= extended.start && start + slot.sectors <= end;
      if (slots.indexOf(slot) >= 2 && !isInside) continue;
      found.push({ number: FIRST_LOGICAL + found.length, start, sectors: slot.sectors });
    }
    const next = slots.find((slot) => slot.sectors !== 0 && isExtended(slot));
    if (next === undefined) break;
    record = extended.start + next.start;
  }
  return found;
}

/** Undefined where there is none, as on a disk that is one file system. Throws EIO. */
export function readMbr(device: SectorSource): MasterBootRecord | undefined {
  const sector = readSector(device, 0);
  if (!hasSignature(sector)) return undefined;
  const slots = slotsOf(sector);
  const isValid = slots.every(({ status }) => status === 0 || status === ACTIVE);
  if (!isValid || (isFatBootSector(sector) && slots.every(({ sectors }) => sectors === 0)))
    return undefined;
  if (slots.some(({ type }) => type === GPT_PROTECTIVE)) {
    return { isProtective: true, entries: [], warnings: [] };
  }
  const primary = slots.flatMap((slot, i): PartitionEntry[] => {
    const { start, sectors } = slot;
    if (sectors === 0) return [];
    const shown = isExtended(slot) ? Math.min(sectors, EXTENDED_SHOWN_SECTORS) : sectors;
    return [{ number: i + 1, start, sectors: shown }];
  });
  const logical: PartitionEntry[] = [];
  for (const slot of slots) {
    if (slot.sectors === 0 || !isExtended(slot)) continue;
    for (const entry of readLogical(device, slot)) {
      logical.push({ ...entry, number: FIRST_LOGICAL + logical.length });
    }
  }
  return { isProtective: false, entries: [...primary, ...logical], warnings: [] };
}
