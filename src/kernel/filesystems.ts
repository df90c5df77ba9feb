/** THE table of file-system types: what mount(2) knows, in the order of /proc/filesystems. */
import { ninep } from '../fs/9p/ninep.ts';
import { cowfs } from '../fs/cowfs/cowfs.ts';
import { ext2, ext3, ext4 } from '../fs/ext4/mount.ts';
import { vfat } from '../fs/fat/fat.ts';
import type { FileSystemType } from '../fs/filesystem.ts';
import { iso9660 } from '../fs/iso9660/iso9660.ts';
import { overlay } from '../fs/overlay/overlay.ts';
import { squashfs } from '../fs/squashfs/squashfs.ts';
import { ramfs } from '../fs/tmpfs/ramfs.ts';
import { tmpfs } from '../fs/tmpfs/tmpfs.ts';
import { xv6fs } from '../fs/xv6/xv6.ts';
import { devpts } from './devfs/devpts.ts';
import { devtmpfs } from './devfs/devtmpfs.ts';
import { mqueue } from './ipc/mqueue-file-system.ts';
import { procfs } from './procfs/procfs.ts';
import { sysfs } from './sysfs/sysfs.ts';

export const FILE_SYSTEMS: readonly FileSystemType[] = [
  ext2,
  ext3,
  ext4,
  cowfs,
  vfat,
  xv6fs,
  squashfs,
  iso9660,
  tmpfs,
  ramfs,
  overlay,
  devtmpfs,
  devpts,
  procfs,
  sysfs,
  mqueue,
  ninep,
];

export function findFileSystem(name: string): FileSystemType | undefined {
  return FILE_SYSTEMS.find((type) => type.name === name);
}
