/** Disks that wear, that lose what was not flushed, that lie about it, and that are not aligned: as the guest sees them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { buildPrograms } from '../support/build-programs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-errors-'));
afterAll(() => rmSync(WORK, { recursive: true }));
const DISK = join(WORK, 'disk.img');
writeFileSync(DISK, '');
truncateSync(DISK, 8 * 2 ** 20);

function guest(settings: string, script: string, ...options: string[]): string[] {
  const argv = [CLI, 'run', ...options, '--disk', `${DISK}${settings}`, '--', 'sh', '-c', script];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return (stdout + stderr).split('\n');
}

test('one wrong bit is corrected and counted, more are EIO with a line in the log, and a write moves the sector', () => {
  const script = `medium() { tr '\\n' ' ' < /sys/block/vdb/device/medium; echo; }
    at() { dd if=/dev/vdb of=/dev/null bs=512 count=1 skip=$1 2>/dev/null && echo read || echo lost; }
    at 100; medium; at 200; dmesg | sed -n 's/^.*] //; /vdb, sector/p'; medium
    dd if=/dev/zero of=/dev/vdb bs=512 count=1 seek=200 conv=notrunc 2>/dev/null; at 200; medium`;
  const lines = guest(':cow,wrong=100:1,wrong=200:3', script);
  const counts = (corrected: number, lost: number, moved: number, pending: number) =>
    `corrected ${corrected} uncorrectable ${lost} reallocated ${moved} pending ${pending} sparesLeft ${64 - moved} accesses 0 `;
  expect(lines).toEqual([
    'read',
    counts(1, 0, 0, 1),
    'lost',
    // block/blk-core.c: blk_print_req_error.
    ...[1, 2, 3].map((i) => `I/O error, dev vdb, sector 200 op 0x0:(READ): attempt ${i} of 4`),
    'I/O error, dev vdb, sector 200 op 0x0:(READ): given up',
    counts(1, 4, 0, 1),
    'read',
    counts(1, 4, 1, 0),
    '',
  ]);
});

test('a volatile cache keeps what was flushed, a lying one does not', () => {
  const write =
    'echo kept | dd of=/dev/vdb bs=512 conv=sync,notrunc,fsync 2>/dev/null; echo lost | dd of=/dev/vdb bs=512 seek=8 conv=sync,notrunc 2>/dev/null; head -c 4 /dev/vdb';
  const read = 'head -c 4 /dev/vdb; dd if=/dev/vdb bs=512 skip=8 count=1 2>/dev/null | head -c 4';
  const nothing = '\0'.repeat(4);
  expect(guest(',cache=volatile', write)).toEqual(['kept']);
  expect(guest('', read)).toEqual([`kept${nothing}`]);
  truncateSync(DISK, 0);
  truncateSync(DISK, 8 * 2 ** 20);
  expect(guest(',cache=volatile,lie=on', write)).toEqual(['kept']);
  expect(guest('', read)).toEqual([nothing + nothing]);
  expect(guest(',lie=on', 'true').join('')).toMatch(/only a cache lies/);
});

test('a partition that begins within a physical sector is said to, and touches twice as many', () => {
  const script = `lsblk -dn -o NAME,LOG-SEC,PHY-SEC /dev/vdb
    touched() { sed -n 's/accesses //p' /sys/block/vdb/device/medium; }
    for p in 1 2; do a=$(touched); i=0; while [ $i -lt 16 ]; do dd if=/dev/zero of=/dev/vdb$p bs=4k count=1 seek=$((i * 2)) 2>/dev/null; i=$((i + 1)); done; echo $(($(touched) - a)); done
    cat /sys/block/vdb/vdb1/alignment_offset /sys/block/vdb/vdb2/alignment_offset; dmesg | sed -n 's/^.*] //; /physical sector/p'`;
  const table = 'label: dos\nstart=2048,size=2048\nstart=6001,size=2048\n';
  expect(spawnSync('sfdisk', ['-q', DISK], { input: table }).status).toBe(0);
  const [sizes, ...lines] = guest(':cow,model=hdd', script, '--deterministic=1');
  expect(sizes?.trim().split(/ +/)).toEqual(['vdb', '512', '4096']);
  // 6001 sectors are 750 physical ones and one sector: 3,584 bytes are left of the next.
  const warning = 'vdb2: start 6001 is not on a physical sector';
  expect(lines).toEqual(['16', '32', '0', '3584', warning, '']);
});

test('the ladder goes from memory over SSD and hard disk to tape', () => {
  const argv = [
    'run',
    '--deterministic=1',
    ...['ssd', 'hdd', 'tape'].flatMap((m) => ['--disk', m]),
  ];
  const command = ['--', 'latency', 'vdb', 'vdc', 'vdd'];
  const { stdout } = spawnSync(process.execPath, [CLI, ...argv, ...command], { encoding: 'utf8' });
  const rows = stdout.trim().split('\n').slice(1);
  const [memory, ssd, hdd, tape] = rows.map((row) => row.split(/ +/).slice(1, 3).map(Number));
  const [access, mebibyte] = [0, 1].map((i) =>
    [memory, ssd, hdd, tape].map((row) => row?.[i] ?? 0),
  );
  expect(access).toEqual(access?.toSorted((one, other) => one - other));
  const [memoryUs = 0, ssdUs = 0, hddUs = 0] = mebibyte ?? [];
  expect(memoryUs).toBeLessThan(ssdUs);
  // 1 and 5 ms, and what the system calls take.
  expect(hddUs / ssdUs).toBeGreaterThan(4);
  expect(hddUs / ssdUs).toBeLessThan(5.5);
});

test('blktrace prints what happened while a command ran; O_DIRECT goes to the very pages, and wants whole sectors', async () => {
  const source = { file: resolve(import.meta.dirname, 'direct.c'), flags: [] };
  const [path = ''] = await buildPrograms(
    [source],
    resolve(import.meta.dirname, '../../build/boot'),
  );
  const script = `blktrace -d /dev/vdb /m/${basename(path)} /dev/vdb; echo $?
    dd if=/dev/vdb of=/dev/null bs=1000 count=1 iflag=direct; iostat -dx vdb | awk '/vdb/ { print ($2 > 0), NF }'`;
  const lines = guest(':cow', script, '--mount', `${dirname(path)}:/m:ro`);
  const events = lines.filter((line) => line.startsWith('254,16'));
  const fields = events.map((line) => line.trim().split(/ +/));
  expect(fields.map((each) => each[5]).join('')).toBe('QGDC');
  const [address, grown] = (lines.find((line) => line.startsWith('0x')) ?? '').split(' ');
  expect(fields.find((each) => each[5] === 'D')?.at(-1)).toBe(address);
  expect(grown).toBe('0');
  expect(lines).toContain('0');
  expect(lines.join('\n')).toMatch(/dd: .*[Ii]nvalid argument/);
  expect(lines).toContain('1 23');
});

test.each(['', ',model=ssd'])(
  'what the write-back thread could not store, structures included, syncfs tells each open file once (disk%s)',
  (model) => {
    // syncfs(2): "EIO An error occurred during synchronization. This error may relate to data written to any file on the filesystem, or on
    // metadata related to the filesystem itself"; since Linux 5.8 also of what was written earlier.
    const script = `cd /proc/sys/vm; echo 1 > dirty_expire_centisecs; echo 1 > dirty_writeback_centisecs; cd /
      fails() { echo $1 > /sys/block/vdb/make-it-fail; }
      told() { sync -f $1 2> /dev/null && echo $2 fine || echo $2 failed; }
      mkfs.vfat /dev/vdb > /dev/null; mount -t vfat /dev/vdb /mnt; mkdir /mnt/first; sync
      told /mnt before; fails 1000; mkdir /mnt/second; sleep 1; fails 0; told /mnt fat; told /mnt fat
      umount /mnt; mkfs.ext4 -q -O ^has_journal /dev/vdb; mount -t ext4 /dev/vdb /mnt; echo 1 > /mnt/file; sync
      told /mnt/file before; fails 1000; chmod 700 /mnt/file; echo 2 > /mnt/file; sleep 40; fails 0; told /mnt ext4; told /mnt ext4`;
    const lines = guest(`:cow${model}`, script, '--deterministic=1');
    expect(lines.filter((line) => line !== '')).toEqual([
      'before fine',
      'fat failed',
      'fat fine',
      'before fine',
      'ext4 failed',
      'ext4 fine',
    ]);
  },
);

test.each([4, 8, 12])(
  'syncfs tells at once all that its writes came to, where the first %i attempts fail',
  async (count) => {
    const source = { file: join(import.meta.dirname, 'syncfs-twice.c'), flags: [] };
    const build = resolve(import.meta.dirname, '../../build/boot');
    const [path = ''] = await buildPrograms([source], build);
    const script = `mkfs.ext4 -q -O ^has_journal /dev/vdb; mount /dev/vdb /mnt; /m/${basename(path)} ${count}`;
    const options = ['--deterministic=1', '--mount', `${dirname(path)}:/m:ro`];
    const lines = guest(':cow,model=ssd', script, ...options);
    expect(lines[0]).toBe('syncfs: EIO 0 0, fsync: EIO 0');
  },
);

test.each(['mkfs.ext4 -q', 'mkfs.ext4 -q -O ^has_journal', 'mkfs.vfat'])(
  'what was lost while the whole file system was synced, fsync of the file tells (%s)',
  (format) => {
    // fsync(2): the page cache's error (file_check_and_advance_wb_err) and the file system's are told apart.
    const script = `fails() { echo $1 > /sys/block/vdb/make-it-fail; }
      told() { sync $1 $2 2> /dev/null && echo $3 fine || echo $3 failed; }
      ${format} /dev/vdb > /dev/null; mount /dev/vdb /mnt; echo 1 > /mnt/file; sync
      echo 2 > /mnt/file; fails 1000; told -f /mnt all; fails 0; told /mnt/file '' file; told /mnt/file '' file`;
    for (const model of ['', ',model=ssd']) {
      const lines = guest(`:cow${model}`, script, '--deterministic=1');
      const told = lines.filter((line) => line !== '');
      expect(told, model).toEqual(['all failed', 'file failed', 'file fine']);
    }
  },
);
