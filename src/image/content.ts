/** A regular file's bytes, wherever they lie: read in pieces, so that an image may be larger than the host's memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Content } from '../fs/populate.ts';
import { ImageSourceError } from './image-source-error.ts';

const CHUNK_BYTES = 64 * 1024;

export function bytesContent(bytes: Uint8Array): Content {
  return {
    size: bytes.length,
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
  };
}

/** A part of an open file: `size` bytes from `start` on. Reading throws ImageSourceError where the file has become shorter. */
export class FilePart implements Content {
  readonly size: number;
  private readonly descriptor: number;
  private readonly start: number;

  constructor(descriptor: number, start: number, size: number) {
    this.descriptor = descriptor;
    this.start = start;
    this.size = size;
  }

  read(offset: number, target: Uint8Array): void {
    readFully(this.descriptor, this.start + offset, target);
  }

  part(start: number, size: number): FilePart {
    return new FilePart(this.descriptor, this.start + start, size);
  }

  stream(): Readable {
    return Readable.from(this.chunks());
  }

  /** A ReadStream that is destroyed, as for damaged data, closes the descriptor whatever it was told. */
  private *chunks(): Generator<Uint8Array> {
    for (let at = 0; at < this.size; ) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, this.size - at));
      this.read(at, chunk);
      at += chunk.length;
      yield chunk;
    }
  }
}

/** A host's file that is opened for each read, since a tree may have more files than a process may have descriptors. */
export class HostFile implements Content {
  readonly size: number;
  private readonly path: string | Buffer;

  constructor(path: string | Buffer, size: number) {
    this.path = path;
    this.size = size;
  }

  read(offset: number, target: Uint8Array): void {
    const descriptor = openSync(this.path, 'r');
    try {
      readFully(descriptor, offset, target);
    } finally {
      closeSync(descriptor);
    }
  }
}

function readFully(descriptor: number, position: number, target: Uint8Array): void {
  for (let done = 0; done < target.length; ) {
    const count = readSync(descriptor, target, done, target.length - done, position + done);
    if (count === 0) throw new ImageSourceError('a file became shorter while it was read');
    done += count;
  }
}

/** All of it, for small things such as a manifest. Throws ImageSourceError above `limit` bytes. */
export function readAll(content: Content, limit = 64 * 2 ** 20): Uint8Array {
  if (content.size > limit)
    throw new ImageSourceError(`${content.size} bytes where few are expected`);
  const bytes = new Uint8Array(content.size);
  content.read(0, bytes);
  return bytes;
}
