/** Arrays made, broken, mended and put together by Debian's mdadm in the guest; what is on the disks is read by the host's mdadm. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { debianFolder } from '../support/debian.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-mdadm-'));
afterAll(() => rmSync(WORK, { recursive: true }));
const FOLDER = debianFolder('mdadm', ['mdadm', 'libudev1', 'libcap2', 'libc6'], false);
const hasNative = spawnSync('mdadm', ['--version']).status === 0;
if (!hasNative) console.warn('SKIPPED: the host has no mdadm to examine the disks with');

const DISKS = ['b', 'c', 'd', 'e'].map((letter) => {
  const path = join(WORK, letter);
  writeFileSync(path, '');
  truncateSync(path, 16 * 2 ** 20);
  return path;
});

function guest(script: string): string[] {
  const disks = DISKS.flatMap((path) => ['--disk', path]);
  const mdadm = `mdadm() { /m/usr/lib/riscv64-linux-gnu/ld-linux-riscv64-lp64d.so.1 --library-path /m/usr/lib/riscv64-linux-gnu /m/usr/sbin/mdadm "$@"; }
    stat() { grep -A1 md0 /proc/mdstat; }
    detail() { mdadm --detail /dev/md0 | sed -n 's/^ *//; /^State :/p; /^Raid Level/p; /^[A-Z][a-z]* Devices :/p; /dev.vd/p' | tr -s ' '; }`;
  const options = [...disks, '--mount', `${FOLDER}:/m:ro`];
  const argv = [CLI, 'run', ...options, '--', 'sh', '-c', `${mdadm}\n${script}`];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return (stdout + stderr).split('\n').map((line) => line.trimEnd());
}

/** Lines of `mdadm --examine` by what stands before the colon. */
function examined(path: string): Map<string, string> {
  const { stdout } = spawnSync('mdadm', ['--examine', path], { encoding: 'utf8' });
  const pairs = stdout.split('\n').map((line) => line.split(' : ').map((part) => part.trim()));
  return new Map(pairs.map(([name = '', value = '']) => [name, value]));
}

test.skipIf(!FOLDER)(
  'mdadm makes an array, which outlives a disk, a spare, and the machine',
  () => {
    const made = guest(`
    mdadm --create /dev/md0 --quiet --run --metadata=1.2 --bitmap=none -l 5 -n 3 /dev/vdb /dev/vdc /dev/vdd; echo $?; stat
    seq 100000 > /dev/md0; detail
    mdadm --quiet /dev/md0 --fail /dev/vdc 2>/dev/null; echo $?; stat; mdadm --quiet /dev/md0 --remove /dev/vdc 2>/dev/null; mdadm --quiet /dev/md0 --add /dev/vde; echo $?; stat
    seq 100000 | cmp -n 500000 - /dev/md0 && echo same; mdadm --quiet --stop /dev/md0; echo $?; ls /dev/md0 2>&1; cat /proc/mdstat`);
    expect(made).toEqual([
      '0',
      'md0 : active raid5 vdb[0] vdc[1] vdd[3]',
      '      28672 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]',
      'Raid Level : raid5',
      'Raid Devices : 3',
      'Total Devices : 3',
      'State : active',
      'Active Devices : 3',
      'Working Devices : 3',
      'Failed Devices : 0',
      'Spare Devices : 0',
      '0 254 16 0 active sync /dev/vdb',
      '1 254 32 1 active sync /dev/vdc',
      '3 254 48 2 active sync /dev/vdd',
      '0',
      'md0 : active raid5 vdb[0] vdc[1](F) vdd[3]',
      '      28672 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [U_U]',
      '0',
      'md0 : active raid5 vdb[0] vdd[3] vde[4]',
      '      28672 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]',
      'same',
      '0',
      "ls: cannot access '/dev/md0': No such file or directory",
      'Personalities : [linear] [raid0] [raid1] [raid6] [raid5] [raid4]',
      'unused devices: <none>',
      '',
    ]);
    const again = guest(`
    mdadm --quiet --assemble /dev/md0 /dev/vdb /dev/vdd /dev/vde; echo $?; stat; seq 100000 | cmp -n 500000 - /dev/md0 && echo same
    mdadm --quiet --stop /dev/md0; mdadm --assemble --run /dev/md0 /dev/vdb /dev/vdc /dev/vde 2>&1 | grep -c started; stat
    seq 100000 | cmp -n 500000 - /dev/md0 && echo same; mdadm --quiet --stop /dev/md0`);
    expect(again).toEqual([
      '0',
      'md0 : active raid5 vde[4] vdd[3] vdb[0]',
      '      28672 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]',
      'same',
      '1',
      // The one that failed has fewer events: it is not taken.
      'md0 : active raid5 vde[4] vdb[0]',
      '      28672 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]',
      'same',
      '',
    ]);
  },
);

test.skipIf(!FOLDER || !hasNative)(
  'the host says that superblocks are whole, and who is who',
  () => {
    const first = examined(DISKS[0] ?? '');
    expect(first.get('Checksum')).toMatch(/correct$/);
    expect(first.get('Raid Level')).toBe('raid5');
    expect(first.get('State')).toBe('clean');
    expect(first.get('Array State')).toMatch(/^AA\./);
    expect(first.get('Device Role')).toBe('Active device 0');
    expect(examined(DISKS[3] ?? '').get('Device Role')).toBe('Active device 1');
    const stale = examined(DISKS[1] ?? '');
    expect(Number(stale.get('Events'))).toBeLessThan(Number(first.get('Events')));
    expect(stale.get('Checksum')).toMatch(/correct$/);
  },
);
