/** Frames of the kernel's own that are mapped into processes: the vDSO. */
import type { FrameSource } from '../../fs/page-frames.ts';

export class SharedMemory {
  private readonly frames: FrameSource;
  private readonly pages = new Map<number, number>();
  /** VMAs that map it. */
  private references = 0;

  constructor(frames: FrameSource) {
    this.frames = frames;
  }

  /** Frame of page `index`, with a reference of this object's own. Throws ENOMEM. */
  getPage(index: number): number {
    let frame = this.pages.get(index);
    if (frame === undefined) this.pages.set(index, (frame = this.frames.allocate()));
    return frame;
  }

  hold(): void {
    this.references++;
  }

  drop(): void {
    if (--this.references > 0) return;
    for (const frame of this.pages.values()) this.frames.release(frame);
    this.pages.clear();
  }
}
