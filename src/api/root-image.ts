/** The root that a machine boots from: the package's image, the user's, or one that is made for the run. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleFile } from './bundle.ts';
import { OptionError } from './errors.ts';

export interface RootImage {
  readonly path: string;
  /** Not made by Hartix: it has no init that knows this kernel. */
  readonly isForeign: boolean;
  /** To be called when the machine has opened it, or was not started. */
  dispose(): void;
  /** Made for the run: its file goes when the machine has opened it. */
  readonly isPassing: boolean;
}

export const SHIPPED_IMAGE = bundleFile('rootfs.img');
/** The ext2 superblock, and two fields in it. Poirier, section 3.1. */
const SUPERBLOCK_OFFSET = 1024;
const SUPERBLOCK_BYTES = 1024;
const MAGIC_OFFSET = 56;
const LABEL_OFFSET = 120;
const LABEL_BYTES = 16;
/** What `hartix image build` writes, as does the build of the package. */
const OWN_LABEL = 'hartix';

function nothing(): void {
  return;
}

function readSuperblock(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(SUPERBLOCK_BYTES);
    const count = readSync(descriptor, bytes, 0, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET);
    return bytes.subarray(0, count);
  } finally {
    closeSync(descriptor);
  }
}

/** The label of the ext2 image at `path`; undefined if it is none. */
function labelOf(path: string): string | undefined {
  const superblock = readSuperblock(path);
  if (superblock.length < SUPERBLOCK_BYTES || superblock.readUInt16LE(MAGIC_OFFSET) !== 0xef53) {
    return undefined;
  }
  const label = superblock.subarray(LABEL_OFFSET, LABEL_OFFSET + LABEL_BYTES);
  return label.toString('latin1').replace(/\0.*$/s, '');
}

/** An image that goes when the machine has opened it. */
async function makeImage(source: string): Promise<RootImage> {
  const [{ importImage }, { ImageSourceError }] = await Promise.all([
    import('../image/import-image.ts'),
    import('../image/image-source-error.ts'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'hartix-root-'));
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, 'root.img');
  try {
    await importImage(source, path);
    return { path, isForeign: true, dispose, isPassing: true };
  } catch (cause) {
    dispose();
    if (!(cause instanceof ImageSourceError)) throw cause;
    const hint = statSync(source).isFile() ? '; it is no ext2 image either' : '';
    throw new OptionError(`rootfs: ${cause.message}${hint}`, { cause });
  }
}

/** Throws OptionError with one line that says what to do. */
export async function openRootImage(rootfs: string | undefined): Promise<RootImage> {
  const path = rootfs === undefined ? SHIPPED_IMAGE : resolve(rootfs);
  try {
    const label = statSync(path).isDirectory() ? undefined : labelOf(path);
    if (label !== undefined)
      return { path, isForeign: label !== OWN_LABEL, dispose: nothing, isPassing: false };
  } catch (cause) {
    throw new OptionError(
      rootfs === undefined
        ? `rootfs: the image '${path}' is missing; run: npm run build`
        : `rootfs: cannot read '${path}'`,
      { cause },
    );
  }
  if (rootfs === undefined)
    throw new OptionError(`rootfs: '${path}' is damaged; run: npm run build`);
  return makeImage(path);
}
