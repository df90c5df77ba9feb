/** Who waits for a disk lets others run: fsync(2), page faults, O_DIRECT, too many dirty pages; and the time counts as waiting for I/O. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasDosTools } from '../fs/dosfstools.ts';
import { hasTools } from '../fs/e2fsprogs.ts';
import { buildPrograms } from '../support/build-programs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-sleep-'));
const DISK = join(WORK, 'disk.img');
const FAT = join(WORK, 'fat.img');
beforeAll(() => {
  writeFileSync(FAT, '');
  truncateSync(FAT, 32 * 2 ** 20);
  if (hasDosTools) spawnSync('mkfs.fat', [FAT]);
  writeFileSync(DISK, '');
  truncateSync(DISK, 32 * 2 ** 20);
  if (hasTools) spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', DISK]);
});
afterAll(() => rmSync(WORK, { recursive: true }));

/** What the script prints, by word; on one hart in virtual time, with the disk at /mnt. */
function run(script: string, image = `${DISK}:cow`, type = 'ext4'): Record<string, number> {
  const library = `now() { echo $(( $(date +%s%N) / 1000 )); }
    shares() { set -- $(head -1 /proc/stat); echo $tag-system $4; echo $tag-idle $5; echo $tag-iowait $6; }
    compute() { i=0; while [ $i -lt 8000 ]; do i=$((i+1)); done; }
    again() { mount -t ${type} /dev/vdb /mnt || exit 1; }; again; `;
  const argv = [CLI, 'run', '--deterministic=1', '--disk', `${image},model=hdd`, '--', 'sh', '-c'];
  const { stdout, stderr } = spawnSync(process.execPath, [...argv, library + script], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => line.split(' ')).map(([name, value]) => [name, Number(value)]),
  );
}

const beside = (other: string) => `a=$(now); compute; b=$(now); echo alone $((b - a))
  : > /tmp/count; (while [ ! -e /tmp/stop ]; do ${other}; echo >> /tmp/count; done) &
  a=$(now); compute; b=$(now); echo beside $((b - a)); : > /tmp/stop; wait; echo count $(wc -l < /tmp/count)`;

test.skipIf(!hasTools)('fsync leaves the hart to others', () => {
  const { alone = 0, beside: both = 0, count = 0 } = run(beside('echo x >> /mnt/f; sync /mnt/f'));
  expect(count).toBeGreaterThanOrEqual(2);
  // Each fsync takes some turns of 8 ms; what is left of it is the processor's time of the two commands.
  expect(both - alone).toBeLessThan(count * 8000);
});

test.skipIf(!hasTools)('so does O_DIRECT, and a writer that has dirtied too much', () => {
  const direct = 'dd if=/dev/zero of=/mnt/d bs=64k count=4 oflag=direct 2>/dev/null';
  const one = run(beside(direct));
  expect((one['beside'] ?? 0) - (one['alone'] ?? 0)).toBeLessThan((one['count'] ?? 0) * 8000);
  const throttle = 'echo 262144 > /proc/sys/vm/dirty_bytes; ';
  const two = run(throttle + beside('dd if=/dev/zero of=/mnt/d bs=64k count=8 2>/dev/null'));
  // A MiB takes 5 ms and a seek.
  expect((two['beside'] ?? 0) - (two['alone'] ?? 0)).toBeLessThan((two['count'] ?? 0) * 8000);
});

/** A cold `ls -lR`: how long it takes, and how much longer the loop takes beside it. */
const TREE = `for d in 1 2 3 4 5 6 7 8; do mkdir /mnt/d$d; for i in 1 2 3 4 5 6; do echo $i > /mnt/d$d/f$i; done; done; umount /mnt; again
  a=$(now); ls -lR /mnt > /tmp/one; b=$(now); echo cold $((b - a)); umount /mnt; again
  a=$(now); compute; b=$(now); echo alone $((b - a))
  ls -lR /mnt > /tmp/two & a=$(now); compute; b=$(now); echo beside $((b - a)); wait
  cmp /tmp/one /tmp/two; echo lines $(wc -l < /tmp/two)`;

