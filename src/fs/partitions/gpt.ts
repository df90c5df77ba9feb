/** GUID partition tables: UEFI 2.10, section 5.3. The one at the end of the disk is used where the first is damaged. Linux: block/partitions/efi.c. */
import { crc32 } from '../../lib/crc32.ts';
import { layout } from '../../lib/layout.ts';
import type { PartitionEntry, PartitionTable, SectorSource } from './partition-table.ts';

const SECTOR_BYTES = 512;
const SIGNATURE = 'EFI PART';
const MIN_HEADER_BYTES = 92;
const CRC_OFFSET = 16;
const ENTRY_BYTES = 128;
/** UEFI asks for room for 128; a hostile count must not take all memory. */
const MAX_ENTRIES = 4096;

const Header = layout({
  signature: 'bytes8',
  revision: 'u32',
  headerBytes: 'u32',
  headerCrc: 'u32',
  reserved: 'u32',
  ownLba: 'u32',
  ownLbaHigh: 'u32',
  alternateLba: 'u32',
  alternateLbaHigh: 'u32',
  firstUsable: 'u32',
  firstUsableHigh: 'u32',
  lastUsable: 'u32',
  lastUsableHigh: 'u32',
  diskGuid: 'bytes16',
  entriesLba: 'u32',
  entriesLbaHigh: 'u32',
  entryCount: 'u32',
  entryBytes: 'u32',
  entriesCrc: 'u32',
});
const Entry = layout({
  type: 'bytes16',
  guid: 'bytes16',
  first: 'u32',
  firstHigh: 'u32',
  last: 'u32',
  lastHigh: 'u32',
});

interface Valid {
  readonly alternate: number;
  readonly entries: readonly PartitionEntry[];
}

function wide(low: number, high: number): number {
  return high * 2 ** 32 + low;
}

/** Undefined unless all of it is as it should be. Throws EIO. */
function readAt(device: SectorSource, lba: number): Valid | undefined {
  if (lba < 1 || lba >= device.sectors) return undefined;
  const sector = new Uint8Array(SECTOR_BYTES);
  device.read(lba, sector);
  const header = Header.decode(sector);
  if (String.fromCharCode(...header.signature) !== SIGNATURE) return undefined;
  if (header.headerBytes < MIN_HEADER_BYTES || header.headerBytes > SECTOR_BYTES) return undefined;
  const covered = sector.slice(0, header.headerBytes).fill(0, CRC_OFFSET, CRC_OFFSET + 4);
  if (crc32(covered) !== header.headerCrc) return undefined;
  if (wide(header.ownLba, header.ownLbaHigh) !== lba) return undefined;
  const first = wide(header.firstUsable, header.firstUsableHigh);
  const last = wide(header.lastUsable, header.lastUsableHigh);
  if (first >= device.sectors || last >= device.sectors || last < first) return undefined;
  const { entryCount, entryBytes, entriesCrc } = header;
  if (entryBytes !== ENTRY_BYTES || entryCount > MAX_ENTRIES) return undefined;
  const bytes = readEntries(device, wide(header.entriesLba, header.entriesLbaHigh), entryCount);
  if (bytes === undefined || crc32(bytes) !== entriesCrc) return undefined;
  return {
    alternate: wide(header.alternateLba, header.alternateLbaHigh),
    entries: decodeEntries(bytes, device.sectors),
  };
}

function readEntries(device: SectorSource, lba: number, count: number): Uint8Array | undefined {
  const sectors = Math.ceil((count * ENTRY_BYTES) / SECTOR_BYTES);
  if (lba < 2 || lba + sectors > device.sectors) return undefined;
  const bytes = new Uint8Array(sectors * SECTOR_BYTES);
  if (sectors > 0) device.read(lba, bytes);
  return bytes.subarray(0, count * ENTRY_BYTES);
}

function decodeEntries(bytes: Uint8Array, sectors: number): PartitionEntry[] {
  const found: PartitionEntry[] = [];
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    const entry = Entry.decode(bytes, at);
    const start = wide(entry.first, entry.firstHigh);
    const last = wide(entry.last, entry.lastHigh);
    const isUsed = entry.type.some((byte) => byte !== 0);
    if (!isUsed || last < start || last >= sectors) continue;
    found.push({ number: at / ENTRY_BYTES + 1, start, sectors: last - start + 1 });
  }
  return found;
}

/** Of a disk with a protective master boot record. Undefined where neither table is whole. Throws EIO. */
export function readGpt(device: SectorSource): PartitionTable | undefined {
  const end = device.sectors - 1;
  const primary = readAt(device, 1);
  const alternate = (primary && readAt(device, primary.alternate)) ?? readAt(device, end);
  if (primary) {
    const warning = 'Alternate GPT is invalid, using primary GPT.';
    return { entries: primary.entries, warnings: alternate ? [] : [warning] };
  }
  if (!alternate) return undefined;
  return {
    entries: alternate.entries,
    warnings: ['Primary GPT is invalid, using alternate GPT.'],
  };
}
