/** Mappings in a row, in address order, of one or more address spaces: fork shares those that are alike on both sides. */
import type { FrameSource } from '../../fs/page-frames.ts';
import { attach, detach } from './inode-mappings.ts';
import {
  isBacked,
  isData,
  isExecutable,
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_HUGETLB,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_WIPEONFORK,
  type Vma,
} from './vma.ts';
import type { VmaTree } from './vma-tree.ts';

export const CHUNK_SHIFT = 6;
export const CHUNK_MAPPINGS = 1 << CHUNK_SHIFT;

/** Flags of mappings that a child has not, or has otherwise. */
const PARTICULAR = VM_DONTCOPY | VM_WIPEONFORK | VM_LOCKED | VM_LOCKONFAULT | VM_HUGETLB;

/** What fork and exit ask of mappings, so that they need not look at each. */
export interface VmaSummary {
  /** Bytes: mapped, and as MemoryCounters has them. */
  readonly mapped: number;
  readonly data: number;
  readonly stack: number;
  readonly executable: number;
  /** Counted as committed, and the most that one mapping has of that. */
  readonly accounted: number;
  readonly mostAccounted: number;
}

export const EMPTY_SUMMARY: VmaSummary = {
  mapped: 0,
  data: 0,
  stack: 0,
  executable: 0,
  accounted: 0,
  mostAccounted: 0,
};

export class VmaChunk {
  /** Never empty but while it is made. Those of a chunk that several address spaces have do not change. */
  readonly vmas: Vma[];
  readonly trees: Set<VmaTree>;
  /** Of the guest's memory, what it costs; none where it is the first of its space. */
  private readonly paid: readonly number[];
  private knownPlain: boolean | undefined;
  private knownShareable: boolean | undefined;
  private known: VmaSummary | undefined;

  constructor(tree: VmaTree, vmas: Vma[], paid: readonly number[]) {
    this.trees = new Set([tree]);
    this.vmas = vmas;
    this.paid = paid;
    for (const vma of vmas) vma.chunk = this;
  }

  get isFull(): boolean {
    return this.vmas.length >= CHUNK_MAPPINGS;
  }

  get isPaid(): boolean {
    return this.paid.length > 0;
  }

  get start(): number {
    return (this.vmas[0] as Vma).start;
  }

  get end(): number {
    return (this.vmas[this.vmas.length - 1] as Vma).end;
  }

  /** All are private anonymous memory that a child gets as it is. */
  get isPlain(): boolean {
    return (this.knownPlain ??= this.vmas.every(isPlain));
  }

  /** A child gets all of them as they are. */
  get isShareable(): boolean {
    return (this.knownShareable ??= !this.vmas.some(isParticular));
  }

  get summary(): VmaSummary {
    return (this.known ??= this.vmas.reduce(addVma, EMPTY_SUMMARY));
  }

  /** Its mappings are about to change. */
  touch(): void {
    this.knownPlain = undefined;
    this.knownShareable = undefined;
    this.known = undefined;
  }

  put(place: number, vma: Vma): void {
    const { vmas } = this;
    vma.chunk = this;
    vmas.push(vma);
    // As splice, which allocates.
    for (let at = vmas.length - 1; at > place; at--) vmas[at] = vmas[at - 1] as Vma;
    vmas[place] = vma;
  }

  take(place: number): void {
    const { vmas } = this;
    for (let at = place + 1; at < vmas.length; at++) vmas[at - 1] = vmas[at] as Vma;
    vmas.pop();
  }

  /** For `tree`, which leaves it to the others: the same mappings, which can change. */
  copy(tree: VmaTree, paid: readonly number[]): VmaChunk {
    const copies = this.vmas.map((vma) => ({ ...vma }));
    this.trees.delete(tree);
    const copy = new VmaChunk(tree, copies, paid);
    for (const vma of copies) attach(vma);
    return copy;
  }

  /** `tree` has it no more; with the last one goes what its mappings hold. */
  release(tree: VmaTree, frames: FrameSource): void {
    this.trees.delete(tree);
    if (this.trees.size > 0) return;
    for (const vma of this.vmas) detach(vma);
    this.free(frames);
  }

  /** Nothing is in it any more. */
  free(frames: FrameSource): void {
    for (const frame of this.paid) frames.release(frame);
  }
}

function addVma(sum: VmaSummary, vma: Vma): VmaSummary {
  const bytes = vma.end - vma.start;
  const accounted = (vma.flags & VM_ACCOUNT) === 0 ? 0 : bytes;
  return {
    mapped: sum.mapped + bytes,
    data: sum.data + (isData(vma) ? bytes : 0),
    stack: sum.stack + (vma.growsDown ? bytes : 0),
    executable: sum.executable + (isExecutable(vma) ? bytes : 0),
    accounted: sum.accounted + accounted,
    mostAccounted: Math.max(sum.mostAccounted, accounted),
  };
}

/** Of several chunks. */
export function addSummaries(sum: VmaSummary, more: VmaSummary): VmaSummary {
  return {
    mapped: sum.mapped + more.mapped,
    data: sum.data + more.data,
    stack: sum.stack + more.stack,
    executable: sum.executable + more.executable,
    accounted: sum.accounted + more.accounted,
    mostAccounted: Math.max(sum.mostAccounted, more.mostAccounted),
  };
}

/** Segments of System V count each process's mappings. */
function isParticular({ flags, file }: Vma): boolean {
  return (flags & PARTICULAR) !== 0 || file?.users !== undefined;
}

function isPlain(vma: Vma): boolean {
  return !vma.isShared && !isBacked(vma) && !isParticular(vma);
}
