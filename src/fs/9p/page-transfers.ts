/** Moving pages of mapped 9p files between guest frames and the server. */
import { O_RDONLY, O_WRONLY } from '../../abi/fcntl.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { PAGE_SIZE } from '../page-frames.ts';
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
    const { context, client } = this.inode.fs;
    frames.forEach((frame, i) => {
      const buffer = new BytesBuffer(context.frames.bytes(frame));
      const offset = (first + i) * PAGE_SIZE;
      for (let done = 0; done < PAGE_SIZE; ) {
        const count = client.read(fid, buffer, done, offset + done);
        if (count === 0) break;
        done += count;
      }
    });
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
