/** losetup, fdisk and w in the guest, where there are devices and sessions: lines as util-linux 2.38 and procps 4 print them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../src/index.ts';

let os: System;
beforeAll(async () => {
  os = await boot();
  await os.exec('truncate -s 8M /tmp/disk');
}, 60_000);
afterAll(() => os.close());

async function sh(script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await os.exec(script);
  return `${stdout}${stderr}[${exitCode}]`;
}

describe('loop devices', () => {
  it('begin with the first that is free, with the partitions of the file', async () => {
    expect(await sh('losetup -f')).toBe('/dev/loop0\n[0]');
    await sh(String.raw`printf 'n\n\n\n\n+2M\nn\n\n\n\n\nt\n2\nc\na\n1\nw\n' | fdisk /tmp/disk`);
    expect(await sh('losetup -fP --show /tmp/disk')).toBe('/dev/loop0\n[0]');
    expect(await sh('ls /dev/loop0*')).toBe('/dev/loop0\n/dev/loop0p1\n/dev/loop0p2\n[0]');
    expect(await sh('losetup -a')).toMatch(/^\/dev\/loop0: \[\d{4,}\]:\d+ \(\/tmp\/disk\)\n\[0\]$/);
    expect(await sh('losetup -j /tmp/disk | cut -d: -f1')).toBe('/dev/loop0\n[0]');
  });

  it('have their partitions listed', async () => {
    expect(await sh("fdisk -l /dev/loop0 | grep -v identifier | tr -s ' '")).toBe(`\
Disk /dev/loop0: 8 MiB, 8388608 bytes, 16384 sectors
Units: sectors of 1 * 512 = 512 bytes
Sector size (logical/physical): 512 bytes / 512 bytes
I/O size (minimum/optimal): 512 bytes / 512 bytes
Disklabel type: dos

Device Boot Start End Sectors Size Id Type
/dev/loop0p1 * 2048 6143 4096 2M 83 Linux
/dev/loop0p2 6144 16383 10240 5M c W95 FAT32 (LBA)
[0]`);
  });

  it('may be a part of the file, and only for reading', async () => {
    expect(await sh('losetup -r -o 1048576 --sizelimit 1048576 -f --show /tmp/disk')).toBe(
      '/dev/loop1\n[0]',
    );
    expect(await sh('losetup /dev/loop1')).toMatch(
      /\(\/tmp\/disk\), offset 1048576, sizelimit 1048576\n\[0\]$/,
    );
    expect(await sh('cat /sys/block/loop1/size /sys/block/loop1/ro')).toBe('2048\n1\n[0]');
  });

  it('grow with the file when they are told, and are let go of', async () => {
    await sh('truncate -s 16M /tmp/disk');
    expect(await sh('cat /sys/block/loop0/size')).toBe('16384\n[0]');
    expect(await sh('losetup -c /dev/loop0; cat /sys/block/loop0/size')).toBe('32768\n[0]');
    expect(await sh('losetup -d /dev/loop1; losetup -a | cut -d: -f1')).toBe('/dev/loop0\n[0]');
    expect(await sh('losetup -D; losetup -a')).toBe('[0]');
  });

  it('are made where one is named that is not there yet', async () => {
    expect(await sh('losetup /dev/loop6 /tmp/disk; losetup -a | cut -d: -f1')).toBe(
      '/dev/loop6\n[0]',
    );
    expect(await sh('losetup -d /dev/loop6; losetup /dev/loop6 /nope')).toBe(
      'losetup: /nope: failed to set up loop device: No such file or directory\n[1]',
    );
    expect(await sh('losetup /dev/loop0')).toBe(
      'losetup: /dev/loop0: No such device or address\n[1]',
    );
  });
});

it('w has the line of uptime, and nobody where nobody is logged in', async () => {
  const lines = (await os.exec('w')).stdout.split('\n');
  expect(lines[0]).toMatch(
    /^ \d\d:\d\d:\d\d up +.*, +0 users?, +load average: [\d.]+, [\d.]+, [\d.]+$/,
  );
  expect(lines[1]?.split(/ +/)).toEqual(['USER', 'TTY', 'LOGIN@', 'IDLE', 'JCPU', 'PCPU', 'WHAT']);
  expect(await sh('w -h')).toBe('[0]');
  expect((await sh('w -s')).split('\n')[1]?.split(/ +/)).toEqual(['USER', 'TTY', 'IDLE', 'WHAT']);
});

describe('a device that is mounted', () => {
  it('is written by no mkfs and no mkswap, and e2fsck only reads it', async () => {
    await sh(
      'truncate -s 8M /tmp/m; mkfs.ext4 -q /tmp/m; losetup /dev/loop7 /tmp/m; mount /dev/loop7 /mnt',
    );
    const refused = '/dev/loop7 is mounted or in use; will not make a filesystem here!';
    expect(await sh('mkfs.ext4 -q /dev/loop7')).toBe(`mkfs.ext4: ${refused}\n[1]`);
    expect(await sh('mke2fs -q -F /dev/loop7')).toBe(`mke2fs: ${refused}\n[1]`);
    expect(await sh('mkfs.vfat /dev/loop7')).toBe(
      'mkfs.vfat: /dev/loop7 contains a mounted filesystem.\n[1]',
    );
    expect(await sh('mkswap /dev/loop7')).toBe(
      'mkswap: error: /dev/loop7 is mounted; will not make swapspace\n[1]',
    );
    expect(await sh('e2fsck /dev/loop7 2>&1')).toMatch(
      /Warning! {2}\/dev\/loop7 is mounted\.\n.*\[0\]$/s,
    );
    expect(await sh('e2fsck -y /dev/loop7')).toMatch(/is mounted or in use.*\[8\]$/s);
    expect(await sh('umount /mnt; mount -o loop,foo=1 /tmp/m /mnt')).toBe(
      'mount: /mnt: wrong fs type, bad option, or bad superblock on /dev/loop0.\n[32]',
    );
    expect(await sh('mkfs.ext4 -q /dev/loop7; losetup -d /dev/loop7; rm /tmp/m')).toBe('[0]');
  });
});
