/** Whether a mount may become read-only. Linux: mnt_hold_writers. */
import type { Mount } from '../../fs/mount.ts';
import { isWritable } from '../../fs/references.ts';
import type { Task } from '../task.ts';

/** Somebody has a file of the mount open for writing. */
export function hasWriters(task: Task, mount: Mount): boolean {
  for (const files of task.kernel.pids.fileTables()) {
    for (const fd of files.descriptors()) {
      const file = files.find(fd);
      if (file?.dentry?.mount === mount && isWritable(file.flags)) return true;
    }
  }
  return false;
}
