/** devpts: /dev/pts, one entry per pseudoterminal; one instance per kernel. Linux: fs/devpts. */

import { DT_CHR, DT_DIR } from '../../abi/dirent.ts';
import { EINVAL, fail } from '../../abi/errno.ts';
import { makeDevice, S_IFCHR, S_IFDIR } from '../../abi/stat.ts';
import { applyAttributes } from '../../fs/attributes.ts';
import { BaseInode } from '../../fs/base-inode.ts';
import type {
  FileSystem,
  FileSystemContext,
  FileSystemStatistics,
  FileSystemType,
} from '../../fs/filesystem.ts';
import type { AttributeChange, DirectoryEntry, Inode } from '../../fs/inode.ts';
import { parseNumber, parseOptions } from '../../fs/mount-options.ts';
import { simpleStatistics } from '../../fs/simple-statistics.ts';
import { kernelOf } from '../file-system-context.ts';
import type { Kernel } from '../kernel.ts';
import { terminalDevice } from './terminal-numbers.ts';

const DEVPTS_MAGIC = 0x1cd1;
const ROOT_INO = 1;
const PTMX_INO = 2;
/** As Linux: entry N has inode N + 3. */
const FIRST_INO = 3;
const PTMX_DEVICE = makeDevice(5, 2);

export class DevptsInode extends BaseInode {
  readonly fs: Devpts;

  constructor(fs: Devpts, ino: number, mode: number) {
    super(ino, mode);
    this.fs = fs;
    this.atime = this.mtime = this.ctime = fs.context.now();
  }

  override setAttributes(change: AttributeChange): void {
    applyAttributes(this, change, this.fs.context.now());
  }
}

export class DevptsRoot extends DevptsInode {
  override lookup(name: string): Inode | undefined {
    if (name === 'ptmx') return this.fs.ptmx;
    if (!/^(0|[1-9][0-9]*)$/.test(name)) return undefined;
    return this.fs.slave(Number(name));
  }

  override readdir(from: number, limit: number): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [
      { name: '.', ino: ROOT_INO, type: DT_DIR, next: 1 },
      { name: '..', ino: ROOT_INO, type: DT_DIR, next: 2 },
      { name: 'ptmx', ino: PTMX_INO, type: DT_CHR, next: FIRST_INO },
    ];
    const alive = [...this.fs.kernel.terminals.ptys.values()].filter((pty) => !pty.isGone);
    const indexes = alive.map(({ index }) => index).sort((a, b) => a - b);
    for (const index of indexes) {
      const ino = FIRST_INO + index;
      entries.push({ name: String(index), ino, type: DT_CHR, next: ino + 1 });
    }
    return entries.filter(({ next }) => next > from).slice(0, limit);
  }
}

export class Devpts implements FileSystem {
  readonly type = devpts;
  readonly context: FileSystemContext;
  readonly kernel: Kernel;
  readonly root: Inode;
  readonly ptmx: DevptsInode;
  device = 0;
  isReadOnly = false;
  readonly newNames = 'refused';
  private readonly slaves = new Map<number, DevptsInode>();
  private mode = 0o600;
  private gid: number | undefined = undefined;

  constructor(kernel: Kernel, context: FileSystemContext) {
    this.kernel = kernel;
    this.context = context;
    this.root = new DevptsRoot(this, ROOT_INO, S_IFDIR | 0o755);
    this.root.nlink = 2;
    this.ptmx = new DevptsInode(this, PTMX_INO, S_IFCHR);
    this.ptmx.rdev = PTMX_DEVICE;
  }

  configure(options: string): void {
    for (const [name, value] of parseOptions(options)) {
      if (name === 'mode') this.mode = parseNumber(value, 8) & 0o7777;
      else if (name === 'gid') this.gid = parseNumber(value, 10);
      else if (name === 'ptmxmode') this.ptmx.mode = S_IFCHR | (parseNumber(value, 8) & 0o7777);
      else if (name === 'uid' || name === 'max') parseNumber(value, 10);
      else if (name !== 'newinstance') throw fail(EINVAL, `devpts option ${name}`);
    }
  }

  /** The entry belongs to whoever opened the master. */
  slave(index: number): Inode | undefined {
    const pty = this.kernel.terminals.ptys.get(index);
    // The name goes with the master, though the slave may be open still.
    if (!pty || pty.isGone) {
      this.slaves.delete(index);
      return undefined;
    }
    let inode = this.slaves.get(index);
    if (!inode) {
      inode = new DevptsInode(this, FIRST_INO + index, S_IFCHR | this.mode);
      inode.rdev = terminalDevice('pts', index);
      const owner = this.kernel.current?.credentials;
      inode.uid = owner?.fsuid ?? 0;
      inode.gid = this.gid ?? owner?.fsgid ?? 0;
      this.slaves.set(index, inode);
    }
    return inode;
  }

  statistics(): FileSystemStatistics {
    return simpleStatistics(DEVPTS_MAGIC);
  }

  sync(): void {
    return;
  }

  unmount(): void {
    return;
  }
}

export const devpts: FileSystemType = {
  name: 'devpts',
  requiresDevice: false,
  mount(_source, options, _isReadOnly, context): FileSystem {
    const kernel = kernelOf(context);
    const fs =
      kernel.vfs.devpts instanceof Devpts ? kernel.vfs.devpts : new Devpts(kernel, context);
    kernel.vfs.devpts = fs;
    fs.configure(options);
    return fs;
  },
};
