/** Mounting ext2, ext3 and ext4: a crashed system's journal and orphans first. Linux: ext4_fill_super. */
import { EROFS, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';
import {
  type FileSystem,
  type FileSystemContext,
  type FileSystemType,
  mountDisk,
} from '../filesystem.ts';
import { Ext4 } from './ext4.ts';
import { INCOMPAT_RECOVER, type TypeName } from './features.ts';
import { recover } from './journal/recovery.ts';
import { DEFAULT_SETTINGS, parseSettings } from './mount-settings.ts';

/** What the journal of a crashed system holds is brought to its places first. Throws as the constructor of Ext4, and EROFS. */
export function openExt4(
  disk: BlockDevice,
  isReadOnly: boolean,
  context: FileSystemContext,
  type: FileSystemType,
  settings = DEFAULT_SETTINGS,
): Ext4 {
  let fs = new Ext4(disk, isReadOnly, context, type, settings);
  const isUnclean = fs.superblock.hasIncompat(INCOMPAT_RECOVER) && !settings.isWithoutReplay;
  if (isUnclean) {
    if (disk.isReadOnly) {
      fs.log('recovery required on a read-only device: noload leaves it out');
      throw fail(EROFS, 'recovery of the journal');
    }
    fs.log('recovery of the journal');
    recover(fs);
    fs = new Ext4(disk, isReadOnly, context, type, settings);
    fs.groups.recount();
  }
  if (!isReadOnly && fs.superblock.fields.s_last_orphan !== 0) {
    fs.begin();
    fs.orphans.clean();
    fs.log('recovery complete');
  }
  // A torn superblock is made whole at once, not when something else changes it.
  const { superblock } = fs;
  if (!isReadOnly && !superblock.hasRightChecksum && !superblock.hasIncompat(INCOMPAT_RECOVER)) {
    fs.superblockStore.write(true);
  }
  return fs;
}

function makeType(name: TypeName): FileSystemType {
  const type: FileSystemType = {
    name,
    requiresDevice: true,
    mount(source, options, isReadOnly, context): FileSystem {
      const settings = parseSettings(name, options);
      const disk = context.blockDevice(source);
      return mountDisk(
        disk,
        (mounted) =>
          mounted instanceof Ext4 && mounted.isReadOnly === isReadOnly && mounted.type === type,
        () => openExt4(disk, isReadOnly, context, type, settings),
      );
    },
  };
  return type;
}

export const ext2 = makeType('ext2');
export const ext3 = makeType('ext3');
export const ext4 = makeType('ext4');
