/** How much room there is, and how much of it is shown. */
import type { FileSystemStatistics, SpaceLimit } from '../filesystem.ts';
import { INCOMPAT_EXTENTS } from './features.ts';
import { EXT2_MAGIC, type Superblock } from './superblock.ts';

/** What Linux keeps back for metadata of extents that are split: a fiftieth, at most 4096 blocks (ext4_calculate_resv_clusters). */
function keptForExtents(superblock: Superblock): number {
  if (!superblock.hasIncompat(INCOMPAT_EXTENTS)) return 0;
  return Math.min(Math.floor(superblock.blockCount / 50), 4096);
}

/** As statfs(2) tells it. `journalBlocks`: of the file that is the journal, which no other can have. */
export function statisticsOf(superblock: Superblock, journalBlocks: number): FileSystemStatistics {
  const { fields, blockSize, blockCount, withheldBlocks } = superblock;
  const freeBlocks = Math.max(0, superblock.freeBlocks - withheldBlocks);
  const kept = superblock.reservedBlocks + keptForExtents(superblock);
  return {
    type: EXT2_MAGIC,
    blockSize,
    blocks: blockCount - superblock.overheadBlocks - journalBlocks,
    blocksFree: freeBlocks,
    blocksAvailable: Math.max(0, freeBlocks - kept),
    files: fields.s_inodes_count,
    filesFree: Math.max(0, fields.s_free_inodes_count - superblock.withheldInodes),
    nameLength: 255,
  };
}

/** No more than so many bytes and inodes can be used from now on. */
export function withhold(superblock: Superblock, { bytes, inodes }: SpaceLimit): void {
  const { freeBlocks, blockSize, fields } = superblock;
  if (bytes !== undefined)
    superblock.withheldBlocks = Math.max(0, freeBlocks - Math.floor(bytes / blockSize));
  if (inodes !== undefined)
    superblock.withheldInodes = Math.max(0, fields.s_free_inodes_count - inodes);
}
