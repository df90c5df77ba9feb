/** The inodes of a version: blocks of records under a tree, which a snapshot shares with the live version until they change. */
import { EUCLEAN, fail } from '../../abi/errno.ts';
import { BlockTree, MAX_HEIGHT, readNode } from './block-tree.ts';
import { decodeInode, encodeInode, type InodeRecord, RECORDS_PER_BLOCK } from './inode-record.ts';
import { BLOCK_BYTES, type Pointer } from './pointer.ts';
import type { Store } from './store.ts';
import type { TreeRoot } from './superblock.ts';

export const ROOT_INO = 1;

function recordsIn(block: Uint8Array): (InodeRecord | undefined)[] {
  return Array.from({ length: RECORDS_PER_BLOCK }, (_, i) => decodeInode(block, i));
}

/** The pointers that a record has go. */
function releaseRecord(store: Store, record: InodeRecord): void {
  new BlockTree(store, record.root, record.height).releaseAll();
  if (record.attributes !== undefined) store.release(record.attributes);
}

/** A tree of inodes of which nobody has anything in memory goes. */
export function releaseVersion(store: Store, { pointer, height }: TreeRoot): void {
  const tree = new BlockTree(store, pointer, height);
  tree.releaseBlock = (block) => {
    for (const record of recordsIn(store.read(block))) if (record) releaseRecord(store, record);
  };
  tree.releaseAll();
}

export class CowInodeTable {
  private readonly store: Store;
  private readonly tree: BlockTree;
  /** Blocks that differ from the disk, by index: nothing points to them there. */
  private readonly blocks = new Map<number, Uint8Array>();
  nextIno: number;
  /** Numbers below nextIno that nobody has. */
  readonly free: number[] = [];

  constructor(store: Store, { pointer, height, nextIno }: TreeRoot) {
    this.store = store;
    this.tree = new BlockTree(store, pointer, height);
    this.nextIno = Math.max(nextIno, ROOT_INO);
  }

  /** The record of an inode; undefined for a free one. Throws EIO. */
  read(ino: number): InodeRecord | undefined {
    const index = Math.floor(ino / RECORDS_PER_BLOCK);
    const block = this.blocks.get(index) ?? this.stored(index);
    return block && decodeInode(block, ino % RECORDS_PER_BLOCK);
  }

  private stored(index: number): Uint8Array | undefined {
    const pointer = this.tree.get(index);
    return pointer && this.store.read(pointer);
  }

  /** Call before anything that the inode has on the disk changes: no snapshot shares its record then. Throws EIO. */
  own(ino: number): void {
    const index = Math.floor(ino / RECORDS_PER_BLOCK);
    if (this.blocks.has(index)) return;
    this.tree.reach(index);
    const pointer = this.tree.get(index);
    const block = pointer ? this.store.read(pointer) : new Uint8Array(BLOCK_BYTES);
    this.blocks.set(index, block);
    if (pointer === undefined) return;
    if (this.store.isShared(pointer)) {
      for (const record of recordsIn(block)) {
        if (record?.root) this.store.retain(record.root);
        if (record?.attributes) this.store.retain(record.attributes);
      }
    }
    this.store.release(pointer);
    this.tree.set(index, undefined);
  }

  /** Its record from the next commit on; undefined: it is free. The inode is owned. */
  write(ino: number, record: InodeRecord | undefined): void {
    this.own(ino);
    const block = this.blocks.get(Math.floor(ino / RECORDS_PER_BLOCK));
    if (block !== undefined) encodeInode(block, ino % RECORDS_PER_BLOCK, record);
  }

  allocate(): number {
    return this.free.pop() ?? this.nextIno++;
  }

  /** Throws ENOSPC, EIO. */
  commit(): TreeRoot {
    for (const [index, block] of this.blocks) {
      const isEmpty = block.every((byte) => byte === 0);
      this.tree.set(index, isEmpty ? undefined : this.store.writeMetadata(block));
      this.blocks.delete(index);
    }
    return { pointer: this.tree.commit(), height: this.tree.height, nextIno: this.nextIno };
  }

  shrink(): void {
    this.tree.shrink();
  }
}

/** Counts what the trees of all versions point to, while the file system is mounted: each node is looked at once. */
export class Census {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  private tree(pointer: Pointer, height: number, visit: (block: Pointer) => void): void {
    if (height > MAX_HEIGHT) throw fail(EUCLEAN, 'cowfs: height of a tree');
    if (height === 0) {
      visit(pointer);
      return;
    }
    if (!this.store.found(pointer, false)) return;
    for (const slot of readNode(this.store, pointer).slots)
      if (slot !== undefined) this.tree(slot, height - 1, visit);
  }

  /** Throws EUCLEAN, EIO. */
  version({ pointer, height }: TreeRoot): void {
    if (pointer === undefined) return;
    this.tree(pointer, height, (block) => {
      if (!this.store.found(block, false)) return;
      for (const record of recordsIn(this.store.read(block))) if (record) this.record(record);
    });
  }

  private record({ root, height, attributes }: InodeRecord): void {
    if (root !== undefined) this.tree(root, height, (block) => this.store.found(block, true));
    if (attributes !== undefined) this.store.found(attributes, false);
  }
}

/** Numbers of the inodes in use, in order. Throws EIO. */
export function* inodesOf(
  store: Store,
  { pointer, height }: TreeRoot,
): Generator<[number, InodeRecord]> {
  const tree = new BlockTree(store, pointer, height);
  for (let index = tree.next(0); index !== undefined; index = tree.next(index + 1)) {
    const block = tree.get(index);
    if (block === undefined) continue;
    for (const [i, record] of recordsIn(store.read(block)).entries())
      if (record !== undefined) yield [index * RECORDS_PER_BLOCK + i, record];
  }
}
