/** The request queue of a disk, and disks that take their time, as the guest sees them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-queue-'));
const DISK = join(WORK, 'disk.img');
afterAll(() => rmSync(WORK, { recursive: true }));
writeFileSync(DISK, '');
truncateSync(DISK, 32 * 2 ** 20);

function guest(options: readonly string[], script: string) {
  const argv = [CLI, 'run', ...options, '--', 'sh', '-c', script];
  return spawnSync(process.execPath, argv, { encoding: 'utf8' });
}

/** Seconds of `count` MiB read from the start, and of 4 sectors here and there. */
function times(model: string): { sequential: number; random: number } {
  const script = `cd /sys/block/vdb/queue; cat rotational
    a=$(date +%s%N); dd if=/dev/vdb of=/dev/null bs=1M count=8 2>/dev/null
    b=$(date +%s%N); for s in 60000 100 50000 9000; do dd if=/dev/vdb of=/dev/null bs=512 count=1 skip=$s 2>/dev/null; done
    c=$(date +%s%N); echo $(( (b - a) / 1000 )) $(( (c - b) / 1000 ))`;
  const { stdout } = guest(['--deterministic=1', '--disk', `${DISK}:cow,model=${model}`], script);
  const [rotational, line = ''] = stdout.split('\n');
  expect(rotational).toBe(model === 'hdd' ? '1' : '0');
  const [sequential = 0, random = 0] = line.split(' ').map(Number);
  return { sequential: sequential / 1e6, random: random / 1e6 };
}

test('a hard disk seeks, an SSD does not; the bandwidths are the models', () => {
  const hdd = times('hdd');
  const ssd = times('ssd');
  // 8 MiB at 5 ms, and at 1 ms.
  expect(hdd.sequential).toBeGreaterThan(0.04);
  expect(ssd.sequential).toBeGreaterThan(0.008);
  expect(ssd.sequential).toBeLessThan(hdd.sequential);
  // Four seeks of 6 ms and more.
  expect(hdd.random - ssd.random).toBeGreaterThan(0.024);
  expect(guest(['--disk', `${DISK},model=drum`], 'true').stderr).toMatch(/model=drum: write hdd/);
});

test.skipIf(!hasTools)(
  'sync gathers writes, the scheduler is chosen, the trace says what went',
  () => {
    spawnSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', DISK]);
    const script = `cd /sys/block/vdb/queue; cat scheduler nr_requests; echo look > scheduler && echo 64 > nr_requests
    cat scheduler nr_requests; (echo no > scheduler) 2>/dev/null || echo refused
    mount -t ext4 /dev/vdb /mnt && for i in 1 2 3 4 5 6; do dd if=/dev/zero of=/mnt/$i bs=8k count=1 2>/dev/null; done
    sync; awk '$3 == "vdb" { print ($9 > 0) }' /proc/diskstats 2>/dev/null || set -- $(grep vdb /proc/diskstats); umount /mnt`;
    const { stdout, stderr } = guest(['--trace', 'block', '--disk', `${DISK}:cow`], script);
    const all = 'mq-deadline bfq fcfs ssf scan c-scan';
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      `[none] ${all} look c-look`,
      '128',
      `none ${all} [look] c-look`,
      '64',
      'refused',
    ]);
    const events = stderr.split('\n').filter((line) => line.startsWith('[block] vdb '));
    const kinds = events.map((line) => line.split(' ')[2]);
    for (const kind of ['Q', 'M', 'D', 'C']) expect(kinds).toContain(kind);
    const merged = events.filter((line) => /vdb M W/.test(line)).length;
    expect(merged).toBeGreaterThanOrEqual(5);
  },
);

interface TracedEvent {
  readonly seconds: number;
  readonly pid: string;
  readonly action: string;
  readonly place: string;
}

function tracedEvents(lines: readonly string[]): TracedEvent[] {
  return lines
    .filter((line) => line.startsWith('254,16 '))
    .map((line) => {
      const [, , , seconds, pid = '', action = '', , sector, , sectors] = line.trim().split(/ +/);
      return { seconds: Number(seconds), pid, action, place: `${sector}+${sectors}` };
    });
}

test('a process sleeps in D while the disk works, and others run and have requests with it', () => {
  const script = `cd /sys/block/vdb; echo 32 > device/queue_depth; echo 1 > trace/enable
    dd if=/dev/vdb of=/dev/null bs=4k count=1 skip=1000 2>/dev/null & dd if=/dev/vdb of=/dev/null bs=4k count=1 skip=5000 2>/dev/null &
    dd if=/dev/vdb of=/dev/null bs=1M count=2 2>/dev/null & sleep 0.001
    cat inflight; grep -h State /proc/[0-9]*/status | grep -c D; wait; cat inflight; echo 0 > trace/enable; cat trace/events`;
  const { stdout } = guest(['--deterministic=1', '--disk', `${DISK}:cow,model=hdd`], script);
  const [during = '', sleepers, after, ...lines] = stdout.split('\n');
  expect(Number(during.trim().split(/ +/)[0])).toBeGreaterThan(2);
  expect(Number(sleepers)).toBeGreaterThan(0);
  expect(after).toBe('       0        0');
  const events = tracedEvents(lines);
  const isOverlapped = events.some((sent, i) => {
    if (sent.action !== 'D') return false;
    const rest = events.slice(i + 1);
    const done = rest.findIndex(({ action, place }) => action === 'C' && place === sent.place);
    return rest.slice(0, done).some(({ action, pid }) => action === 'Q' && pid !== sent.pid);
  });
  expect(isOverlapped).toBe(true);
});

test('depth pays on an SSD, order on a hard disk', () => {
  const reads = (options: string, model: string) => {
    const script = `cd /sys/block/vdb; ${options}; a=$(date +%s%N)
      for s in 7 3 15 1 11 5 13 9; do dd if=/dev/vdb of=/dev/null bs=4k count=1 skip=\${s}00 2>/dev/null & done; wait; echo $(( ($(date +%s%N) - a) / 1000 ))
      awk '$3 == "vdb" { print $12, $13, $14 }' /proc/diskstats; cat trace/events`;
    const { stdout } = guest(['--deterministic=1', '--disk', `${DISK}:cow,model=${model}`], script);
    return stdout.split('\n');
  };
  const order = (lines: readonly string[]) =>
    tracedEvents(lines)
      .filter(({ action }) => action === 'D')
      .map(({ place }) => Number(place.split('+')[0]));
  const many = reads('true', 'ssd');
  const one = reads('echo 1 > device/queue_depth', 'ssd');
  expect(Number(one[0])).toBeGreaterThan(Number(many[0]));
  const look = order(reads('echo look > queue/scheduler; echo 1 > trace/enable', 'hdd'));
  expect(look.length).toBe(8);
  // The first goes at once; the others wait for it, and go up, or up and then down.
  const behind = look.slice(1);
  const turns = behind.slice(1).filter((sector, i) => sector < (behind[i] ?? 0)).length;
  expect(turns).toBeLessThan(behind.length / 2);
  const fcfs = order(reads('echo fcfs > queue/scheduler; echo 1 > trace/enable', 'hdd'));
  expect(fcfs).toEqual([5600, 2400, 12000, 800, 8800, 4000, 10400, 7200]);
});