test.skipIf(!hasTools)('who reads inodes and directories of ext4 leaves the hart to others', () => {
  const { cold = 0, alone = 0, beside: both = 0, lines } = run(TREE);
  expect(cold).toBeGreaterThan(30_000);
  expect(both - alone).toBeLessThan(cold / 3);
  // "/mnt:" and "total", 8 directories there; an empty line, a name, "total" and 6 files for each; the same for lost+found.
  expect(lines).toBe(2 + 9 + 8 * 9 + 3);
});

test.skipIf(!hasDosTools)('so does who reads directories of FAT', () => {
  const { cold = 0, alone = 0, beside: both = 0, lines } = run(TREE, `${FAT}:cow`, 'vfat');
  expect(both - alone).toBeLessThan(cold / 2);
  expect(lines).toBe(2 + 8 + 8 * 9);
});

test.skipIf(!hasDosTools).each(['df /mnt > /tmp/df', 'echo x >> /mnt/file'])(
  'who counts the free clusters of FAT waits for the disk asleep: %s',
  (command) => {
    const large = join(WORK, 'large.img');
    writeFileSync(large, '');
    truncateSync(large, 800 * 2 ** 20);
    spawnSync('mkfs.fat', ['-F', '32', '-s', '1', large]);
    const script = `tag=before; shares; ${command}; tag=after; shares`;
    const seen = run(script, `${large}:cow`, 'vfat');
    const spent = (kind: string) => (seen[`after-${kind}`] ?? 0) - (seen[`before-${kind}`] ?? 0);
    expect(spent('iowait')).toBeGreaterThan(1);
    expect(spent('system')).toBeLessThan(spent('iowait') / 2);
  },
);

test.skipIf(!hasTools)(
  'a hart that only waits for the disk says iowait, not idle or system',
  () => {
    const script = `tag=before; shares; for i in 1 2 3 4 5 6 7 8; do echo x >> /mnt/f; sync /mnt/f; done; tag=after; shares
    (for i in 1 2 3 4; do echo x >> /mnt/f; sync /mnt/f; done) & sleep 0.01; echo blocked $(grep procs_blocked /proc/stat | cut -d' ' -f2); wait`;
    const seen = run(script);
    const spent = (kind: string) => (seen[`after-${kind}`] ?? 0) - (seen[`before-${kind}`] ?? 0);
    expect(spent('iowait')).toBeGreaterThan(6);
    expect(spent('idle') + spent('system')).toBeLessThan(spent('iowait'));
    expect(seen['blocked']).toBe(1);
  },
);

test.skipIf(!hasTools)('a program on the disk sleeps for its pages, which are major faults', () => {
  const script = `cp /bin/sh /mnt/sh; umount /mnt; mount -t ext4 /dev/vdb /mnt
    /mnt/sh -c 'read line < /proc/self/stat; set -- $line; echo major \${12}; echo blocked \${42}'
    /mnt/sh -c 'read line < /proc/self/stat; set -- $line; echo major-again \${12}; echo blocked-again \${42}'
    : the last command of a script would run in its process, and have its faults`;
  const seen = run(script);
  expect(seen['major']).toBeGreaterThan(0);
  expect(seen['blocked']).toBeGreaterThan(0);
  expect(seen).toMatchObject({ 'major-again': 0, 'blocked-again': 0 });
});

test.skipIf(!hasTools)('what was written is there after power off, and the disk is clean', () => {
  const image = join(WORK, 'kept.img');
  spawnSync('cp', [DISK, image]);
  run(
    `for i in 1 2 3 4 5; do seq 2000 > /mnt/$i; mkdir /mnt/d$i; done; sync /mnt/1; mv /mnt/1 /mnt/6; umount /mnt; echo done 1`,
    image,
  );
  const check = spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' });
  expect(check.stdout + check.stderr).toMatch(/clean|files/);
  expect(check.status).toBe(0);
  const { stdout } = spawnSync('debugfs', ['-R', 'cat /6', image], { encoding: 'utf8' });
  expect(stdout.trim().split('\n').length).toBe(2000);
});

