/** All mappings of one or more address spaces: fork shares them as a whole until one side changes something. */
import type { FrameSource } from '../../fs/page-frames.ts';
import type { AddressSpace } from './address-space.ts';
import { addSummaries, EMPTY_SUMMARY, type VmaChunk, type VmaSummary } from './vma-chunk.ts';

export class VmaTree {
  /** Mappings. */
  count = 0;
  /** Ascending, none empty. */
  readonly chunks: VmaChunk[] = [];
  readonly spaces = new Set<AddressSpace>();
  private knownShareable: boolean | undefined;
  private known: VmaSummary | undefined;

  /** A child gets all of them as they are. */
  get isShareable(): boolean {
    return (this.knownShareable ??= this.chunks.every((chunk) => chunk.isShareable));
  }

  get summary(): VmaSummary {
    return (this.known ??= this.chunks
      .map(({ summary }) => summary)
      .reduce(addSummaries, EMPTY_SUMMARY));
  }

  /** Its chunks, or one of them, are about to change. */
  touch(): void {
    this.knownShareable = undefined;
    this.known = undefined;
  }

  /** Put behind all others what another tree has, too. */
  share(chunk: VmaChunk): void {
    this.touch();
    chunk.trees.add(this);
    this.chunks.push(chunk);
    this.count += chunk.vmas.length;
  }

  /** For `space`, which leaves it to the others. */
  split(space: AddressSpace): VmaTree {
    const copy = new VmaTree();
    for (const chunk of this.chunks) copy.share(chunk);
    this.spaces.delete(space);
    copy.spaces.add(space);
    return copy;
  }

  /** `space` has it no more; with the last one go its mappings. */
  release(space: AddressSpace, frames: FrameSource): void {
    this.spaces.delete(space);
    if (this.spaces.size > 0) return;
    for (const chunk of this.chunks) chunk.release(this, frames);
  }
}
