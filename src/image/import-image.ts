/** A root image out of a folder, an archive or an OCI image. */
import { existsSync } from 'node:fs';
import { completeRoot } from './complete-root.ts';
import { ImageSourceError } from './image-source-error.ts';
import { Scratch } from './scratch.ts';
import { readSource, type Source } from './source.ts';
import { IMAGE_SECONDS, sizeFor, writeImage } from './write-image.ts';

export interface ImportOptions {
  /** Bytes of the file system; by default what the files need and 512 MiB more (the image is sparse). */
  readonly bytes?: number;
  /** Replace an image that exists. */
  readonly isReplacing?: boolean;
}

export interface ImportReport {
  readonly kind: Source['kind'];
  readonly files: number;
  /** Bytes of all the files. */
  readonly content: number;
  /** Bytes of the file system. */
  readonly bytes: number;
  /** What was added to the root, and what could not be kept. */
  readonly added: readonly string[];
  readonly notes: readonly string[];
}

/** Throws ImageSourceError. */
export function checkTarget(outFile: string, isReplacing: boolean): void {
  if (isReplacing || !existsSync(outFile)) return;
  throw new ImageSourceError(
    `'${outFile}' exists: name another file, or give --force to replace it`,
  );
}

/** Writes `outFile` from `source`. Throws ImageSourceError, and node's errors for a target that cannot be written. */
export async function importImage(
  source: string,
  outFile: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  checkTarget(outFile, options.isReplacing ?? false);
  const scratch = new Scratch();
  try {
    const { tree, kind, notes } = await readSource(source, scratch);
    const added = completeRoot(tree);
    const room = sizeFor(tree.entries());
    const bytes = options.bytes ?? room.bytes;
    writeImage(tree.entries(), outFile, { ...room, bytes, label: 'root', seconds: IMAGE_SECONDS });
    return { kind, files: room.files, content: room.content, bytes, added, notes };
  } finally {
    scratch.close();
  }
}