test.skipIf(!hasTools)(
  'RWF_NOWAIT reads what is in memory, or says EAGAIN and has it come',
  async () => {
    const file = resolve(import.meta.dirname, 'nowait.c');
    const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], WORK);
    const script = `mount -t ext4 /dev/vdb /mnt && /programs/${basename(program)} /mnt/f`;
    const options = ['--deterministic=1', '--disk', `${DISK}:cow,model=hdd`];
    const argv = [CLI, 'run', ...options, '--mount', `${WORK}:/programs`, '--', 'sh', '-c', script];
    const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    // As the program says on Linux, on ext4 and a disk.
    expect(stdout.split('\n')).toEqual([
      'in memory: read 32768',
      'nothing in memory: Resource temporarily unavailable -1',
      'it was on its way: read 32768',
      'end of file: read 0',
      'two of them: read 8192',
      'bc',
      'it may wait: read 32768',
      '',
    ]);
  },
);

test('requests of io_submit wait for the map of their file, and succeed', async () => {
  const file = resolve(import.meta.dirname, 'late-aio.c');
  const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], WORK);
  // Blocks of 1 KiB, and pointers: those behind the twelfth are found through blocks of pointers.
  const script = `mkfs.ext2 -q -b 1024 /dev/vdb && mount -t ext2 /dev/vdb /mnt
    (head -c 300000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero | tr '\\0' y) > /mnt/f
    umount /mnt; mount -t ext2 -o ro /dev/vdb /mnt; /programs/${basename(program)} /mnt/f`;
  const options = ['--deterministic=1', '--disk', `${DISK}:cow,model=hdd`];
  const argv = [CLI, 'run', ...options, '--mount', `${WORK}:/programs`, '--', 'sh', '-c', script];
  const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  // As the program says on Linux.
  expect(stdout).toBe('submit 2\nevents 2\n1: 4096\n2: 4096\nx y\n');
});

test('so does who faults on a page in a swap area, one major fault a page', async () => {
  const file = resolve(import.meta.dirname, 'swap-sleep.c');
  const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], WORK);
  const area = join(WORK, 'swap.img');
  writeFileSync(area, '');
  truncateSync(area, 8 * 2 ** 20);
  const script = `mkswap /dev/vdb > /dev/null && swapon /dev/vdb && /programs/${basename(program)} && swapoff /dev/vdb; echo status $?`;
  const options = ['--deterministic=1', '--disk', `${area},model=hdd`];
  const argv = [CLI, 'run', ...options, '--mount', `${WORK}:/programs`, '--', 'sh', '-c', script];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  expect(stderr).toBe('');
  const seen = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
  expect(seen).toMatchObject({ wrong: '0', major: '48', status: '0' });
  const [cold, alone, both] = ['cold', 'alone', 'beside'].map((name) => Number(seen[name]));
  // 48 seeks and half turns, which the loop does not wait for.
  expect(cold).toBeGreaterThan(100_000);
  expect((both as number) - (alone as number)).toBeLessThan((cold as number) / 8);
});

test('exec of a cold script tells who watches of one open and one close, though it waited', async () => {
  const file = resolve(import.meta.dirname, 'exec-told.c');
  const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], WORK);
  const script = `mkfs.ext2 -q -b 1024 /dev/vdb && mount -t ext2 /dev/vdb /mnt && mkdir -p /mnt/a/b && cp /bin/true /mnt/a/b
    echo '#!/mnt/a/b/true' > /mnt/script; chmod 755 /mnt/script; umount /mnt; mount -t ext2 /dev/vdb /mnt
    /programs/${basename(program)} /mnt/script`;
  const options = ['--deterministic=1', '--disk', `${DISK}:cow,model=hdd`];
  const argv = [CLI, 'run', ...options, '--mount', `${WORK}:/programs`, '--', 'sh', '-c', script];
  const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  // As the program says on Linux.
  expect(stdout).toBe('opens 1\ncloses 1\n');
});
