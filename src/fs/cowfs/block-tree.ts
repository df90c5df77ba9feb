/**
 * A tree of pointers to the blocks of a file, 128 to a node. Nodes are never written over: what changes is in memory until `commit` writes it
 * elsewhere. A node that several trees share is copied at its first change, and what it points to has one pointer more then.
 */
import { EFBIG, EUCLEAN, fail } from '../../abi/errno.ts';
import {
  BLOCK_BYTES,
  decodePointer,
  encodePointer,
  POINTER_BYTES,
  POINTERS_PER_NODE,
  type Pointer,
} from './pointer.ts';
import type { Store } from './store.ts';

/** 128 to the fifth blocks: 128 TiB. */
export const MAX_HEIGHT = 5;

/** Also a row of the saved state. */
export class TreeNode {
  readonly slots: (Pointer | undefined)[];
  /** Nodes below that are in memory, by slot. */
  readonly children = new Map<number, TreeNode>();
  /** Differs from what is on the disk: nothing points to it there. */
  isDirty = false;

  constructor(slots: (Pointer | undefined)[]) {
    this.slots = slots;
  }
}

function emptyNode(): TreeNode {
  return new TreeNode(new Array<Pointer | undefined>(POINTERS_PER_NODE).fill(undefined));
}

export function readNode(store: Store, pointer: Pointer): TreeNode {
  const bytes = store.read(pointer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, BLOCK_BYTES);
  const slots: (Pointer | undefined)[] = [];
  for (let i = 0; i < POINTERS_PER_NODE; i++) slots.push(decodePointer(view, i * POINTER_BYTES));
  return new TreeNode(slots);
}

/** Blocks below a slot of a node `height` levels above the data. */
function spanOf(height: number): number {
  return POINTERS_PER_NODE ** (height - 1);
}

export class BlockTree {
  private readonly store: Store;
  /** Of the root as it is on the disk; undefined for none, or one that differs. */
  private pointer: Pointer | undefined;
  /** 0: the root is the only block. */
  height: number;
  private node: TreeNode | undefined;
  /** A block goes: what it points to itself goes with it. Left out where it is plain data. */
  releaseBlock: ((pointer: Pointer) => void) | undefined;

  constructor(store: Store, pointer: Pointer | undefined, height: number) {
    if (height > MAX_HEIGHT) throw fail(EUCLEAN, 'cowfs: height of a tree');
    this.store = store;
    this.pointer = pointer;
    this.height = height;
  }

  /** The root in memory; undefined for an empty tree. */
  private root(): TreeNode | undefined {
    if (this.node === undefined && this.pointer !== undefined)
      this.node = readNode(this.store, this.pointer);
    return this.node;
  }

  private child(node: TreeNode, slot: number): TreeNode | undefined {
    const known = node.children.get(slot);
    if (known !== undefined) return known;
    const pointer = node.slots[slot];
    if (pointer === undefined) return undefined;
    const read = readNode(this.store, pointer);
    node.children.set(slot, read);
    return read;
  }

  /** Where block `index` is; undefined for a hole. Throws EIO. */
  get(index: number): Pointer | undefined {
    if (index >= POINTERS_PER_NODE ** this.height) return undefined;
    if (this.height === 0) return this.pointer;
    let node = this.root();
    for (let height = this.height; node !== undefined; height--) {
      const slot = Math.floor(index / spanOf(height)) % POINTERS_PER_NODE;
      if (height === 1) return node.slots[slot];
      node = this.child(node, slot);
    }
    return undefined;
  }

  /** The first block at or behind `index` that is there. Throws EIO. */
  next(index: number): number | undefined {
    if (this.height === 0) return index === 0 && this.pointer !== undefined ? 0 : undefined;
    const root = this.root();
    return root && this.nextIn(root, this.height, 0, index);
  }

