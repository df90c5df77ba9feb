/** A mount, and the places that mounts make. Linux: struct mount. */
import { MS_NOATIME, MS_RDONLY, MS_STRICTATIME } from '../abi/mount.ts';
import { Dentry, type NameNode } from './dentry.ts';
import type { FileSystem } from './filesystem.ts';
import type { InodeWatch } from './notify.ts';

export class Mount {
  /** Unique in the namespace: mountinfo's first column, stx_mnt_id. */
  readonly id: number;
  readonly fs: FileSystem;
  /** Where the mount's tree starts in the file system: its root, or elsewhere for a bind mount. */
  readonly rootNode: NameNode;
  readonly root: Dentry;
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
  /** Places in this mount of names that were seen in another one before. A mount that is gone takes them along. */
  places: WeakMap<NameNode, Dentry> | undefined;
  /** It was unmounted, or nobody can attach it any more; somebody may still stand in it. */
  isGone = false;
  /** Shared by mounts of which each is mounted on the root of the one before: the last of them. */
  stack: { top: Mount } = { top: this };

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
    this.root = new Dentry(this, rootNode);
    this.source = source;
    this.flags = flags;
    this.options = options;
    this.watches = fs.watches && new Set(fs.watches);
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

/**
 * The place that is visible at `dentry`: the root of what is mounted there, of what is mounted on that, and so on, in one step
 * however many they are.
 */
export function top(dentry: Dentry): Dentry {
  const mount = dentry.mount.children.get(dentry.node);
  if (mount === undefined) return dentry;
  const highest = mount.stack.top;
  highest.isExpiring = false;
  return highest.root;
}

/** `mount`, which is mounted nowhere, is mounted at `place`, where nothing is. */
export function putOn(mount: Mount, place: Dentry): void {
  const { mount: parent, node } = place;
  mount.mountpoint = place;
  parent.children.set(node, mount);
  node.mountCount++;
  if (node === parent.rootNode) restack(mount, parent.stack);
}

/** `mount` is mounted nowhere any more; what is mounted within it stays there. */
export function takeOff(mount: Mount): void {
  const { mountpoint } = mount;
  if (mountpoint === undefined) return;
  const { mount: parent, node } = mountpoint;
  mount.mountpoint = undefined;
  parent.children.delete(node);
  node.mountCount--;
  if (node !== parent.rootNode) return;
  parent.stack.top = parent;
  restack(mount, { top: mount });
}

/** `mount` and those on its root belong to `stack`, as its last. */
function restack(mount: Mount, stack: { top: Mount }): void {
  for (let up: Mount | undefined = mount; up !== undefined; up = up.children.get(up.rootNode)) {
    up.stack = stack;
    stack.top = up;
  }
}

/** `mount`, then all within it. A tree may be deeper than JavaScript's stack. */
export function* withAllWithin(mount: Mount): Generator<Mount> {
  const todo = [mount];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    yield next;
    for (const child of [...next.children.values()].reverse()) todo.push(child);
  }
}
