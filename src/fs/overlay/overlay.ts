/** overlay: directory trees laid over each other, of which the topmost takes all changes. Linux: fs/overlayfs. */
import { EINVAL, ELOOP, ENOTDIR, fail } from '../../abi/errno.ts';
import { MS_NOATIME, MS_RDONLY } from '../../abi/mount.ts';
import { bestEffort } from '../best-effort.ts';
import type { Dentry } from '../dentry.ts';
import { makeDirectory } from '../directory-operations.ts';
import type {
  FileSystem,
  FileSystemContext,
  FileSystemStatistics,
  FileSystemType,
  ReclaimStage,
} from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import type { Mount } from '../mount.ts';
import { ROOT_IDENTITY } from '../permission.ts';
import type { Workplace } from './copy-up.ts';
import { discard } from './discard.ts';
import { isDirectory, Layers, type Stack } from './layers.ts';
import {
  type OverlaySettings,
  parseOverlaySettings,
  showOverlaySettings,
} from './mount-settings.ts';
import { decodeOrigin } from './origin.ts';
import { OverlayInode } from './overlay-inode.ts';

const OVERLAYFS_MAGIC = 0x794c7630;
/** Numbers of different file systems are told apart by what is above: Linux's xino, with fewer bits. */
const NUMBERS = 2 ** 44;

export class Overlay implements FileSystem, Workplace {
  readonly type: FileSystemType = overlay;
  readonly context: FileSystemContext;
  readonly settings: OverlaySettings;
  readonly layers: Layers;
  readonly root: OverlayInode;
  readonly cachesNames = true;
  device = 0;
  isReadOnly: boolean;
  /** The directory `work` of workdir: where files are made before they are seen. */
  readonly work: Dentry;
  readonly workplace: Workplace | undefined;
  private nextTemporary = 1;
  /** Mounts of its own of the layers, so that these are there while it is. */
  private readonly mounts: Mount[] = [];
  /** The file systems of the layers, the upper one's first. */
  private readonly fileSystems: FileSystem[] = [];
  /** One object per file: by the inode of the layers that it is known by. */
  private readonly inodes = new Map<Inode, OverlayInode>();
  private readonly live = new Set<OverlayInode>();

  /** Throws EINVAL, ENOENT, ENOTDIR, ELOOP for layers that lie in each other. */
  constructor(options: string, isReadOnly: boolean, context: FileSystemContext) {
    this.context = context;
    this.settings = parseOverlaySettings(options);
    const { upper, work, lower } = this.settings;
    try {
      const upperRoot = upper === undefined ? undefined : this.take(upper, false);
      const roots = lower.map((path) => this.take(path, true));
      const [first] = roots;
      if (first === undefined) throw fail(EINVAL, 'no lower layer');
      this.layers = new Layers(roots, this.settings);
      this.isReadOnly = isReadOnly || upperRoot === undefined || upperRoot.mount.isReadOnly;
      this.work = first;
      if (upperRoot !== undefined && work !== undefined) {
        this.work = this.takeWork(work, upperRoot);
        this.workplace = this;
      }
      this.checkApart(upperRoot, roots);
      const stack = { upper: upperRoot, lower: roots.map((place, layer) => ({ layer, place })) };
      this.root = new OverlayInode(this, this.numberOf(stack), stack, undefined, '');
    } catch (error) {
      this.dropMounts();
      throw error;
    }
  }

  /** A layer's root, in a mount that nobody else sees and, of a lower layer, nobody changes. */
  private take(path: string, isLower: boolean): Dentry {
    const { context } = this;
    if (!context.privateMount) throw fail(EINVAL, 'no tree to lay over');
    const mount = context.privateMount(path);
    this.mounts.push(mount);
    if (isLower) mount.flags |= MS_RDONLY | MS_NOATIME;
    if (!isDirectory(mount.root)) throw fail(ENOTDIR, path);
    const { fs } = mount;
    if (!this.fileSystems.includes(fs)) this.fileSystems.push(fs);
    return mount.root;
  }

  /** `path`/work, emptied. It has to be of the mount of the upper directory, for files to move from one to the other. */
  private takeWork(path: string, upper: Dentry): Dentry {
    const root = this.take(path, false);
    if (root.mount.fs !== upper.mount.fs) throw fail(EINVAL, 'workdir on another file system');
    if (isWithin(root, upper) || isWithin(upper, root))
      throw fail(EINVAL, 'workdir and upperdir in each other');
    // The same mount, as renames are within one.
    const place = root.node.within(upper.mount);
    if (this.isReadOnly) return place;
    // What a crash left behind.
    discard(place, 'work');
    return makeDirectory(place, 'work', 0, ROOT_IDENTITY);
  }

