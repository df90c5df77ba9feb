/** The groups of fanotify(7) that there are, and what they may have. */
import type { FileSystem } from '../fs/filesystem.ts';
import type { Mount } from '../fs/mount.ts';
import type { FanotifyGroup } from './fanotify.ts';
import { FanotifyLimits } from './fanotify-mark.ts';

/** All groups of the system. */
export class Fanotify {
  readonly limits = new FanotifyLimits();
  readonly groups = new Set<FanotifyGroup>();
  /** Those that have marks with permission events. */
  readonly askers = new Set<FanotifyGroup>();

  /** Groups of a user. */
  countOf(uid: number): number {
    let count = 0;
    for (const group of this.groups) if (group.uid === uid) count++;
    return count;
  }

  marksOf(uid: number): number {
    let count = 0;
    for (const group of this.groups) if (group.uid === uid) count += group.marks.size;
    return count;
  }

  /** A mount is gone, and with the last one its file system. */
  unmounted(marked: Mount | FileSystem): void {
    for (const group of this.groups) group.forget(marked);
  }
}
