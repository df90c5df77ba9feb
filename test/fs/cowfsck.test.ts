/** fsck.cowfs in the guest, on images that the driver made on the host: whole ones, and such as have nothing wrong but what is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S_IFIFO } from '../../src/abi/stat.ts';
import { CowInode } from '../../src/fs/cowfs/cow-inode.ts';
import { cowfs } from '../../src/fs/cowfs/cowfs.ts';
import { boot, type System } from '../../src/index.ts';
import { makeDisk } from './cowfs-images.ts';
import { TestContext, TestSystem } from './harness.ts';

const ENCRYPTED = 1;
const SLOT_BYTES = 4096;
const MIB = 2 ** 20;

let os: System;
beforeAll(async () => {
  os = await boot();
}, 60_000);
afterAll(() => os.close());

/** An image with files, links, folders and a snapshot, behind which `change` was done. */
function image(change: (inodeOf: (path: string) => CowInode) => void = () => undefined): Buffer {
  const context = new TestContext();
  const disk = makeDisk(context, 16 * MIB);
  context.devices.set('/dev/vda', disk);
  const system = new TestSystem(cowfs.mount('/dev/vda', '', false, context));
  system.mkdir('/folder');
  system.mkdir('/folder/below');
  for (let i = 0; i < 200; i++) system.write(`/folder/file${i}`, `${i} `.repeat(i * 40));
  system.write(
    '/large',
    new Uint8Array(900_000).map((_, i) => (i * i) >>> 7),
  );
  system.link('/large', '/folder/link');
  system.symlink('folder/link', '/symlink');
  system.stat('/folder').xattrs?.set('user.name', Buffer.from('value'));
  system.mkdir('/.snapshots/one');
  system.unlink('/folder/file7');
  system.rename('/folder/below', '/below');
  system.mounts.syncAll();
  change((path) => {
    const inode = system.stat(path);
    if (!(inode instanceof CowInode)) throw new Error(path);
    inode.touch();
    return inode;
  });
  system.mounts.unmountAll();
  const bytes = new Uint8Array(disk.sectors * 512);
  disk.read(0, bytes);
  return Buffer.from(bytes.buffer);
}

function newestSlot(bytes: Buffer): number {
  const generation = (slot: number) => bytes.readUInt32LE(slot * SLOT_BYTES + 8);
  return generation(1) > generation(0) ? 1 : 0;
}

async function fsck(bytes: Buffer, options = ''): Promise<string> {
  await os.fs.writeFile('/tmp/image', bytes);
  const { stdout, stderr, exitCode } = await os.exec(`fsck.cowfs ${options} /tmp/image`);
  return `${stdout}${stderr}[${exitCode}]`.replaceAll('/tmp/image: ', '');
}

describe('fsck.cowfs', () => {
  it('finds nothing in what was used, and counts as the driver does', async () => {
    const text = await fsck(image(), '-v');
    expect(text).toMatch(
      /^snapshot one: 205 files\nlive: 204 files\ngeneration \d+, 1 snapshots, \d+ of \d+ sectors: clean\n\[0\]$/,
    );
  });

  it.each<[string, (inodeOf: (path: string) => CowInode) => void, RegExp]>([
    ['links', (inodeOf) => (inodeOf('/large').nlink = 7), /^live: inode \d+: 2 links, not 7\n/],
    [
      'of a folder',
      (inodeOf) => (inodeOf('/folder').nlink = 3),
      /^live: inode \d+: 2 links, not 3\n/,
    ],
    [
      'the folder above',
      (inodeOf) => (inodeOf('/below').parent = inodeOf('/below').number),
      /^live: 'below' in directory 1: directory (\d+) is in \1\nlive: directory \1 is not under the root\n/,
    ],
    [
      'type',
      (inodeOf) => (inodeOf('/folder/file9').mode = S_IFIFO | 0o644),
      /^live: 'file9' in directory \d+: type 8 of an inode of type 1\n/,
    ],
    [
      'sectors',
      (inodeOf) => Reflect.set(inodeOf('/large'), 'sectors', 5),
      /^live: inode \d+: \d+ sectors, not 5\n/,
    ],
  ])('tells what only it can find: %s', async (_, change, told) => {
    const text = await fsck(image(change));
    expect(text).toMatch(told);
    expect(text).toMatch(/sectors: DAMAGED\n\[4\]$/);
  });

  it('goes back to the other superblock where the newest one leads to damage, if it is told to', async () => {
    const bytes = image();
    const slot = newestSlot(bytes);
    const root = bytes.readUInt32LE(slot * SLOT_BYTES + 64) * 512;
    bytes.writeUInt8(bytes.readUInt8(root) ^ 1, root);
    const damage = `live: a node of inodes at sector ${root / 512}: wrong checksum\nlive: no root directory\n`;
    const generation = bytes.readUInt32LE(slot * SLOT_BYTES + 8);
    const seen = await fsck(bytes);
    expect(seen.replace(/a (node|block)/, 'a node')).toContain(damage);
    expect(seen).toMatch(/DAMAGED\n\[4\]$/);
    expect(await fsck(bytes, '-y')).toMatch(
      new RegExp(
        `DAMAGED\\ngeneration ${generation - 1}, .* clean\\nwent back to the other superblock\\n\\[1\\]$`,
      ),
    );
    const script =
      'fsck.cowfs /tmp/image | sed s/,.*//; mount -t cowfs /tmp/image /mnt && ls /mnt; umount /mnt';
    // Before the folder was moved.
    expect((await os.exec(script)).stdout).toBe(
      `/tmp/image: generation ${generation - 1}\nfolder\nlarge\nsymlink\n`,
    );
  });

  it('says what it cannot look at', async () => {
    expect(await fsck(Buffer.alloc(65536))).toMatch(/no cowfs\n\[8\]$/);
    const context = new TestContext();
    const disk = makeDisk(context, MIB, { flags: ENCRYPTED });
    const bytes = new Uint8Array(disk.sectors * 512);
    disk.read(0, bytes);
    expect(await fsck(Buffer.from(bytes.buffer))).toMatch(
      /encrypted: only the superblock was looked at\n\[0\]$/,
    );
    expect((await os.exec('fsck.cowfs -q /tmp/image')).exitCode).toBe(8);
    expect((await os.exec('fsck -TN /tmp/image')).stdout).toContain('] fsck.cowfs /tmp/image');
  });
});