  private checkApart(upper: Dentry | undefined, roots: readonly Dentry[]): void {
    const all = upper === undefined ? [...roots] : [upper, ...roots];
    for (const [i, one] of all.entries()) {
      for (const other of all.slice(i + 1)) {
        if (isWithin(one, other) || isWithin(other, one)) throw fail(ELOOP, 'overlapping layers');
      }
    }
  }

  newName(): string {
    return `#${(this.nextTemporary++).toString(16)}`;
  }

  shownOptions(): string {
    return showOverlaySettings(this.settings);
  }

  /** The inode of what a name stands for; the same for all names of a file, as far as nothing has to be copied up for it. */
  inodeOf(stack: Stack, parent: OverlayInode, name: string): OverlayInode {
    const key = keyOf(stack);
    const known = key ? this.inodes.get(key) : parent.linked.get(name);
    if (known !== undefined) {
      known.parent = parent;
      known.name = name;
      return known;
    }
    const made = new OverlayInode(this, this.numberOf(stack), stack, parent, name);
    this.live.add(made);
    if (key) this.inodes.set(key, made);
    else parent.linked.set(name, made);
    return made;
  }

  /** Number and mode of what a name stands for. */
  glance(stack: Stack): { ino: number; mode: number } {
    const { inode } = stack.upper ?? stack.lower[0]?.place ?? this.root.place;
    return { ino: this.numberOf(stack), mode: inode.mode };
  }

  /** The number is that of the lower file, if there was one, so that it stays when the file is copied up. */
  numberOf({ upper, lower }: Stack): number {
    const below = lower[0]?.place.inode;
    if (below !== undefined) return this.distinct(below.fs, below.ino);
    const { inode } = upper ?? this.root.place;
    const origin = isDirectory(upper ?? this.root.place)
      ? undefined
      : this.layers.attribute(inode, 'origin');
    const number = origin === undefined ? undefined : decodeOrigin(origin);
    const [first] = this.layers.roots;
    if (number === undefined || !first) return this.distinct(inode.fs, inode.ino);
    return this.distinct(first.mount.fs, number);
  }

  private distinct(fs: FileSystem, ino: number): number {
    return (ino % NUMBERS) + this.fileSystems.indexOf(fs) * NUMBERS;
  }

  /** The file is known by its upper inode from now on. */
  copiedUp(inode: OverlayInode, former: Inode): void {
    if (inode.isDirectory) return;
    if (inode.parent?.linked.get(inode.name) === inode) inode.parent.linked.delete(inode.name);
    if (this.inodes.get(former) === inode) this.inodes.delete(former);
    this.inodes.set(inode.real, inode);
  }

  forget(inode: OverlayInode): void {
    this.live.delete(inode);
    if (inode.parent?.linked.get(inode.name) === inode) inode.parent.linked.delete(inode.name);
    for (const key of [inode.real, inode.lower[0]?.place.inode]) {
      if (key && this.inodes.get(key) === inode) this.inodes.delete(key);
    }
  }

  statistics(): FileSystemStatistics {
    return { ...this.root.real.fs.statistics(), type: OVERLAYFS_MAGIC, nameLength: 255 };
  }

  get ioBlockBytes(): number | undefined {
    return this.root.real.fs.ioBlockBytes;
  }

  sync(): void {
    if (this.settings.isVolatile || this.isReadOnly) return;
    this.root.upper?.mount.fs.sync();
  }

  reclaim(count: number, stage: ReclaimStage): number {
    let released = 0;
    for (const fs of this.fileSystems) {
      if (released < count) released += fs.reclaim?.(count - released, stage) ?? 0;
    }
    return released;
  }

  unmount(): void {
    bestEffort(() => this.sync());
    for (const inode of [...this.live, this.root]) inode.letGo();
    this.live.clear();
    this.inodes.clear();
    this.dropMounts();
  }

  private dropMounts(): void {
    for (const mount of this.mounts) this.context.dropMount?.(mount);
    this.mounts.length = 0;
  }
}

/** Directories by their lower part, which stays; files by the upper one; lower hard links by none, as a change breaks them apart. */
function keyOf({ upper, lower }: Stack): Inode | undefined {
  const below = lower[0]?.place;
  if (below === undefined || (upper && !isDirectory(upper))) return upper?.inode;
  return isDirectory(below) || below.inode.nlink === 1 ? below.inode : undefined;
}

function isWithin(inner: Dentry, outer: Dentry): boolean {
  if (inner.mount.fs !== outer.mount.fs) return false;
  for (let node: Dentry['node'] | undefined = inner.node; node; node = node.parent) {
    if (node === outer.node) return true;
  }
  return false;
}

export const overlay: FileSystemType = {
  name: 'overlay',
  requiresDevice: false,
  mount(_source, options, isReadOnly, context): FileSystem {
    return new Overlay(options, isReadOnly, context);
  },
};
