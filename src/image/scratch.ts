/** Files that are needed while an image is made, in a folder that goes with them. */
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilePart } from './content.ts';

export class Scratch {
  private folder: string | undefined;
  private count = 0;
  private readonly descriptors: number[] = [];

  /** A path that no file has yet. */
  path(): string {
    this.folder ??= mkdtempSync(join(tmpdir(), 'hartix-image-'));
    return join(this.folder, String(this.count++));
  }

  /** The file stays open until close(). Throws node's errors. */
  open(path: string): FilePart {
    const descriptor = openSync(path, 'r');
    this.descriptors.push(descriptor);
    return new FilePart(descriptor, 0, fstatSync(descriptor).size);
  }

  close(): void {
    for (const descriptor of this.descriptors) closeSync(descriptor);
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
