/** What fsmount(2) and open_tree(2) give: a place in a mount that may be attached; if it never is, it goes with the file. */
import type { Dentry } from '../fs/dentry.ts';
import type { MountTable } from '../fs/mount-table.ts';
import { PathFile } from './path-file.ts';

export class FloatingMountFile extends PathFile {
  private readonly mounts: MountTable;

  constructor(dentry: Dentry, flags: number, mounts: MountTable) {
    super(dentry, flags);
    this.mounts = mounts;
  }

  override release(): void {
    super.release();
    const mount = this.dentry?.mount;
    if (mount && this.mounts.isFloating(mount)) this.mounts.dissolve(mount);
  }
}
