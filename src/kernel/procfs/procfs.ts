/** procfs: the state of the kernel as files. proc(5); Linux: fs/proc. */
import type { FileSystem, FileSystemStatistics, FileSystemType } from '../../fs/filesystem.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { ProcRoot } from './root.ts';

const PROC_MAGIC = 0x9fa0;

export class ProcFileSystem implements FileSystem {
  readonly type = procfs;
  readonly kernel: Kernel;
  readonly root: ProcRoot;
  device = 0;
  isReadOnly = false;
  private nextIno = 2;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.root = new ProcRoot(this);
  }

  allocateIno(): number {
    return this.nextIno++;
  }

  statistics(): FileSystemStatistics {
    return {
      type: PROC_MAGIC,
      blockSize: 4096,
      blocks: 0,
      blocksFree: 0,
      blocksAvailable: 0,
      files: 0,
      filesFree: 0,
      nameLength: 255,
    };
  }

  sync(): void {
    return;
  }

  unmount(): void {
    return;
  }
}

/** Every mount shows the same instance. */
export const procfs: FileSystemType = {
  name: 'proc',
  requiresDevice: false,
  mount(_source, _options, _isReadOnly, context): FileSystem {
    const kernel = kernelOf(context);
    return (kernel.vfs.procfs ??= new ProcFileSystem(kernel));
  },
};
