/** Compressed archives: expanded into a file of their own, since an archive is read out of order. */
import { createWriteStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { XzReadableStream } from 'xz-decompress';
import type { FilePart } from './content.ts';
import { ImageSourceError } from './image-source-error.ts';
import type { Scratch } from './scratch.ts';

/** A stage of a pipeline. */
type Expander = Transform | ((source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>);

interface Format {
  readonly name: string;
  readonly magic: readonly number[];
  /** Absent where neither Node nor a package of ours can. */
  readonly expander?: () => Expander;
}

async function* expandXz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new XzReadableStream(ReadableStream.from(source)).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

const FORMATS: readonly Format[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], expander: createGunzip },
  {
    name: 'zstd',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    // Node has it from 22.15 on.
    ...(typeof createZstdDecompress === 'function' ? { expander: createZstdDecompress } : {}),
  },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], expander: () => expandXz },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
];

/** `content` itself, or what is compressed in it. Throws ImageSourceError for damaged data and for unknown formats. */
export async function expand(content: FilePart, name: string, scratch: Scratch): Promise<FilePart> {
  const start = new Uint8Array(Math.min(6, content.size));
  content.read(0, start);
  const format = FORMATS.find(({ magic }) => magic.every((byte, at) => start[at] === byte));
  if (!format) return content;
  if (!format.expander) {
    throw new ImageSourceError(
      `${name} is compressed with ${format.name}, which this Node cannot expand: expand it first`,
    );
  }
  const file = scratch.path();
  try {
    await pipeline(content.stream(), format.expander(), createWriteStream(file));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC')
      throw new ImageSourceError(`no room to expand ${name} in the folder for temporary files`, {
        cause,
      });
    throw new ImageSourceError(`${name}: the ${format.name} data is damaged: ${message}`, {
      cause,
    });
  }
  return scratch.open(file);
}
