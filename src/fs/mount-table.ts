/** The tree of mounts, a namespace. Linux: struct mnt_namespace. */

import { EBUSY, EINVAL, ELOOP, ENOTDIR, fail } from '../abi/errno.ts';
import { makeDevice, S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { bestEffort } from './best-effort.ts';
import { type Dentry, isBelow, type NameNode } from './dentry.ts';
import type { FileSystem } from './filesystem.ts';
import { Mount, top } from './mount.ts';
import { copiesOf, propagate } from './mount-propagation.ts';
import { NameCache } from './name-cache.ts';

export class MountTable {
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

  newId(): number {
    return this.nextId++;
  }

  private make(fs: FileSystem, source: string, flags: number, options: string): Mount {
    let tree = this.trees.get(fs);
    if (tree === undefined) this.trees.set(fs, (tree = this.names.plant(fs.root)));
    if (fs.device === 0) fs.device = makeDevice(0, this.nextMinor++);
    return new Mount(this.newId(), fs, tree, source, flags, options);
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
    if (!this.mounts.includes(from.mount) && !this.floating.has(from.mount))
      throw fail(EINVAL, 'a mount that has left the tree');
    return this.copyFloating(from, isRecursive);
  }

  private copyFloating(from: Dentry, isRecursive: boolean): Mount {
    const { fs, source, flags, options } = from.mount;
    const copy = new Mount(this.newId(), fs, from.node, source, flags, options);
    copy.peerGroup = from.mount.peerGroup;
    copy.master = from.mount.master;
    this.floating.add(copy);
    const isWhole = from.node === from.mount.root.node;
    for (const [node, child] of isRecursive ? from.mount.children : []) {
      if (child.isUnbindable || !(isWhole || isBelow(node, from.node))) continue;
      const inner = this.copyFloating(child.root, true);
      inner.mountpoint = node.within(copy);
      copy.children.set(node, inner);
    }
    return copy;
  }

  isFloating(mount: Mount): boolean {
    return this.floating.has(mount);
  }

  /** Attach what floats, with all within it. Throws ENOTDIR. */
  attachFloating(mount: Mount, at: Dentry): void {
    const place = this.place(mount, at);
    // What floats receives nothing: a copy of the mount that it comes to would be within itself.
    const copies = propagate(this, mount, place);
    this.settle(mount);
    for (const copy of copies) this.settle(copy);
  }

  /** What floated is in the tree, and all within it. */
  private settle(mount: Mount): void {
    this.floating.delete(mount);
    this.mounts.push(mount);
    for (const child of mount.children.values()) this.settle(child);
  }

  /** Nobody can attach it any more: gone, with all within it. */
  dissolve(mount: Mount): void {
    for (const child of mount.children.values()) this.dissolve(child);
    this.floating.delete(mount);
    this.noteGone(mount.fs);
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
    mountpoint.mount.children.delete(mountpoint.node);
    if (this.isFloating(mount)) this.attachFloating(mount, mountpoint);
    else this.move(mount, mountpoint);
    upper.mountpoint = mount.root;
    mount.children.set(mount.rootNode, upper);
  }

  private attach(mount: Mount, at: Dentry | undefined): Mount {
    const place = at && this.place(mount, at);
    this.mounts.push(mount);
    if (place) for (const copy of propagate(this, mount, place)) this.settle(copy);
    return mount;
  }

  private place(mount: Mount, at: Dentry): Dentry {
    const place = top(at);
    if (isDirectory(place) !== isDirectory(mount.root)) throw fail(ENOTDIR, 'mount point');
    mount.mountpoint = place;
    place.mount.children.set(place.node, mount);
    return place;
  }

  /** mount --move. Throws EINVAL for the root, ELOOP for a move below itself. */
  move(mount: Mount, at: Dentry): void {
    for (let up: Mount | undefined = at.mount; up !== undefined; up = up.parent) {
      if (up === mount) throw fail(ELOOP, 'move of a mount below itself');
    }
    const from = mount.mountpoint;
    if (from === undefined) throw fail(EINVAL, 'move of the root');
    if (from.mount.peerGroup !== 0) throw fail(EINVAL, 'move out of a shared mount');
    const place = top(at);
    if (isDirectory(place) !== isDirectory(mount.root)) throw fail(ENOTDIR, 'mount point');
    from.mount.children.delete(from.node);
    mount.mountpoint = place;
    place.mount.children.set(place.node, mount);
    for (const copy of propagate(this, mount, place)) this.settle(copy);
  }

  /** pivot_root(2): `mount` takes the place of `former` in the tree, which then is mounted at `at`, a place within `mount`. */
  pivot(mount: Mount, former: Mount, at: Dentry): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined) throw fail(EINVAL, 'pivot to the root');
    mountpoint.mount.children.delete(mountpoint.node);
    mount.mountpoint = former.mountpoint;
    former.mountpoint?.mount.children.set(former.mountpoint.node, mount);
    former.mountpoint = at;
    at.mount.children.set(at.node, former);
  }

  /**
   * Take a mount out of the tree; letGoDetached unmounts the instance with its last mount. Whether a task still stands in
   * this one is for the caller to check first. Throws EBUSY for the root of the namespace or when mounts are inside.
   */
  unmount(mount: Mount): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined || mount.children.size > 0) throw fail(EBUSY, 'umount');
    for (const gone of [...copiesOf(this, mount), mount]) {
      gone.mountpoint?.mount.children.delete(gone.mountpoint.node);
      this.forget(gone);
    }
    this.noteGone(mount.fs);
  }

  /** umount -l: the mount and all within it leave the tree; files still open there go on working. */
  detach(mount: Mount): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined) throw fail(EBUSY, 'detach of the root');
    for (const child of [...mount.children.values()]) this.detach(child);
    for (const gone of [...copiesOf(this, mount), mount]) {
      gone.mountpoint?.mount.children.delete(gone.mountpoint.node);
      this.forget(gone);
    }
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
    this.mounts.length = 0;
  }

  isInUse(fs: FileSystem): boolean {
    return (
      this.mounts.some((mount) => mount.fs === fs) ||
      [...this.floating].some((mount) => mount.fs === fs)
    );
  }

  private forget(mount: Mount): void {
    mount.mountpoint = undefined;
    const at = this.mounts.indexOf(mount);
    if (at >= 0) this.mounts.splice(at, 1);
  }

  private letGo(fs: FileSystem): void {
    const tree = this.trees.get(fs);
    if (tree !== undefined) this.names.uproot(tree);
    this.trees.delete(fs);
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
