/** Extended attributes of ext2, both ways, with debugfs and e2fsck. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ext2 } from '../../src/fs/ext4/mount.ts';
import type { ExtendedAttributes } from '../../src/fs/inode.ts';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const hasTools = spawnSync('e2fsck', ['-V']).status === 0;
if (!hasTools) console.warn('SKIPPED: e2fsprogs is missing');

function attributesOf(system: TestSystem, file: string): ExtendedAttributes {
  const { xattrs } = system.stat(file);
  if (!xattrs) throw new Error('no attributes');
  return xattrs;
}

test.skipIf(!hasTools).each([
  ['1024', '256'],
  ['4096', '256'],
  ['4096', '128'],
])(
  'blocks of %s, inodes of %s: what debugfs sets is read, what is set debugfs reads',
  (block, inode) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-xattr-'));
    try {
      const image = path.join(folder, 'image');
      const debugfs = (...lines: string[]): string => {
        fs.writeFileSync(`${image}.txt`, lines.join('\n'));
        return spawnSync('debugfs', ['-w', '-f', `${image}.txt`, image], { encoding: 'utf8' })
          .stdout;
      };
      spawnSync('mke2fs', ['-q', '-t', 'ext2', '-b', block, '-I', inode, image, '8M']);
      fs.writeFileSync(`${image}.data`, 'y');
      debugfs(
        `write ${image}.data f`,
        'ea_set f user.short hello',
        `ea_set f user.long ${'z'.repeat(300)}`,
      );
      const context = new TestContext();
      const bytes = fs.readFileSync(image);
      const disk = new MemoryDisk('image', bytes.length, context.frames);
      disk.write(0, bytes);
      context.devices.set('/dev/vda', disk);
      const system = new TestSystem(ext2.mount('/dev/vda', '', false, context));
      const attributes = attributesOf(system, '/f');
      expect(attributes.names().sort()).toEqual(['user.long', 'user.short']);
      expect(Buffer.from(attributes.get('user.short') ?? []).toString()).toBe('hello');
      expect(attributes.get('user.long')?.length).toBe(300);
      attributes.set('user.short', Buffer.from('changed'));
      attributes.set('security.capability', new Uint8Array(20).fill(1));
      attributes.set('trusted.empty', new Uint8Array(0));
      attributes.set('user.long', undefined);
      expect(errnoOf(() => attributes.set('user.huge', new Uint8Array(5000)))).toBe('ENOSPC');
      system.write('/gone', 'x');
      attributesOf(system, '/gone').set('user.x', new Uint8Array(9));
      system.unlink('/gone');
      system.symlink('target', '/link');
      system.lstat('/link').xattrs?.set('trusted.x', new Uint8Array(3));
      expect(system.lstat('/link').readlink()).toBe('target');
      system.mounts.unmountAll();
      const fd = fs.openSync(image, 'w');
      fs.ftruncateSync(fd, disk.sectors * 512);
      for (const [at, part] of disk.content()) fs.writeSync(fd, part, 0, part.length, at);
      fs.closeSync(fd);
      expect(spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' }).stdout).toMatch(
        /^image|files/m,
      );
      expect(spawnSync('e2fsck', ['-fn', image]).status).toBe(0);
      const listed = debugfs('ea_list f');
      expect(listed).toMatch(/user\.short \(7\) = "changed"/);
      expect(listed).toMatch(/security\.capability \(20\)/);
      expect(listed).toMatch(/trusted\.empty \(0\)/);
      expect(listed).not.toContain('user.long');
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
);
