/** What an image can be made from: a folder, a tar archive (plain, gzip, xz, zstd), an OCI layout as a folder or an archive. */
import { realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { expand } from './expand.ts';
import { readFolder } from './folder.ts';
import { ImageSourceError } from './image-source-error.ts';
import { ImageTree } from './image-tree.ts';
import { addEntries, archiveLayout, folderLayout, isLayoutFolder, readOci } from './oci.ts';
import type { Scratch } from './scratch.ts';
import { readTar } from './tar.ts';

export interface Source {
  readonly tree: ImageTree;
  /** What it turned out to be, for the user. */
  readonly kind: 'folder' | 'tar archive' | 'OCI image';
  /** What could not be kept. */
  readonly notes: readonly string[];
}

/** Contents are read later: `scratch` must stay open until the image is written. Throws ImageSourceError. */
export async function readSource(path: string, scratch: Scratch): Promise<Source> {
  const name = basename(path);
  try {
    if (statSync(path).isDirectory()) {
      if (!isLayoutFolder(path)) return { ...readFolder(realpathSync(path)), kind: 'folder' };
      const tree = await readOci(folderLayout(path, scratch), name, scratch);
      return { tree, kind: 'OCI image', notes: [] };
    }
    const archive = await expand(scratch.open(path), name, scratch);
    const layout = archiveLayout(archive, name);
    if (layout) return { tree: await readOci(layout, name, scratch), kind: 'OCI image', notes: [] };
    const tree = new ImageTree();
    addEntries(tree, readTar(archive, name));
    return { tree, kind: 'tar archive', notes: [] };
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || !('syscall' in cause)) throw cause;
    throw new ImageSourceError(`cannot read '${path}': ${String(cause.code)}`, { cause });
  }
}
