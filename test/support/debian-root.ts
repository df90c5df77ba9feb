/** A root of Debian's riscv64 packages: unpacked, and imported as `hartix image import` does. */
import { existsSync, renameSync } from 'node:fs';
import { importImage } from '../../src/image/import-image.ts';
import { debianFolder } from './debian.ts';

export interface DebianRoot {
  /** The folder of the host, for qemu-riscv64 -L. */
  readonly folder: string;
  /** The image. */
  readonly image: string;
}

/** Undefined, with a warning, where the packages cannot be had. */
export async function debianRoot(
  name: string,
  packages: readonly string[],
): Promise<DebianRoot | undefined> {
  const folder = debianFolder(name, packages, true);
  if (folder === undefined) return undefined;
  const image = `${folder}.img`;
  if (!existsSync(image)) {
    await importImage(folder, `${image}.partial`, { isReplacing: true });
    renameSync(`${image}.partial`, image);
  }
  return { folder, image };
}
