/** devtmpfs: /dev as the kernel fills it; one instance per kernel, an ordinary tmpfs for the rest. */
import { S_IFBLK, S_IFCHR } from '../../abi/stat.ts';
import type { FileSystem, FileSystemContext, FileSystemType } from '../../fs/filesystem.ts';
import { Tmpfs } from '../../fs/tmpfs/tmpfs.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { deviceNodes } from './devices.ts';

export class Devtmpfs extends Tmpfs {
  override readonly type: FileSystemType = devtmpfs;

  constructor(kernel: Kernel, context: FileSystemContext) {
    super('mode=0755', false, context);
    const { root } = this;
    for (const node of deviceNodes(kernel)) {
      const mode = node.mode | (node.isBlock ? S_IFBLK : S_IFCHR);
      root.mknod(node.name, mode, node.device, 0, node.gid);
    }
    root.symlink('fd', '/proc/self/fd', 0, 0);
    root.symlink('stdin', '/proc/self/fd/0', 0, 0);
    root.symlink('stdout', '/proc/self/fd/1', 0, 0);
    root.symlink('stderr', '/proc/self/fd/2', 0, 0);
    if (kernel.hardware.rtc) root.symlink('rtc', 'rtc0', 0, 0);
    root.mkdir('pts', 0o755, 0, 0);
    root.mkdir('shm', 0o1777, 0, 0);
  }

  /** It outlives its mounts. */
  override unmount(): void {
    return;
  }
}

export const devtmpfs: FileSystemType = {
  name: 'devtmpfs',
  requiresDevice: false,
  mount(_source, _options, _isReadOnly, context): FileSystem {
    const kernel = kernelOf(context);
    return (kernel.vfs.devtmpfs ??= new Devtmpfs(kernel, context));
  },
};
