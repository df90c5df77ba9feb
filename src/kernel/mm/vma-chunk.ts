/** Mappings in a row, in address order, of one or more address spaces: fork shares those that are alike on both sides. */
import type { FrameSource } from '../../fs/page-frames.ts';
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

export const CHUNK_SHIFT = 6;
export const CHUNK_MAPPINGS = 1 << CHUNK_SHIFT;

/** Flags of mappings that a child has not, or has otherwise. */
const PARTICULAR = VM_DONTCOPY | VM_WIPEONFORK | VM_LOCKED | VM_LOCKONFAULT | VM_HUGETLB;

/** What fork and exit ask of the mappings of a plain chunk, so that they need not look at each. */
export interface ChunkSummary {
  /** Bytes: mapped, and as MemoryCounters has them. */
  readonly mapped: number;
  readonly data: number;
  readonly executable: number;
  /** Counted as committed, and the most that one mapping has of that. */
  readonly accounted: number;
  readonly mostAccounted: number;
}

const EMPTY: ChunkSummary = {
  mapped: 0,
  data: 0,
  executable: 0,
  accounted: 0,
  mostAccounted: 0,
};

export class VmaChunk {
  /** Never empty but while it is made. Those of a chunk of several sets do not change. */
  readonly vmas: Vma[];
  /** Sets that have it. */
  sets = 1;
  /** Of the guest's memory, what it costs. */
  private readonly frame: number | undefined;
  private knownPlain: boolean | undefined;
  private known: ChunkSummary | undefined;

  constructor(vmas: Vma[], frame: number | undefined) {
    this.vmas = vmas;
    this.frame = frame;
  }

  get isFull(): boolean {
    return this.vmas.length >= CHUNK_MAPPINGS;
  }

  get isPaid(): boolean {
    return this.frame !== undefined;
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

  get summary(): ChunkSummary {
    return (this.known ??= this.vmas.reduce(addTo, EMPTY));
  }

  /** Its mappings are about to change. */
  touch(): void {
    this.knownPlain = undefined;
    this.known = undefined;
  }

  /** A set has it no more. */
  release(frames: FrameSource): void {
    if (--this.sets === 0 && this.frame !== undefined) frames.release(this.frame);
  }
}

function addTo(sum: ChunkSummary, vma: Vma): ChunkSummary {
  const bytes = vma.end - vma.start;
  const accounted = (vma.flags & VM_ACCOUNT) === 0 ? 0 : bytes;
  return {
    mapped: sum.mapped + bytes,
    data: sum.data + (isData(vma) ? bytes : 0),
    executable: sum.executable + (isExecutable(vma) ? bytes : 0),
    accounted: sum.accounted + accounted,
    mostAccounted: Math.max(sum.mostAccounted, accounted),
  };
}

function isPlain(vma: Vma): boolean {
  return !vma.isShared && !vma.growsDown && !isBacked(vma) && (vma.flags & PARTICULAR) === 0;
}
