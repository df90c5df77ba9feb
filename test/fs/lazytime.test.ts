/** lazytime: times alone stay in memory, and go with anything else: mount(8), Documentation/filesystems/ext4. debugfs says what is stored. */
import { describe, expect, it } from 'vitest';
import { O_RDWR } from '../../src/abi/fcntl.ts';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { debugfs, hasTools, loadBytes, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';

class Clock extends TestContext {
  override seconds = 1_800_000_000;
  kept = 0;

  override now() {
    return { seconds: this.seconds, nanoseconds: 0 };
  }

  timesChanged(): void {
    this.kept++;
  }
}

function made(keepsTimes: boolean) {
  const context = new Clock();
  const disk = loadBytes(mke2fs('4M', '-t', 'ext2'), context);
  context.devices.set('/dev/vda', disk);
  const fs = ext4.mount('/dev/vda', '', false, context);
  fs.keepsTimes = keepsTimes;
  const system = new TestSystem(fs);
  system.write('/file', new Uint8Array(5000).fill(1));
  system.write('/other', new Uint8Array(10));
  fs.sync();
  context.seconds += 1000;
  return { context, disk, fs, system, file: system.open('/file', O_RDWR) };
}

/** Seconds of mtime in the inode on the disk. */
function storedMtime(disk: MemoryDisk, path: string): number {
  const text = withFile((file) => {
    saveImage(disk, file);
    return debugfs(file, `stat ${path}`);
  });
  return Number.parseInt(/mtime: 0x([0-9a-f]+)/.exec(text)?.[1] ?? '', 16);
}

describe.skipIf(!hasTools)('lazytime', () => {
  const overwrite = (file: ReturnType<TestSystem['open']>) =>
    file.write(new BytesBuffer(new Uint8Array(100).fill(2)), 0);

  it('keeps times in memory until the file is synced, not by fdatasync', () => {
    const { context, disk, fs, system, file } = made(true);
    overwrite(file);
    expect(system.stat('/file').mtime.seconds).toBe(context.seconds);
    fs.writeBack?.();
    file.inode.sync(true);
    expect(storedMtime(disk, '/file')).toBe(context.seconds - 1000);
    expect(context.kept).toBe(1);
    file.inode.sync(false);
    expect(storedMtime(disk, '/file')).toBe(context.seconds);
    system.mounts.unmountAll();
  });

  it.each([
    ['sync', ({ fs }: ReturnType<typeof made>) => fs.sync()],
    [
      'a longer file',
      ({ fs, file }: ReturnType<typeof made>) => {
        file.write(new BytesBuffer(new Uint8Array(5000)), 4000);
        fs.writeBack?.();
      },
    ],
    [
      'chmod',
      ({ fs, system }: ReturnType<typeof made>) => {
        system.stat('/file').setAttributes({ mode: 0o600 });
        fs.writeBack?.();
      },
    ],
    [
      'their age',
      ({ fs }: ReturnType<typeof made>) => {
        fs.storeTimes?.();
        fs.writeBack?.();
      },
    ],
    [
      'umount',
      ({ file, system }: ReturnType<typeof made>) => {
        file.release();
        system.mounts.unmountAll();
      },
    ],
  ])('stores them with %s', (_, store) => {
    const all = made(true);
    overwrite(all.file);
    store(all);
    expect(storedMtime(all.disk, '/file')).toBe(all.context.seconds);
    expect(storedMtime(all.disk, '/other')).toBe(all.context.seconds - 1000);
  });

  it('is not there unless asked for', () => {
    const { context, disk, fs, file } = made(false);
    overwrite(file);
    fs.writeBack?.();
    expect(storedMtime(disk, '/file')).toBe(context.seconds);
    expect(context.kept).toBe(0);
  });
});
