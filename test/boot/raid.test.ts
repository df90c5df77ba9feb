/** Arrays in the guest, made through sysfs as Documentation/admin-guide/md.rst says: file system, failures, spare. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-raid-'));
afterAll(() => rmSync(WORK, { recursive: true }));

const DISKS = ['b', 'c', 'd', 'e', 'f'].map((letter) => {
  const path = join(WORK, letter);
  writeFileSync(path, '');
  truncateSync(path, 4 * 2 ** 20);
  return path;
});

function guest(script: string): string[] {
  const disks = DISKS.flatMap((path) => ['--disk', `${path}:cow`]);
  const argv = [CLI, 'run', ...disks, '--mount', `${WORK}:/m:ro`, '--', 'sh', '-c', script];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return (stdout + stderr).split('\n');
}

/** $1: level, then names of disks. */
const MAKE = `make() {
    echo md0 > /sys/module/md_mod/parameters/new_array; cd /sys/block/md0/md; echo $1 > level; shift
    echo 16384 > chunk_size; echo $# > raid_disks; slot=0
    for d; do cat /sys/class/block/$d/dev > new_dev; echo $slot > dev-$d/slot; slot=$((slot + 1)); done
    echo active > array_state; }
  failed() { echo faulty > /sys/block/md0/md/dev-$1/state; }
  stat() { grep -A1 md0 /proc/mdstat; }
`;

test.skipIf(!hasTools)(
  'a file system on RAID 6 outlives two disks, and a spare takes a place',
  () => {
    spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '1024', join(WORK, 'fs'), '7M']);
    const lines = guest(`${MAKE}make raid6 vdb vdc vdd vde; stat
    dd if=/m/fs of=/dev/md0 bs=64k 2>/dev/null; mount -t ext4 /dev/md0 /mnt && seq 100000 > /mnt/f; sync
    failed vdb; failed vdd; stat; umount /mnt; mount -t ext4 /dev/md0 /mnt && seq 100000 | cmp - /mnt/f && echo same
    cat /sys/class/block/vdf/dev > new_dev; stat; (echo clear > array_state) 2>/dev/null || echo busy
    failed vdc; umount /mnt; mount -t ext4 /dev/md0 /mnt && seq 100000 | cmp - /mnt/f && echo same
    echo remove > dev-vdb/state; cat degraded; ls -d dev-*; (cat < /dev/vdb > /dev/null; mount -t ext4 /dev/vdc /tmp) 2>&1 | grep -c busy
    umount /mnt; echo clear > array_state; cat array_state; dmesg | grep -c 'Disk failure on vd[bcd]'`);
    expect(lines).toEqual([
      'md0 : active raid6 vdb[0] vdc[1] vdd[2] vde[3]',
      '      8192 blocks level 6, 16k chunk, algorithm 2 [4/4] [UUUU]',
      'md0 : active raid6 vdb[0](F) vdc[1] vdd[2](F) vde[3]',
      '      8192 blocks level 6, 16k chunk, algorithm 2 [4/2] [_U_U]',
      'same',
      'md0 : active raid6 vdb[0](F) vdc[1] vdd[2](F) vde[3] vdf[0]',
      '      8192 blocks level 6, 16k chunk, algorithm 2 [4/3] [UU_U]',
      'busy',
      'same',
      '2',
      'dev-vdc',
      'dev-vdd',
      'dev-vde',
      'dev-vdf',
      '1',
      'clear',
      '3',
      '',
    ]);
  },
);

test('RAID 0 dies with its first disk, RAID 1 lives to its last, RAID 5 survives one', () => {
  const read = '(dd if=/dev/md0 of=/dev/null bs=64k count=8 2>/dev/null && echo read || echo lost)';
  const lines = guest(`${MAKE}end() { echo clear > /sys/block/md0/md/array_state; cd /; }
    create=$(cat /proc/mdstat | wc -l); make raid0 vdb vdc; failed vdb; ${read}; end
    make2() { cd /sys/block/md0/md; echo $1 > level; shift; echo $# > raid_disks; slot=0
      for d; do cat /sys/class/block/$d/dev > new_dev; echo $slot > dev-$d/slot; slot=$((slot + 1)); done; echo active > array_state; }
    make2 raid1 vdb vdc vdd; failed vdb; failed vdc; ${read}; (failed vdd) 2>/dev/null || echo refused; ${read}; end
    make2 raid5 vdb vdc vdd; failed vdc; ${read}; failed vdd; ${read}`);
  expect(lines.slice(0, 6)).toEqual(['lost', 'read', 'refused', 'read', 'read', 'lost']);
});
