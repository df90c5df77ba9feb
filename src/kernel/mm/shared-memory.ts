/** Frames of a MAP_SHARED | MAP_ANONYMOUS mapping, common to all processes that inherited it. Linux: shmem's /dev/zero file. */
import type { FrameSource } from '../../fs/page-frames.ts';

export class SharedMemory {
  /** Names it in /proc/<pid>/maps: its inode number. */
  readonly id: number;
  private readonly frames: FrameSource;
  private readonly pages = new Map<number, number>();
  /** VMAs that map it. */
  private references = 0;

  constructor(id: number, frames: FrameSource) {
    this.id = id;
    this.frames = frames;
  }

  /** Frame of page `index`, with a reference of this object's own. Throws ENOMEM. */
  getPage(index: number): number {
    let frame = this.pages.get(index);
    if (frame === undefined) this.pages.set(index, (frame = this.frames.allocate()));
    return frame;
  }

  hasPage(index: number): boolean {
    return this.pages.has(index);
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
