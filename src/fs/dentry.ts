/** A name in a directory, resolved: the nodes of the dentry cache. Linux: struct dentry, and struct path with its mount. */
import { panic } from '../lib/panic.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import type { NameCache } from './name-cache.ts';

/**
 * A name within a file system, shared by all mounts of it. A node without inode is negative: the name is known not to
 * exist. A removed name's node is detached (isDeleted) and keeps its inode for those who still stand there.
 */
export class NameNode {
  /** Undefined for the file system's root. */
  parent: NameNode | undefined;
  name: string;
  inode: Inode | undefined;
  isDeleted = false;
  /** Looked up since the cache was last trimmed. */
  isRecent = true;
  /** Where it counts; undefined for what nobody looks for. */
  cache: NameCache | undefined;
  /** Cached children by name; created on first use. */
  children: Map<string, NameNode> | undefined;
  /** How many mounts are mounted on this name, in all places where it is seen. */
  mountCount = 0;
  /** This node as seen in the mount that it was first seen in; nearly always there is no other (Mount.places). */
  private place: Dentry | undefined = undefined;

  constructor(parent: NameNode | undefined, name: string, inode: Inode | undefined) {
    this.parent = parent;
    this.cache = parent?.cache;
    this.name = name;
    this.inode = inode;
  }

  /** The one dentry of this node in `mount`. */
  within(mount: Mount): Dentry {
    const { place } = this;
    if (place !== undefined && place.mount === mount) return place;
    if (this === mount.rootNode) return mount.root;
    if (place === undefined) return (this.place = new Dentry(mount, this));
    const places = (mount.places ??= new WeakMap());
    let other = places.get(this);
    if (other === undefined) places.set(this, (other = new Dentry(mount, this)));
    return other;
  }

  /** Something is mounted on this name in some namespace. */
  get isMountPoint(): boolean {
    return this.mountCount > 0;
  }
}

/** A place in the tree: a name in a mount. Made by NameNode.within and Mount only, so that a place is one object. */
export class Dentry {
  readonly mount: Mount;
  readonly node: NameNode;

  constructor(mount: Mount, node: NameNode) {
    this.mount = mount;
    this.node = node;
  }

  get inode(): Inode {
    return this.node.inode ?? panic(`dentry of the negative name ${this.node.name}`);
  }

  /** Within the mount; undefined for the mount's root. Renames change it. */
  get parent(): Dentry | undefined {
    if (this.node === this.mount.rootNode) return undefined;
    return this.node.parent?.within(this.mount);
  }

  get name(): string {
    return this.node.name;
  }

  /** The name was removed: paths show " (deleted)". */
  get isDeleted(): boolean {
    return this.node.isDeleted;
  }
}

/** Whether `node` is `ancestor`, or in the tree below it. */
export function isBelow(node: NameNode, ancestor: NameNode): boolean {
  for (let up: NameNode | undefined = node; up !== undefined; up = up.parent) {
    if (up === ancestor) return true;
  }
  return false;
}
