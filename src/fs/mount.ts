/** Mounts and the tree that they form, a namespace. Linux: struct mount, struct mnt_namespace. */

import { EBUSY, EINVAL, ELOOP, ENOTDIR, fail } from '../abi/errno.ts';
import {
  MS_NOATIME,
  MS_RDONLY,
  MS_SHARED,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_UNBINDABLE,
} from '../abi/mount.ts';
import { makeDevice, S_IFDIR, S_IFMT } from '../abi/stat.ts';
import { bestEffort } from './best-effort.ts';
import { type Dentry, NameNode } from './dentry.ts';
import { countNames, type NameCounts, trim } from './dentry-cache.ts';
import type { FileSystem } from './filesystem.ts';
import type { InodeWatch } from './notify.ts';

export class Mount {
  /** Unique in the namespace: mountinfo's first column, stx_mnt_id. */
  readonly id: number;
  readonly fs: FileSystem;
  /** Where the mount's tree starts in the file system: its root, or elsewhere for a bind mount. */
  readonly rootNode: NameNode;
  /** First column of /proc/mounts. */
  readonly source: string;
  /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOSYMFOLLOW, MS_NOATIME, MS_NODIRATIME, MS_RELATIME, MS_STRICTATIME; remount changes them. */
  flags: number;
  /** Options of the file system, as given to mount(2). */
  options: string;
  /** Where it is mounted, in the parent mount; undefined for the root of the namespace. */
  mountpoint: Dentry | undefined;
  /** umount2(MNT_EXPIRE) asked for it, and no path has led here since. */
  isExpiring = false;
  /** Mounts of one group see what is mounted in any of them; 0 for none: MS_SHARED. */
  peerGroup = 0;
  /** A group whose events come here, and not the other way; 0 for none: MS_SLAVE. */
  master = 0;
  /** MS_UNBINDABLE. */
  isUnbindable = false;
  /** Who is told of what is done through this mount; those of its file system too. */
  watches: Set<InodeWatch> | undefined;
  /** What is mounted in this mount, by mount point. */
  readonly children = new Map<NameNode, Mount>();

  constructor(
    id: number,
    fs: FileSystem,
    rootNode: NameNode,
    source: string,
    flags: number,
    options: string,
  ) {
    this.id = id;
    this.fs = fs;
    this.rootNode = rootNode;
    this.source = source;
    this.flags = flags;
    this.options = options;
    this.watches = fs.watches && new Set(fs.watches);
  }

  get root(): Dentry {
    return this.rootNode.within(this);
  }

  get parent(): Mount | undefined {
    return this.mountpoint?.mount;
  }

  get isReadOnly(): boolean {
    return (this.flags & MS_RDONLY) !== 0 || this.fs.isReadOnly;
  }

  /** Reads update no access time at all. */
  get isWithoutAccessTimes(): boolean {
    return this.isReadOnly || (this.flags & MS_NOATIME) !== 0;
  }

  /** Every read updates the access time, not only the first after a change. */
  get hasStrictAccessTimes(): boolean {
    return (this.flags & MS_STRICTATIME) !== 0;
  }
}

