/** A superblock of which the power cut left one sector of two: it is taken, and made whole by the mount. */
import { describe, expect, it } from 'vitest';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import { check, hasTools, loadBytes, mke2fs } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

/** s_mnt_count: in the first sector, while the checksum is in the second. */
const MOUNT_COUNT_AT = 1024 + 52;

describe.skipIf(!hasTools)('a torn superblock', () => {
  it('is whole again when nothing but a mount came behind it', () => {
    const context = new TestContext();
    const bytes = mke2fs('24M', '-t', 'ext4', '-b', '1024');
    bytes[MOUNT_COUNT_AT] = (bytes[MOUNT_COUNT_AT] ?? 0) + 1;
    const disk = loadBytes(bytes, context);
    expect(check(disk)).toMatch(/checksum/);
    context.devices.set('/dev/vda', disk);
    const system = new TestSystem(ext4.mount('/dev/vda', '', false, context));
    expect(system.list('/')).toEqual(['lost+found']);
    system.mounts.unmountAll();
    expect(check(disk)).toBe('');
  });
});
