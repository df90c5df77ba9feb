/** sysfs: the devices of the machine as files; the part that programs look at. sysfs(5). */
import type { FileSystem, FileSystemType } from '../../fs/filesystem.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { RowDirectory } from '../procfs/row.ts';
import { ViewFileSystem } from '../procfs/view-file-system.ts';
import { sysfsEntries } from './entries.ts';

const SYSFS_MAGIC = 0x62656572;

/** /sys itself. */
export class SysRoot extends RowDirectory {
  constructor(fs: ViewFileSystem) {
    super(fs, sysfsEntries(fs.kernel));
  }

  /** No directory hands it out. */
  protected override twin(): SysRoot {
    return this.fs.unnumbered(() => new SysRoot(this.fs));
  }
}

export class SysFileSystem extends ViewFileSystem {
  readonly type = sysfs;
  readonly root: SysRoot;

  constructor(kernel: Kernel) {
    super(kernel, SYSFS_MAGIC);
    this.root = new SysRoot(this);
  }
}

export const sysfs: FileSystemType = {
  name: 'sysfs',
  requiresDevice: false,
  mount(_source, _options, _isReadOnly, context): FileSystem {
    const kernel = kernelOf(context);
    return (kernel.vfs.sysfs ??= new SysFileSystem(kernel));
  },
};
