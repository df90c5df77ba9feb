/** statfs(2) of a file system that stores nothing. Linux: simple_statfs of fs/libfs.c. */
import type { FileSystemStatistics } from './filesystem.ts';

export function simpleStatistics(magic: number): FileSystemStatistics {
  return {
    type: magic,
    blockSize: 4096,
    blocks: 0,
    blocksFree: 0,
    blocksAvailable: 0,
    files: 0,
    filesFree: 0,
    nameLength: 255,
  };
}
