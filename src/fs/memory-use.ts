/** The page caches of a file system's inodes together: for its memoryUse() and reclaim(). */

import { bestEffort } from './best-effort.ts';
import { type FileSystemMemory, ReclaimStage } from './filesystem.ts';
import type { PageCache } from './page-cache.ts';
import { evictPages } from './page-eviction.ts';

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

/** Frees about `count` pages; of mapped files nothing is written in between: somebody's fault may be under way. Returns how many. */
export function reclaimPages(
  inodes: Iterable<{ pages?: PageCache | undefined }>,
  count: number,
  stage: ReclaimStage,
): number {
  let released = 0;
  for (const { pages } of inodes) {
    if (released >= count) break;
    if (pages === undefined || pages.pages.size === 0) continue;
    if (stage === ReclaimStage.WRITTEN) {
      if (pages.dirty.size === 0 || pages.mapper !== undefined) continue;
      bestEffort(() => pages.sync());
    }
    released += evictPages(pages, count - released, stage === ReclaimStage.UNUSED);
  }
  return released;
}
