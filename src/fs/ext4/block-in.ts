/** Metadata blocks on their way from a slow disk. Whoever needs one sleeps, and then does all from its start. Linux: a locked buffer head. */
import { ENOMEM, fail, KernelError } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';
import { IoBatch } from '../io-batch.ts';
import { allocateIfFree, type FrameSource, PAGE_SIZE } from '../page-frames.ts';

/** Whom the blocks are for: BlockCache. */
interface Recipient {
  blocksArrived(blocks: BlockIn): void;
}

export class BlockIn extends IoBatch {
  readonly first: number;
  readonly count: number;
  private readonly recipient: Recipient;
  private readonly source: FrameSource;
  private readonly frames: number[] = [];

  constructor(recipient: Recipient, source: FrameSource, first: number, count: number) {
    super();
    this.recipient = recipient;
    this.source = source;
    this.first = first;
    this.count = count;
  }

  /** False without memory, or where it cannot be asked for. It may be done already. */
  begin(device: BlockDevice, blockSize: number): boolean {
    const { frames, source, first, count } = this;
    const bytes = blockSize * count;
    while (frames.length * PAGE_SIZE < bytes) {
      const frame = allocateIfFree(source);
      if (frame === undefined) break;
      frames.push(frame);
    }
    const isWhole = frames.length * PAGE_SIZE >= bytes && device.submit !== undefined;
    if (!isWhole) this.error = fail(ENOMEM, 'frames for metadata');
    // Not done before it has begun.
    this.pending++;
    try {
      if (isWhole) device.submit?.((first * blockSize) / 512, bytes / 512, frames, false, this);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.error = error;
    }
    this.transferDone(undefined);
    return this.error === undefined;
  }

  /** What arrived, in an array of its own. */
  content(blockSize: number): Uint8Array {
    const bytes = new Uint8Array(this.count * blockSize);
    this.frames.forEach((frame, i) => {
      const at = i * PAGE_SIZE;
      const left = Math.min(PAGE_SIZE, bytes.length - at);
      bytes.set(this.source.bytes(frame, 0, left), at);
    });
    return bytes;
  }

  protected override finished(): void {
    this.recipient.blocksArrived(this);
    for (const frame of this.frames.splice(0)) this.source.release(frame);
  }
}
