/** Adds up the page caches of a file system's inodes, for its memoryUse(). */
import type { FileSystemMemory } from './filesystem.ts';
import type { PageCache } from './page-cache.ts';

/** Frames of files that are stored elsewhere too. Metadata blocks are not kept in frames. */
export function memoryUseOf(inodes: Iterable<{ pages?: PageCache | undefined }>): FileSystemMemory {
  let cachedPages = 0;
  let dirtyPages = 0;
  for (const { pages } of inodes) {
    cachedPages += pages?.pages.size ?? 0;
    dirtyPages += pages?.dirty.size ?? 0;
  }
  return { cachedPages, dirtyPages, bufferPages: 0, isStored: true };
}
