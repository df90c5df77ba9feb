/** Partitions and loop devices in the guest: found in their tables, made by ioctl(2), mounted. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildPrograms } from '../support/build-programs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-partitions-'));
afterAll(() => rmSync(WORK, { recursive: true }));

const hasFdisk = spawnSync('sfdisk', ['-v']).status === 0;
if (!hasFdisk) console.warn('SKIPPED: sfdisk (package fdisk) is missing: no partition tables');

function blank(name: string, mebibytes: number): string {
  const path = join(WORK, name);
  writeFileSync(path, '');
  truncateSync(path, mebibytes * 2 ** 20);
  return path;
}

function guest(options: readonly string[], ...command: readonly string[]): string {
  const argv = [CLI, 'run', ...options, '--', ...command];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return stdout + stderr;
}

/** As linux/fs.h, blkpg.h and loop.h, and their sources, have it; in musl's words. */
const ANSWERS = `size 16777216 32768, sector 512, start 0
reread: ok
add 1: ok
add 1 again: Resource busy
add 2 over 1: Resource busy
add 2 beyond: Invalid argument
add 20: ok
grow 1 over 20: Resource busy
shrink 1: ok
delete 3: No such device or address
op 9: Invalid argument
vdb1: 2097152 from 2048
exclusive again: Resource busy
the whole, exclusive: Resource busy
mount: Resource busy
delete 1: Resource busy
reread: Resource busy
on the disk: partition
zero: ok
on the disk: ''
zero from 1: Invalid argument
write at the end: No space left on device
delete 1: ok
open it: No such file or directory
reread: ok
unknown: Not a tty
status of none: No such device or address
loop of itself: Bad file descriptor
configure: ok
again: Resource busy
1048576 bytes, 'loop'
set status: ok
2097152 bytes, status: ok, offset 1048576, number 0
remove while bound: Resource busy
clear: ok
clear again: No such device or address
remove: ok
remove 77: No such device
`;

test('block devices answer as Linux does', async () => {
  const source = { file: join(import.meta.dirname, 'block-ioctl.c'), flags: [] };
  const [path = ''] = await buildPrograms(
    [source],
    resolve(import.meta.dirname, '../../build/boot'),
  );
  const options = ['--disk', blank('blank.img', 16), '--mount', `${dirname(path)}:/m:ro`];
  expect(guest(options, `/m/${basename(path)}`)).toBe(ANSWERS);
});

test.skipIf(!hasFdisk)(
  'of a damaged GPT the copy at the end counts; partitions are mounted, loops too',
  () => {
    const disk = blank('gpt.img', 24);
    const layout = 'label: gpt\nsize=4M\nsize=8M\n';
    expect(spawnSync('sfdisk', ['-q', disk], { input: layout }).status).toBe(0);
    const descriptor = openSync(disk, 'r+');
    // In the header of the first table: its CRC is wrong then.
    writeSync(descriptor, 'damage', 512 + 60);
    closeSync(descriptor);
    const script = `dmesg | sed -n 's/^.*] *//;/GPT is invalid/p;/vdb: vdb/p'; tail -3 /proc/partitions
    cd /sys/block/vdb/vdb2; cat partition start size; cat /sys/class/block/vdb1/dev; grep vdb1 /proc/diskstats | wc -w
    ls /dev/loop*`;
    const lines = guest(['--disk', disk], 'sh', '-c', script).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'Primary GPT is invalid, using alternate GPT.',
      'vdb: vdb1 vdb2',
    ]);
    expect(lines.slice(2, 5).map((line) => line.trim().split(/ +/))).toEqual([
      ['254', '16', '24576', 'vdb'],
      ['254', '17', '4096', 'vdb1'],
      ['254', '18', '8192', 'vdb2'],
    ]);
    expect(lines.slice(5)).toEqual([
      '2',
      '10240',
      '16384',
      '254:17',
      '20',
      '/dev/loop-control',
      '',
    ]);
  },
);

/** The logical one begins 4 MiB into the disk. */
const DOS = 'label: dos\nsize=2M\n2: size=16M,type=5\n5: start=8192,size=16384\n';
const hasMkfs = spawnSync('mke2fs', ['-V']).status === 0;

test.skipIf(!hasMkfs || !hasFdisk)('file systems lie on partitions and in files', () => {
  const disk = blank('dos.img', 24);
  const file = blank('file.img', 4);
  spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', file]);
  spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-E', `offset=${4 * 2 ** 20}`, disk, '8M']);
  expect(spawnSync('sfdisk', ['-q', disk], { input: DOS }).status).toBe(0);
  const script = `mount -t ext4 /dev/vdb5 /mnt && cp /m/file.img /mnt/f && mkdir /tmp/l && mount -o loop /mnt/f /tmp/l &&
    echo inner > /tmp/l/x && ls /tmp/l && grep -o 'loop0 /tmp/l ext4 rw' /proc/mounts; cat /sys/block/loop0/loop/backing_file /sys/block/loop0/loop/autoclear
    umount /tmp/l && umount /mnt && cat /sys/block/loop0/size; mount -r /m/file.img /mnt && grep -o '/mnt ext4 ro' /proc/mounts`;
  const out = guest(['--disk', disk, '--mount', `${WORK}:/m:ro`], 'sh', '-c', script);
  expect(out.split('\n')).toEqual([
    ...['lost+found', 'x', 'loop0 /tmp/l ext4 rw', '/mnt/f', '1', '0', '/mnt ext4 ro', ''],
  ]);
});
