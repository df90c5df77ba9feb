/** The byte of the boot sector that says whether a volume is in use for writing. Linux: fat_set_state. */
import type { Fat } from './fat.ts';

/** Bit 0. */
const STATE_DIRTY = 1;

export class VolumeState {
  private readonly fs: Fat;
  /** It was not unmounted cleanly, and only fsck may say that it is clean. */
  private wasDirty = false;

  constructor(fs: Fat) {
    this.fs = fs;
  }

  /** On disk. Throws EIO. */
  set(isDirty: boolean): void {
    const { cache, geometry, disk, context } = this.fs;
    const boot = cache.read(0);
    const state = boot.bytes[geometry.stateAt] as number;
    if (isDirty && (state & STATE_DIRTY) !== 0) {
      this.wasDirty = true;
      context.log(
        `FAT-fs (${disk.name}): Volume was not properly unmounted. Some data may be corrupt. Please run fsck.`,
      );
    }
    if (this.wasDirty) return;
    boot.bytes[geometry.stateAt] = isDirty ? state | STATE_DIRTY : state & ~STATE_DIRTY;
    boot.markDirty();
    cache.flush();
    disk.flush();
  }
}
