/** The journal as e2fsprogs writes it, replayed here; and what is written here, as debugfs reads it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { check, debugfs, hasTools, loadImage, mke2fs, saveImage, withFile } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const BLOCK = 1024;

function mount(
  context: TestContext,
  disk: MemoryDisk,
  options = '',
  isReadOnly = false,
): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(ext4.mount('/dev/vda', options, isReadOnly, context));
}

function block(disk: MemoryDisk, number: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  disk.read((number * BLOCK) / 512, bytes);
  return bytes;
}

/** An image whose journal debugfs wrote: blocks 6000 and 6001 twice, then 6000 revoked, then a transaction without a commit. */
function withJournal(options: readonly string[], open: string, body: (file: string) => void): void {
  withFile((file) => {
    fs.writeFileSync(file, mke2fs('8M', '-t', 'ext4', '-b', String(BLOCK), ...options));
    fs.writeFileSync(`${file}.one`, Buffer.alloc(2 * BLOCK, 0x31));
    fs.writeFileSync(`${file}.two`, Buffer.alloc(BLOCK, 0x32));
    // A block that begins like a record of the journal is escaped.
    const escaped = Buffer.alloc(BLOCK, 0x33);
    escaped.writeUInt32BE(0xc03b3998, 0);
    fs.writeFileSync(`${file}.three`, escaped);
    debugfs(
      file,
      `journal_open ${open}`,
      `journal_write -b 6000,6001 ${file}.one`,
      `journal_write -b 6001 ${file}.two`,
      `journal_write -b 6002 ${file}.three`,
      'journal_write -r 6000',
      `journal_write -b 6003 -c ${file}.two`,
      'journal_close',
    );
    body(file);
  });
}

describe.skipIf(!hasTools).each([
  ['checksums of version 3', ['-O', '64bit'], '-c -v 3'],
  ['checksums of version 2', ['-O', '^64bit'], '-c -v 2'],
  ['no checksums', ['-O', '^metadata_csum'], ''],
  ['no checksums, narrow numbers', ['-O', '^metadata_csum,^64bit'], ''],
] as const)('a journal of e2fsprogs: %s', (_, options, open) => {
  it('is replayed: commits in order, revoked blocks not, nor what has no commit', () => {
    withJournal(options, open, (file) => {
      const context = new TestContext();
      const disk = loadImage(file, context);
      const system = mount(context, disk);
      expect(context.lines.join()).toContain('recovery of the journal');
      expect(block(disk, 6000)[0]).toBe(0);
      expect(block(disk, 6001)[5]).toBe(0x32);
      expect(Buffer.from(block(disk, 6002)).readUInt32BE(0)).toBe(0xc03b3998);
      expect(block(disk, 6002)[5]).toBe(0x33);
      expect(block(disk, 6003)[5]).toBe(0);
      system.write('/f', 'x');
      system.mounts.unmountAll();
      expect(check(disk)).toBe('');
    });
  });

  it('is left alone with noload, and asked for on a read-only disk', () => {
    withJournal(options, open, (file) => {
      const context = new TestContext();
      const disk = loadImage(file, context);
      mount(context, disk, 'noload', true).mounts.unmountAll();
      expect(block(disk, 6001)[5]).toBe(0);
      disk.isReadOnly = true;
      expect(errnoOf(() => mount(context, disk, '', true))).toBe('EROFS');
    });
  });
});

describe.skipIf(!hasTools)('the journal', () => {
  it('is read by debugfs: descriptors, revokes, commits', () => {
    withFile((file) => {
      fs.writeFileSync(file, mke2fs('8M', '-t', 'ext4', '-b', String(BLOCK)));
      const context = new TestContext();
      const disk = loadImage(file, context);
      const system = mount(context, disk);
      system.mkdir('/d');
      system.mounts.syncAll();
      system.rmdir('/d');
      system.mounts.syncAll();
      saveImage(disk, file);
      const text = debugfs(file, 'logdump');
      expect(text).toContain('Journal starts at block 1, transaction 1');
      expect(text).toMatch(/Found expected sequence 1, type 1 \(descriptor block\)/);
      expect(text).toMatch(/Found expected sequence 1, type 2 \(commit block\)/);
      expect(text).toMatch(/Found expected sequence 2, type 5 \(revoke table\)/);
      expect(text).toMatch(/Found expected sequence 2, type 2 \(commit block\)/);
    });
  });

  it('frees what had no name, and finishes truncations, after a crash', () => {
    const context = new TestContext();
    withFile((file) => {
      fs.writeFileSync(file, mke2fs('8M', '-t', 'ext4', '-b', String(BLOCK)));
      const disk = loadImage(file, context);
      const system = mount(context, disk);
      const free = system.mounts.root.inode.fs.statistics().blocksFree;
      system.write('/f', 'x'.repeat(100_000));
      const open = system.open('/f', 0);
      system.write('/g', 'y');
      system.open('/g', 0);
      system.unlink('/f');
      system.unlink('/g');
      system.mounts.syncAll();
      saveImage(disk, file);
      expect(open.inode.nlink).toBe(0);
      const after = loadImage(file, context);
      const { stdout } = spawnSync('e2fsck', ['-y', '-E', 'journal_only', file], {
        encoding: 'utf8',
      });
      expect(stdout.match(/Clearing orphaned inode/g)).toHaveLength(2);
      const again = mount(context, after);
      expect(again.mounts.root.inode.fs.statistics().blocksFree).toBe(free);
      again.mounts.unmountAll();
      expect(check(after)).toBe('');
    });
  });
});
