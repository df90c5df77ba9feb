/** procfs: the state of the kernel as files. proc(5); Linux: fs/proc. */
import type { NameNode } from '../../fs/dentry.ts';
import { detach } from '../../fs/dentry-cache.ts';
import type { FileSystem, FileSystemType } from '../../fs/filesystem.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { ProcDirectory } from './proc-inode.ts';
import { ProcRoot } from './root.ts';
import { ViewFileSystem } from './view-file-system.ts';

const PROC_MAGIC = 0x9fa0;

export class ProcFileSystem extends ViewFileSystem {
  readonly type = procfs;
  readonly root: ProcRoot;
  override readonly newNames = 'absent';

  constructor(kernel: Kernel) {
    super(kernel, PROC_MAGIC);
    this.root = new ProcRoot(this);
  }

  /** The number of a thread of process `pid` is nobody's any more: what was looked up of it goes. Linux: proc_flush_pid. */
  forget(pid: number, tid: number): void {
    const tree = this.kernel.vfs.mounts.treeOf(this);
    if (tree === undefined) return;
    forgetName(tree, String(tid));
    if (tid === pid) return;
    const tasks = tree.children?.get(String(pid))?.children?.get('task');
    if (tasks !== undefined) forgetName(tasks, String(tid));
  }
}

function forgetName({ inode, children }: NameNode, name: string): void {
  if (!(inode instanceof ProcDirectory) || !inode.forget(name)) return;
  const node = children?.get(name);
  if (node !== undefined) detach(node);
}

export const procfs: FileSystemType = {
  name: 'proc',
  requiresDevice: false,
  mount(_source, _options, _isReadOnly, context): FileSystem {
    const kernel = kernelOf(context);
    return (kernel.vfs.procfs ??= new ProcFileSystem(kernel));
  },
};
