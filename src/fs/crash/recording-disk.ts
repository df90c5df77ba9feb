/** A disk in memory that keeps in mind each write and flush, so that a power cut at any of them can be played. */
import { MemoryDisk } from '../memory-disk.ts';
import type { FrameSource } from '../page-frames.ts';

/** A request that changes what survives. */
export type Request =
  | { readonly kind: 'write'; readonly sector: number; readonly bytes: Uint8Array }
  | { readonly kind: 'flush' };

export class RecordingDisk extends MemoryDisk {
  /** From the start, or the last `forget`, on. */
  readonly requests: Request[] = [];
  /** What it held before the first of them. */
  readonly before: MemoryDisk;

  private readonly lies: boolean;

  /** `lies`: a flush is answered, and not done. */
  constructor(origin: MemoryDisk, frames: FrameSource, lies = false) {
    super(origin.name, origin.sectors * 512, frames);
    this.lies = lies;
    this.before = origin;
    for (const [at, bytes] of origin.content()) super.write(at / 512, bytes);
  }

  override write(sector: number, source: Uint8Array): void {
    super.write(sector, source);
    this.requests.push({ kind: 'write', sector, bytes: source.slice() });
  }

  override flush(): void {
    if (!this.lies) this.requests.push({ kind: 'flush' });
  }
}
