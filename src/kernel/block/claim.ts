/** Who has a disk for itself: a mounted file system, an array, an open with O_EXCL. Linux: bd_claim. */
import { EBUSY, fail } from '../../abi/errno.ts';
import type { Disk } from '../drivers/disk.ts';
import { Partition } from './partition.ts';

function isHeld(disk: Disk): boolean {
  return disk.mounted !== undefined || disk.claim !== undefined;
}

/** Open, mounted or claimed. */
export function isUsed(disk: Disk): boolean {
  return disk.openCount > 0 || isHeld(disk);
}

/** A disk and its partitions are not claimed by different holders. Throws EBUSY. */
export function claimDisk(disk: Disk, holder: object): void {
  const related = disk instanceof Partition ? [disk, disk.whole] : [disk, ...disk.partitions];
  const rival = related.find((other) => isHeld(other) && other.claim !== holder);
  if (rival) throw fail(EBUSY, `${rival.name} is in use`);
  disk.claim = holder;
}

export function releaseDisk(disk: Disk, holder: object): void {
  if (disk.claim === holder) disk.claim = undefined;
}
