/** Moving pages of mapped 9p files between guest frames and the server. */
import { O_RDONLY, O_WRONLY } from '../../abi/fcntl.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { PAGE_SIZE, withinPage } from '../page-frames.ts';
import type { NinePInode } from './ninep-inode.ts';

/** Uses the fid of an open file, or opens one for each direction when it is first needed. */
export class PageTransfers {
  private readonly inode: NinePInode;
  private readFid: number | undefined;
  private writeFid: number | undefined;

  constructor(inode: NinePInode) {
    this.inode = inode;
  }

  /** Fill zeroed frames; what lies behind the end of file stays zero. */
  fill(first: number, frames: readonly number[]): void {
    const fid = this.inode.findOpened(O_RDONLY) ?? (this.readFid ??= this.inode.openFid(O_RDONLY));
    const start = first * PAGE_SIZE;
    const length = frames.length * PAGE_SIZE;
    for (let done = 0; done < length; ) {
      const count =
        this.readWhole(fid, frames, start, done) || this.readPart(fid, frames, start, done);
      done += count;
      if (count === 0 || start + done >= this.inode.size) break;
    }
  }

  /** Bytes read into whole pages with one message; 0 inside a page, and where that cannot be done. */
  private readWhole(fid: number, frames: readonly number[], start: number, done: number): number {
    if (withinPage(done) !== 0) return 0;
    return this.inode.fs.client.readPages(fid, frames.slice(done / PAGE_SIZE), start + done);
  }

  /** Bytes read into one page. */
  private readPart(fid: number, frames: readonly number[], start: number, done: number): number {
    const { context, client } = this.inode.fs;
    const within = withinPage(done);
    const frame = frames[(done - within) / PAGE_SIZE] as number;
    return client.read(fid, new BytesBuffer(context.frames.bytes(frame)), within, start + done);
  }

  /** Writes no further than the end of file. */
  write(first: number, frames: readonly number[]): void {
    const fid = this.inode.findOpened(O_WRONLY) ?? (this.writeFid ??= this.inode.openFid(O_WRONLY));
    const { context, client } = this.inode.fs;
    frames.forEach((frame, i) => {
      const offset = (first + i) * PAGE_SIZE;
      const length = Math.min(PAGE_SIZE, this.inode.size - offset);
      if (length <= 0) return;
      const buffer = new BytesBuffer(context.frames.bytes(frame).subarray(0, length));
      for (let done = 0; done < length; ) {
        done += client.write(fid, buffer, done, offset + done);
      }
    });
  }

  close(): void {
    for (const fid of [this.readFid, this.writeFid]) {
      if (fid !== undefined) this.inode.fs.client.clunk(fid);
    }
    this.readFid = undefined;
    this.writeFid = undefined;
  }
}
