/**
 * Random sequences of file operations, with the same outcome as on native Linux: each errno, and the tree afterwards.
 * By hand: HARTIX_RANDOM_RUNS=500 HARTIX_RANDOM_SEED=7 npx vitest run --project guest test/fs/random
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ninep } from '../../src/fs/9p/ninep.ts';
import { format } from '../../src/fs/ext4/format.ts';
import { ext2, ext4 } from '../../src/fs/ext4/mount.ts';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { tmpfs } from '../../src/fs/tmpfs/tmpfs.ts';
import { hostFolder } from '../../src/machine/host/host-folder.ts';
import { NinePServer } from '../../src/machine/virtio/9p/server.ts';
import { check, hasTools, loadBytes, mke2fs } from './e2fsprogs.ts';
import { TestContext, TestSystem } from './harness.ts';
import { base, compare, isLinux } from './random-operations.ts';

describe.skipIf(!isLinux)('random sequences of operations end as on Linux', () => {
  it('tmpfs', () => {
    compare(
      () => new TestSystem(tmpfs.mount('tmpfs', '', false, new TestContext())),
      (system) => system.mounts.unmountAll(),
    );
  });

  it.each([1024, 4096])('ext2 with blocks of %i bytes', (blockSize) => {
    let disk: MemoryDisk;
    compare(
      () => {
        const context = new TestContext();
        disk = new MemoryDisk('test', 8 * 2 ** 20, context.frames);
        format(disk, { blockSize, uuid: new Uint8Array(16), seconds: 1 });
        context.devices.set('vda', disk);
        return new TestSystem(ext2.mount('vda', '', false, context));
      },
      (system) => {
        system.mounts.unmountAll();
        expect(check(disk)).toBe('');
      },
    );
  });

  it.skipIf(!hasTools).each(['-t ext4 -b 1024 -J size=1', '-t ext4 -b 4096 -O inline_data'])(
    'mke2fs %s',
    (options) => {
      const image = mke2fs('8M', ...options.split(' '));
      let disk: MemoryDisk;
      compare(
        () => {
          const context = new TestContext();
          disk = loadBytes(image, context);
          context.devices.set('vda', disk);
          const system = new TestSystem(ext4.mount('vda', '', false, context));
          system.rmdir('/lost+found');
          return system;
        },
        (system) => {
          // lost+found takes up its place again: e2fsck misses it.
          system.mkdir('/lost+found');
          system.mounts.unmountAll();
          expect(check(disk)).toBe('');
        },
      );
    },
  );

  it('9p', () => {
    compare(
      () => {
        const context = new TestContext();
        const server = new NinePServer(hostFolder(fs.mkdtempSync(path.join(base, '9p-')), false));
        context.channels.set('host', {
          maxMessageBytes: 65_536,
          request: (message) => server.answer(message.slice()),
        });
        return new TestSystem(ninep.mount('host', '', false, context));
      },
      (system) => system.mounts.unmountAll(),
    );
  });
});
