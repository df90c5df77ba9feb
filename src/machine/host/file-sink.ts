/** A file of the host that bytes are appended to. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ByteSink } from '../device.ts';

export class FileSink implements ByteSink {
  private readonly descriptor: number;

  /** Creates or empties `path`; throws node's error where that fails. */
  constructor(path: string) {
    this.descriptor = openSync(path, 'w');
  }

  /** Takes all. Throws node's error, for example where the disk is full. */
  write(bytes: Uint8Array): number {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.descriptor, bytes, done, bytes.length - done);
    }
    return bytes.length;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
