/** The tree of mounts, a namespace. Linux: struct mnt_namespace. */

import { EBUSY, EINVAL, ELOOP, ENOSPC, ENOTDIR, fail } from '../abi/errno.ts';
import { makeDevice, S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { bestEffort } from './best-effort.ts';
import { type Dentry, isBelow, type NameNode } from './dentry.ts';
import type { FileSystem } from './filesystem.ts';
import { Mount, putOn, takeOff, top, withAllWithin } from './mount.ts';
import { copiesOf, propagate, targetsOf } from './mount-propagation.ts';
import { NameCache } from './name-cache.ts';

/** Who pays for mounts, and for file systems that are mounted. */
export interface MountPayer {
  /** There may come to be so many. Throws ENOMEM. */
  reserve(mounts: number, fileSystems: number): void;
  /** There are so many now, fewer than before. */
  settle(mounts: number, fileSystems: number): void;
}

export class MountTable {
  /** fs.mount-max: of the tree. */
  maximum = 100_000;
  /** In order of mounting: the order of /proc/mounts. */
  readonly mounts: Mount[] = [];
  /** Mounts of the tree's outside: made, and not attached yet (fsmount(2), open_tree(2)); those within them too. */
  readonly floating = new Set<Mount>();
  /** Instances that have no mount any more, and that somebody may still use. */
  private readonly detached = new Set<FileSystem>();
  /** Names in memory, over all file systems. */
  readonly names = new NameCache();
  private nextId = 1;
  private nextMinor = 1;
  /** The name tree of each mounted file system, shared by its mounts. */
  private readonly trees = new Map<FileSystem, NameNode>();
  /** How many mounts each has, floating ones too; nothing for none. */
  private readonly mountsOf = new Map<FileSystem, number>();
  /** Of the tree, floating ones, and those that are being made. */
  private count = 0;
  private readonly payer: MountPayer | undefined;

  constructor(payer?: MountPayer) {
    this.payer = payer;
  }

  /** The root of the namespace: the mount that is mounted nowhere, or what was mounted over it. Panics before the first. */
  get root(): Dentry {
    const first = this.mounts.find(({ mountpoint }) => mountpoint === undefined);
    if (first === undefined) throw fail(EINVAL, 'no root file system');
    return top(first.root);
  }

  /**
   * Mount `fs` on the directory `at` (undefined: as root). A non-directory file system (a file bind mount) needs a
   * non-directory. Gives the instance its st_dev if it has none. Throws ENOTDIR.
   */
  mount(
    fs: FileSystem,
    source: string,
    flags: number,
    options: string,
    at: Dentry | undefined,
  ): Mount {
    const mount = this.make(fs, source, flags, options);
    try {
      return this.attach(mount, at);
    } catch (error) {
      this.bury(mount);
      if (!this.isInUse(fs) && !this.detached.has(fs)) this.letGo(fs);
      throw error;
    }
  }

  /** As mount, and mounted nowhere yet: attachFloating or dissolve decide what becomes of it. */
  mountFloating(fs: FileSystem, source: string, flags: number, options: string): Mount {
    const mount = this.make(fs, source, flags, options);
    this.floating.add(mount);
    return mount;
  }

  /** The names of a mounted file system. */
  treeOf(fs: FileSystem): NameNode | undefined {
    return this.trees.get(fs);
  }

  private make(fs: FileSystem, source: string, flags: number, options: string): Mount {
    let tree = this.trees.get(fs);
    if (tree === undefined) {
      try {
        this.payer?.reserve(this.count + 1, this.trees.size + 1);
      } catch (error) {
        fs.unmount();
        throw error;
      }
      this.trees.set(fs, (tree = this.names.plant(fs.root)));
    }
    if (fs.device === 0) fs.device = makeDevice(0, this.nextMinor++);
    return this.create(fs, tree, source, flags, options);
  }

  /** Another mount like `mount`, of its file system from `rootNode` on. Throws ENOMEM. */
  copy({ fs, source, flags, options }: Mount, rootNode: NameNode): Mount {
    return this.create(fs, rootNode, source, flags, options);
  }

  private create(fs: FileSystem, root: NameNode, source: string, flags: number, options: string) {
    this.payer?.reserve(this.count + 1, this.trees.size);
    this.count++;
    this.mountsOf.set(fs, (this.mountsOf.get(fs) ?? 0) + 1);
    return new Mount(this.nextId++, fs, root, source, flags, options);
  }

  /** It is a mount no more, wherever it was. */
  private bury(mount: Mount): void {
    if (mount.isGone) return;
    mount.isGone = true;
    takeOff(mount);
    this.floating.delete(mount);
    const { fs } = mount;
    const others = (this.mountsOf.get(fs) ?? 1) - 1;
    if (others > 0) this.mountsOf.set(fs, others);
    else this.mountsOf.delete(fs);
    this.count--;
    this.payer?.settle(this.count, this.trees.size);
  }

  /** mount --bind: the tree below `from` appears at `at` too. */
  bind(from: Dentry, at: Dentry, isRecursive: boolean): Mount {
    const copy = this.bindFloating(from, isRecursive);
    try {
      this.attachFloating(copy, at);
    } catch (error) {
      this.dissolve(copy);
      throw error;
    }
    return copy;
  }

  /** As bind, mounted nowhere yet. Throws EINVAL for an unbindable mount, and one that has left the tree. */
  bindFloating(from: Dentry, isRecursive: boolean): Mount {
    if (from.mount.isUnbindable) throw fail(EINVAL, 'an unbindable mount');
    if (from.mount.isGone) throw fail(EINVAL, 'a mount that has left the tree');
    const copy = this.copyFloating(from.mount, from.node);
    try {
      if (isRecursive) this.copyWithin(from.mount, copy);
    } catch (error) {
      this.dissolve(copy);
      throw error;
    }
    return copy;
  }

  private copyFloating(mount: Mount, rootNode: NameNode): Mount {
    const copy = this.copy(mount, rootNode);
    copy.peerGroup = mount.peerGroup;
    copy.master = mount.master;
    this.floating.add(copy);
    return copy;
  }

  /** What is mounted in `mount`, where `copy` shows it too. */
  private copyWithin(mount: Mount, copy: Mount): void {
    const todo: [Mount, Mount][] = [[mount, copy]];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const [from, to] = next;
      const isWhole = to.rootNode === from.rootNode;
      for (const [node, child] of [...from.children]) {
        if (child.isUnbindable || !(isWhole || isBelow(node, to.rootNode))) continue;
        const inner = this.copyFloating(child, child.rootNode);
        putOn(inner, node.within(to));
        todo.push([child, inner]);
      }
    }
  }

  isFloating(mount: Mount): boolean {
    return this.floating.has(mount);
  }

  /** Attach what floats, with all within it. Throws ENOSPC, ENOTDIR, ENOMEM. */
  attachFloating(mount: Mount, at: Dentry): void {
    // What floats receives nothing: a copy of the mount that it comes to would be within itself.
    const copies = this.place(mount, at, true);
    this.settle(mount);
    for (const copy of copies) this.settle(copy);
  }

  /** What floated is in the tree, and all within it. */
  private settle(mount: Mount): void {
    for (const each of withAllWithin(mount)) {
      this.floating.delete(each);
      this.mounts.push(each);
    }
  }

  /** Nobody can attach it any more: gone, with all within it. */
  dissolve(mount: Mount): void {
    for (const each of [...withAllWithin(mount)].reverse()) {
      this.bury(each);
      this.noteGone(each.fs);
    }
  }

  /** After the last mount of an instance somebody may still stand in one that was detached before: letGoDetached asks. */
  private noteGone(fs: FileSystem): void {
    if (!this.isInUse(fs)) this.detached.add(fs);
  }

  /** Below `upper`, at the place where that is mounted: when `upper` goes, `mount` is seen there. Throws EINVAL, ENOTDIR. */
  attachBeneath(mount: Mount, upper: Mount): void {
    const { mountpoint } = upper;
    if (mountpoint === undefined) throw fail(EINVAL, 'beneath the root');
    if (isDirectory(mountpoint) !== isDirectory(mount.root)) throw fail(ENOTDIR, 'mount point');
    takeOff(upper);
    try {
      if (this.isFloating(mount)) this.attachFloating(mount, mountpoint);
      else this.move(mount, mountpoint);
    } catch (error) {
      putOn(upper, mountpoint);
      throw error;
    }
    putOn(upper, mount.root);
  }

  private attach(mount: Mount, at: Dentry | undefined): Mount {
    // Its group counts from here on.
    this.floating.add(mount);
    const copies = at ? this.place(mount, at, true) : [];
    for (const each of [mount, ...copies]) this.settle(each);
    return mount;
  }

  /** `mount`, with all within it, is put on what is visible at `at`; its copies. Throws ENOTDIR, ENOSPC, ENOMEM before anything was changed. */
  private place(mount: Mount, at: Dentry, isNew: boolean): Mount[] {
    const place = top(at);
    if (isDirectory(place) !== isDirectory(mount.root)) throw fail(ENOTDIR, 'mount point');
    const targets = targetsOf(this, place);
    let size = 0;
    for (const _each of withAllWithin(mount)) size++;
    const copied = size * targets.length;
    if (this.mounts.length + copied + (isNew ? size : 0) > this.maximum)
      throw fail(ENOSPC, 'fs.mount-max');
    this.payer?.reserve(this.count + copied, this.trees.size);
    takeOff(mount);
    putOn(mount, place);
    return propagate(this, mount, place, targets);
  }

  /** mount --move. Throws EINVAL for the root, ELOOP for a move below itself. */
  move(mount: Mount, at: Dentry): void {
    for (let up: Mount | undefined = at.mount; up !== undefined; up = up.parent) {
      if (up === mount) throw fail(ELOOP, 'move of a mount below itself');
    }
    const from = mount.mountpoint;
    if (from === undefined) throw fail(EINVAL, 'move of the root');
    if (from.mount.peerGroup !== 0) throw fail(EINVAL, 'move out of a shared mount');
    for (const copy of this.place(mount, at, false)) this.settle(copy);
  }

  /** pivot_root(2): `mount` takes the place of `former` in the tree, which then is mounted at `at`, a place within `mount`. */
  pivot(mount: Mount, former: Mount, at: Dentry): void {
    if (mount.mountpoint === undefined) throw fail(EINVAL, 'pivot to the root');
    takeOff(mount);
    const { mountpoint } = former;
    takeOff(former);
    if (mountpoint !== undefined) putOn(mount, mountpoint);
    putOn(former, at);
  }

  /**
   * Take a mount out of the tree; letGoDetached unmounts the instance with its last mount. Whether a task still stands in
   * this one is for the caller to check first. Throws EBUSY for the root of the namespace or when mounts are inside.
   */
  unmount(mount: Mount): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined || mount.children.size > 0) throw fail(EBUSY, 'umount');
    for (const gone of [...copiesOf(this, mount), mount]) this.forget(gone);
    this.noteGone(mount.fs);
  }

  /** umount -l: the mount and all within it leave the tree; files still open there go on working. */
  detach(mount: Mount): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined) throw fail(EBUSY, 'detach of the root');
    for (const each of [...withAllWithin(mount)].reverse()) this.detachOne(each);
  }

  private detachOne(mount: Mount): void {
    for (const gone of [...copiesOf(this, mount), mount]) this.forget(gone);
    if (this.isInUse(mount.fs)) return;
    bestEffort(() => mount.fs.sync());
    this.detached.add(mount.fs);
  }

  get hasDetached(): boolean {
    return this.detached.size > 0;
  }

  /** Detached instances are unmounted where nobody `uses` them any more; returns them. */
  letGoDetached(uses: (fs: FileSystem) => boolean): FileSystem[] {
    const gone: FileSystem[] = [];
    for (const fs of this.detached) {
      const tree = this.trees.get(fs);
      if (!tree || this.isInUse(fs)) this.detached.delete(fs);
      else if (!isHeld(tree) && !uses(fs)) {
        this.detached.delete(fs);
        this.letGo(fs);
        gone.push(fs);
      }
    }
    return gone;
  }

  /** sync(2). */
  syncAll(): void {
    for (const fs of this.trees.keys()) bestEffort(() => fs.sync());
  }

  /** Those that are mounted, or still in use after a lazy umount. */
  instances(): Iterable<FileSystem> {
    return this.trees.keys();
  }

  /** Power off: every instance is written out and let go, newest first. */
  unmountAll(): void {
    for (const fs of [...this.trees.keys()].reverse()) {
      // One may have let go of another: an overlay, of its layers.
      if (this.trees.has(fs)) this.letGo(fs);
    }
    for (const mount of this.mounts.splice(0)) this.bury(mount);
  }

  isInUse(fs: FileSystem): boolean {
    return this.mountsOf.has(fs);
  }

  private forget(mount: Mount): void {
    this.bury(mount);
    const at = this.mounts.lastIndexOf(mount);
    if (at >= 0) this.mounts.splice(at, 1);
  }

  private letGo(fs: FileSystem): void {
    const tree = this.trees.get(fs);
    if (tree !== undefined) this.names.uproot(tree);
    this.trees.delete(fs);
    this.payer?.settle(this.count, this.trees.size);
    this.detached.delete(fs);
    fs.unmount();
  }
}

/** An inode of the tree is open, mapped or on its way in a socket. */
function isHeld({ inode, children }: NameNode): boolean {
  if (inode !== undefined && inode.references > (inode.watches?.size ?? 0)) return true;
  for (const child of children?.values() ?? []) if (isHeld(child)) return true;
  return false;
}

function isDirectory(dentry: Dentry): boolean {
  return (dentry.inode.mode & S_IFMT) === S_IFDIR;
}
