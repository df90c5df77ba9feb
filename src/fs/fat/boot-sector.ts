/** The boot sector of FAT12, FAT16 and FAT32: where everything lies. Microsoft FAT specification 1.03, sections 3.1 to 3.3. */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';

/** Offsets of the fields that count here: BPB_* and BS_*. */
const BYTES_PER_SECTOR = 11;
const SECTORS_PER_CLUSTER = 13;
const RESERVED_SECTORS = 14;
const FAT_COUNT = 16;
const ROOT_ENTRIES = 17;
const TOTAL_SECTORS_16 = 19;
const MEDIA = 21;
const FAT_SECTORS_16 = 22;
const TOTAL_SECTORS_32 = 32;
const FAT_SECTORS_32 = 36;
const ROOT_CLUSTER = 44;
const INFO_SECTOR = 48;
/** BS_Reserved1, whose bit 0 Linux and Windows set while the volume is mounted for writing. */
const STATE_16 = 37;
const STATE_32 = 65;

const BOOT_BYTES = 512;
export const SLOT_BYTES = 32;
/** The first clusters' numbers are not used: entries 0 and 1 of the table are something else. */
export const FIRST_CLUSTER = 2;
/** Most clusters of the type, by which the types are told apart. */
const MOST_CLUSTERS_12 = 0xff4;
const MOST_CLUSTERS_16 = 0xfff4;
const MOST_CLUSTERS_32 = 0x0ffffff6;

export type FatBits = 12 | 16 | 32;

export interface Geometry {
  readonly bits: FatBits;
  /** Bytes of a logical sector: 512 to 4096. */
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  /** In logical sectors, all of them: */
  readonly fatStart: number;
  readonly fatSectors: number;
  readonly fatCount: number;
  readonly rootStart: number;
  /** 0 for FAT32, whose root directory is a chain. */
  readonly rootSectors: number;
  readonly dataStart: number;
  readonly sectorsPerCluster: number;
  readonly clusterCount: number;
  /** FAT32 only, else 0. */
  readonly rootCluster: number;
  /** FAT32's FSInfo; 0 for none. */
  readonly infoSector: number;
  /** Where in sector 0 the state is. */
  readonly stateAt: number;
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

/** Throws EINVAL, with a line of `log`, for what is no FAT. */
export function readGeometry(disk: BlockDevice, log: (text: string) => void): Geometry {
  if (disk.sectors < 1) throw fail(EINVAL, 'no boot sector');
  const bytes = new Uint8Array(BOOT_BYTES);
  disk.read(0, bytes);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  const require = (isSound: boolean, what: string): void => {
    if (isSound) return;
    log(`FAT-fs (${disk.name}): ${what}`);
    throw fail(EINVAL, what);
  };
  const sectorBytes = u16(BYTES_PER_SECTOR);
  const sectorsPerCluster = view.getUint8(SECTORS_PER_CLUSTER);
  const fatCount = view.getUint8(FAT_COUNT);
  const media = view.getUint8(MEDIA);
  const fatStart = u16(RESERVED_SECTORS);
  const rootEntries = u16(ROOT_ENTRIES);
  require(fatStart !== 0, 'bogus number of reserved sectors');
  require(fatCount !== 0, 'bogus number of FAT structure');
  require(media >= 0xf8 || media === 0xf0, `invalid media value (0x${media.toString(16)})`);
  const isSectorSize = isPowerOfTwo(sectorBytes) && sectorBytes >= 512 && sectorBytes <= 4096;
  require(isSectorSize, `bogus logical sector size ${sectorBytes}`);
  require(isPowerOfTwo(sectorsPerCluster), `bogus sectors per cluster ${sectorsPerCluster}`);
  const isFat32 = u16(FAT_SECTORS_16) === 0;
  const fatSectors = isFat32 ? u32(FAT_SECTORS_32) : u16(FAT_SECTORS_16);
  require(fatSectors !== 0, 'bogus number of FAT sectors');
  const slotsPerSector = sectorBytes / SLOT_BYTES;
  require(rootEntries % slotsPerSector === 0, `bogus number of directory entries (${rootEntries})`);
  const rootStart = fatStart + fatCount * fatSectors;
  const rootSectors = isFat32 ? 0 : rootEntries / slotsPerSector;
  const dataStart = rootStart + rootSectors;
  const totalSectors = u16(TOTAL_SECTORS_16) || u32(TOTAL_SECTORS_32);
  require(totalSectors > dataStart, 'no room for clusters');
  const clusters = Math.floor((totalSectors - dataStart) / sectorsPerCluster);
  const small: FatBits = clusters <= MOST_CLUSTERS_12 ? 12 : 16;
  const bits = isFat32 ? 32 : small;
  const entries = Math.floor((fatSectors * sectorBytes * 8) / bits);
  const clusterCount = Math.min(clusters, entries - FIRST_CLUSTER);
  const most = isFat32 ? MOST_CLUSTERS_32 : MOST_CLUSTERS_16;
  require(clusterCount > 0 && clusterCount <= most, `count of clusters too big (${clusters})`);
  return {
    bits,
    sectorBytes,
    clusterBytes: sectorBytes * sectorsPerCluster,
    fatStart,
    fatSectors,
    fatCount,
    rootStart,
    rootSectors,
    dataStart,
    sectorsPerCluster,
    clusterCount,
    rootCluster: isFat32 ? u32(ROOT_CLUSTER) : 0,
    infoSector: isFat32 ? u16(INFO_SECTOR) : 0,
    stateAt: isFat32 ? STATE_32 : STATE_16,
  };
}