  private nextIn(node: TreeNode, height: number, base: number, from: number): number | undefined {
    const span = spanOf(height);
    for (
      let slot = Math.max(0, Math.floor((from - base) / span));
      slot < POINTERS_PER_NODE;
      slot++
    ) {
      const start = base + slot * span;
      if (height === 1) {
        if (node.slots[slot] !== undefined) return start;
        continue;
      }
      const below = this.child(node, slot);
      const found = below && this.nextIn(below, height - 1, start, from);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The node may change from now on. `pointer`: to what it was read from. */
  private own(node: TreeNode, pointer: Pointer | undefined): void {
    if (node.isDirty) return;
    node.isDirty = true;
    if (pointer === undefined) return;
    if (this.store.isShared(pointer))
      for (const slot of node.slots) if (slot) this.store.retain(slot);
    this.store.release(pointer);
  }

  private ownRoot(): TreeNode {
    const root = this.root() ?? emptyNode();
    this.node = root;
    this.own(root, this.pointer);
    this.pointer = undefined;
    return root;
  }

  private ownChild(node: TreeNode, slot: number): TreeNode {
    const child = this.child(node, slot) ?? emptyNode();
    node.children.set(slot, child);
    this.own(child, node.slots[slot]);
    node.slots[slot] = undefined;
    return child;
  }

  private grow(): void {
    if (this.height === MAX_HEIGHT) throw fail(EFBIG, 'cowfs: file');
    const above = emptyNode();
    const { node, pointer } = this;
    above.isDirty = true;
    if (this.height === 0 || node === undefined || !node.isDirty) above.slots[0] = pointer;
    if (this.height > 0 && node !== undefined) above.children.set(0, node);
    this.node = above;
    this.pointer = undefined;
    this.height++;
  }

  /** The node above block `index`, to be changed, and the slot in it. Throws EFBIG, EIO. */
  private leaf(index: number): { node: TreeNode; slot: number } {
    let node = this.ownRoot();
    for (let height = this.height; height > 1; height--) {
      const slot = Math.floor(index / spanOf(height)) % POINTERS_PER_NODE;
      node = this.ownChild(node, slot);
    }
    return { node, slot: index % POINTERS_PER_NODE };
  }

  /** Everything above block `index` is this tree's own. Throws EFBIG, EIO. */
  reach(index: number): void {
    while (index >= POINTERS_PER_NODE ** this.height) this.grow();
    if (this.height > 0) this.leaf(index);
  }

  /** Block `index` is there from now on. The pointer counts already; what was there is the caller's. Throws EFBIG, EIO. */
  set(index: number, pointer: Pointer | undefined): void {
    while (index >= POINTERS_PER_NODE ** this.height) this.grow();
    if (this.height === 0) {
      this.pointer = pointer;
      return;
    }
    const { node, slot } = this.leaf(index);
    node.slots[slot] = pointer;
  }

  /** As set; what was there is released. */
  replace(index: number, pointer: Pointer | undefined): void {
    this.reach(index);
    const before = this.get(index);
    this.set(index, pointer);
    if (before !== undefined) this.store.release(before);
  }

  /** Blocks from `from` on are released. Throws EIO. */
  cut(from: number): void {
    if (from === 0) {
      this.releaseAll();
      return;
    }
    if (this.height === 0 || (this.pointer === undefined && this.node === undefined)) return;
    if (this.next(from) === undefined) return;
    this.cutIn(this.ownRoot(), this.height, 0, from);
  }

  private cutIn(node: TreeNode, height: number, base: number, from: number): void {
    const span = spanOf(height);
    for (let slot = 0; slot < POINTERS_PER_NODE; slot++) {
      const start = base + slot * span;
      if (start + span <= from) continue;
      if (start >= from) this.releaseSlot(node, slot, height);
      else if (node.slots[slot] !== undefined || node.children.has(slot))
        this.cutIn(this.ownChild(node, slot), height - 1, start, from);
    }
  }

  private releaseSlot(node: TreeNode, slot: number, height: number): void {
    const child = node.children.get(slot);
    const pointer = node.slots[slot];
    node.children.delete(slot);
    node.slots[slot] = undefined;
    if (child?.isDirty) this.releaseNode(child, height - 1);
    else if (pointer !== undefined) this.releaseTree(pointer, height - 1);
  }

  /** Of a node that is nowhere on the disk. */
  private releaseNode(node: TreeNode, height: number): void {
    for (let slot = 0; slot < POINTERS_PER_NODE; slot++) this.releaseSlot(node, slot, height);
  }

  /** A pointer to a whole tree is gone. */
  private releaseTree(pointer: Pointer, height: number): void {
    const isLast = !this.store.isShared(pointer);
    if (isLast && height > 0) this.releaseNode(readNode(this.store, pointer), height);
    else if (isLast) this.releaseBlock?.(pointer);
    this.store.release(pointer);
  }

  releaseAll(): void {
    const { node, pointer, height } = this;
    this.node = undefined;
    this.pointer = undefined;
    this.height = 0;
    if (node?.isDirty) this.releaseNode(node, height);
    else if (pointer !== undefined) this.releaseTree(pointer, height);
  }

  /** What changed is on the disk afterwards; the pointer to the root. Throws ENOSPC, EIO. */
  commit(): Pointer | undefined {
    if (this.node?.isDirty) this.pointer = this.write(this.node);
    return this.pointer;
  }

  private write(node: TreeNode): Pointer | undefined {
    for (const [slot, child] of node.children) {
      if (child.isDirty) node.slots[slot] = this.write(child);
    }
    if (node.slots.every((slot) => slot === undefined)) {
      node.isDirty = false;
      return undefined;
    }
    const bytes = new Uint8Array(BLOCK_BYTES);
    const view = new DataView(bytes.buffer);
    node.slots.forEach((slot, i) => {
      encodePointer(view, i * POINTER_BYTES, slot);
    });
    const pointer = this.store.writeMetadata(bytes);
    node.isDirty = false;
    return pointer;
  }

  /** Forget nodes that can be read again. */
  shrink(): void {
    if (this.node !== undefined && !this.node.isDirty) this.node = undefined;
  }
}
