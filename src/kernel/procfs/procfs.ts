/** procfs: the state of the kernel as files. proc(5); Linux: fs/proc. */
import type { FileSystem, FileSystemType } from '../../fs/filesystem.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { ProcRoot } from './root.ts';
import { ViewFileSystem } from './view-file-system.ts';

const PROC_MAGIC = 0x9fa0;

export class ProcFileSystem extends ViewFileSystem {
  readonly type = procfs;
  readonly root: ProcRoot;

  constructor(kernel: Kernel) {
    super(kernel, PROC_MAGIC);
    this.root = new ProcRoot(this);
  }
}

export const procfs: FileSystemType = {
  name: 'proc',
  requiresDevice: false,
  mount(_source, _options, _isReadOnly, context): FileSystem {
    const kernel = kernelOf(context);
    return (kernel.vfs.procfs ??= new ProcFileSystem(kernel));
  },
};