export class MountTable {
  /** In order of mounting: the order of /proc/mounts. */
  readonly mounts: Mount[] = [];
  /** Mounts of the tree's outside: made, and not attached yet (fsmount(2), open_tree(2)); those within them too. */
  private readonly floating = new Set<Mount>();
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
    return this.attach(this.make(fs, source, flags, options), at);
  }

  /** As mount, and mounted nowhere yet: attachFloating or dissolve decide what becomes of it. */
  mountFloating(fs: FileSystem, source: string, flags: number, options: string): Mount {
    const mount = this.make(fs, source, flags, options);
    this.floating.add(mount);
    return mount;
  }

  private make(fs: FileSystem, source: string, flags: number, options: string): Mount {
    let tree = this.trees.get(fs);
    if (tree === undefined) this.trees.set(fs, (tree = new NameNode(undefined, '/', fs.root)));
    if (fs.device === 0) fs.device = makeDevice(0, this.nextMinor++);
    return new Mount(this.nextId++, fs, tree, source, flags, options);
  }

  /** mount --bind: the tree below `from` appears at `at` too. */
  bind(from: Dentry, at: Dentry, isRecursive: boolean): Mount {
    if (from.mount.isUnbindable) throw fail(EINVAL, 'an unbindable mount');
    const copy = this.bindFloating(from, isRecursive);
    try {
      this.attachFloating(copy, at);
    } catch (error) {
      this.dissolve(copy);
      throw error;
    }
    return copy;
  }

  /** As bind, mounted nowhere yet. */
  bindFloating(from: Dentry, isRecursive: boolean): Mount {
    const { fs, source, flags, options } = from.mount;
    const copy = new Mount(this.nextId++, fs, from.node, source, flags, options);
    copy.peerGroup = from.mount.peerGroup;
    copy.master = from.mount.master;
    this.floating.add(copy);
    for (const [node, child] of isRecursive ? from.mount.children : []) {
      if (!isBelow(node, from.node) || child.isUnbindable) continue;
      const inner = this.bindFloating(child.root, true);
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
    this.settle(mount);
    this.propagate(mount, place);
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
    if (!this.isInUse(mount.fs)) this.letGo(mount.fs);
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
    if (place) this.propagate(mount, place);
    return mount;
  }

  private place(mount: Mount, at: Dentry): Dentry {
    const place = top(at);
    if (isDirectory(place) !== isDirectory(mount.root)) throw fail(ENOTDIR, 'mount point');
    mount.mountpoint = place;
    place.mount.children.set(place.node, mount);
    return place;
  }

  /** MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE for a mount, and with `isRecursive` for all within it. */
  setPropagation(mount: Mount, type: number, isRecursive: boolean): void {
    if (type === MS_SHARED) {
      if (mount.peerGroup === 0) mount.peerGroup = this.newGroup();
    } else {
      const { peerGroup } = mount;
      mount.peerGroup = 0;
      const hasPeers =
        peerGroup !== 0 && this.mounts.some((other) => other.peerGroup === peerGroup);
      // The last of a group hands its slaves to its own master.
      if (peerGroup !== 0 && !hasPeers)
        for (const slave of this.mounts)
          if (slave.master === peerGroup) slave.master = mount.master;
      if (type !== MS_SLAVE) mount.master = 0;
      else if (hasPeers) mount.master = peerGroup;
    }
    mount.isUnbindable = type === MS_UNBINDABLE;
    if (!isRecursive) return;
    for (const child of mount.children.values()) this.setPropagation(child, type, true);
  }

  /** The lowest number that no group has; `pending` are of mounts that are not in the tree yet. */
  private newGroup(pending: Iterable<number> = []): number {
    const used = new Set(pending);
    for (const mount of [...this.mounts, ...this.floating]) used.add(mount.peerGroup);
    let group = 1;
    while (used.has(group)) group++;
    return group;
  }

  /** The mounts that see what happens in `mount`: peers, slaves, and theirs. */
  private receivers(mount: Mount): Mount[] {
    const groups = new Set([mount.peerGroup]);
    const found = new Set<Mount>();
    for (const group of groups) {
      if (group === 0) continue;
      for (const other of this.mounts) {
        if (other.peerGroup !== group && other.master !== group) continue;
        found.add(other);
        groups.add(other.peerGroup);
      }
    }
    found.delete(mount);
    return [...found];
  }

  /** `mount` came to a place of a shared mount: it is shared too, and seen wherever that place is seen. */
  private propagate(mount: Mount, { node, mount: parent }: Dentry): void {
    if (parent.peerGroup === 0) return;
    const receivers = this.receivers(parent);
    this.shareTree(mount);
    /** Groups of copies, by the group that the copy's parent is in and the group of what it copies. */
    const groups = new Map<string, number>();
    for (const target of receivers) {
      if (!isBelow(node, target.rootNode)) continue;
      const copy = this.copyTree(
        mount,
        target.peerGroup === parent.peerGroup,
        target.peerGroup,
        groups,
      );
      const place = top(node.within(target));
      copy.mountpoint = place;
      place.mount.children.set(place.node, copy);
      this.settle(copy);
    }
  }

  private shareTree(mount: Mount): void {
    if (mount.peerGroup === 0) mount.peerGroup = this.newGroup();
    for (const child of mount.children.values()) this.shareTree(child);
  }

  /** A peer of each mount of a tree, or for a slave's place a slave, shared within the group of that. */
  private copyTree(
    mount: Mount,
    isPeer: boolean,
    group: number,
    groups: Map<string, number>,
  ): Mount {
    const { fs, rootNode, source, flags, options, peerGroup } = mount;
    const copy = new Mount(this.nextId++, fs, rootNode, source, flags, options);
    if (isPeer) {
      copy.peerGroup = peerGroup;
      copy.master = mount.master;
    } else {
      copy.master = peerGroup;
      const key = `${group}:${peerGroup}`;
      if (group !== 0 && !groups.has(key)) groups.set(key, this.newGroup(groups.values()));
      copy.peerGroup = groups.get(key) ?? 0;
    }
    for (const [node, child] of mount.children) {
      const inner = this.copyTree(child, isPeer, group, groups);
      inner.mountpoint = node.within(copy);
      copy.children.set(node, inner);
    }
    return copy;
  }

  /** The mounts that go with `mount`: what it was propagated to, where nothing is mounted within. */
  copiesOf(mount: Mount): Mount[] {
    const { mountpoint } = mount;
    if (mountpoint === undefined) return [];
    return this.receivers(mountpoint.mount).flatMap((target) => {
      const copy = target.children.get(mountpoint.node);
      const isCopy = copy?.fs === mount.fs && copy.rootNode === mount.rootNode;
      return isCopy && copy.children.size === 0 ? [copy] : [];
    });
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
    this.propagate(mount, place);
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
   * Take a mount out of the tree; the last mount of an instance also unmounts the instance. Whether a task still stands
   * in it is for the caller to check first. Throws EBUSY for the root of the namespace or when mounts are inside.
   */
  unmount(mount: Mount): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined || mount.children.size > 0) throw fail(EBUSY, 'umount');
    for (const gone of [...this.copiesOf(mount), mount]) {
      gone.mountpoint?.mount.children.delete(gone.mountpoint.node);
      this.forget(gone);
    }
    if (!this.isInUse(mount.fs)) this.letGo(mount.fs);
  }

  /** umount -l: the mount and all within it leave the tree; files still open there go on working. */
  detach(mount: Mount): void {
    const { mountpoint } = mount;
    if (mountpoint === undefined) throw fail(EBUSY, 'detach of the root');
    for (const child of [...mount.children.values()]) this.detach(child);
    for (const gone of [...this.copiesOf(mount), mount]) {
      gone.mountpoint?.mount.children.delete(gone.mountpoint.node);
      this.forget(gone);
    }
    if (!this.isInUse(mount.fs)) bestEffort(() => mount.fs.sync());
  }

  /** sync(2). */
  syncAll(): void {
    for (const fs of this.trees.keys()) bestEffort(() => fs.sync());
  }

  /** Those that are mounted, or still in use after a lazy umount. */
  instances(): Iterable<FileSystem> {
    return this.trees.keys();
  }

  /** Names in memory, over all file systems. */
  countNames(): NameCounts {
    const counts = { all: 0, unused: 0, negative: 0 };
    for (const root of this.trees.values()) countNames(root, counts);
    return counts;
  }

  /** Names that nobody uses are forgotten, absent ones too, and with them the inodes behind. */
  dropNames(): void {
    // The first round takes their second chance.
    for (const root of this.trees.values()) {
      trim(root);
      trim(root);
    }
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
    this.trees.delete(fs);
    fs.unmount();
  }
}

/** The place that is visible at `dentry`: the root of what is mounted there, of what is mounted on that, and so on. */
export function top(dentry: Dentry): Dentry {
  let place = dentry;
  for (;;) {
    const mount = place.mount.children.get(place.node);
    if (mount === undefined) return place;
    mount.isExpiring = false;
    place = mount.root;
  }
}

function isDirectory(dentry: Dentry): boolean {
  return (dentry.inode.mode & S_IFMT) === S_IFDIR;
}

function isBelow(node: NameNode, ancestor: NameNode): boolean {
  for (let up: NameNode | undefined = node; up !== undefined; up = up.parent) {
    if (up === ancestor) return true;
  }
  return false;
}
