/** How much room there is, and how much of it is shown. */
import type { FileSystemStatistics, SpaceLimit } from '../filesystem.ts';
import { EXT2_MAGIC, type Superblock } from './superblock.ts';

/** As statfs(2) tells it. */
export function statisticsOf(superblock: Superblock): FileSystemStatistics {
  const { fields, blockSize, blockCount, overheadBlocks, withheldBlocks } = superblock;
  const freeBlocks = Math.max(0, superblock.freeBlocks - withheldBlocks);
  return {
    type: EXT2_MAGIC,
    blockSize,
    blocks: blockCount - overheadBlocks,
    blocksFree: freeBlocks,
    blocksAvailable: Math.max(0, freeBlocks - superblock.reservedBlocks),
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
