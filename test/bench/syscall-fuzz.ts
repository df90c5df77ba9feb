/**
 * Random system calls in one machine for as long as is wished: `node --import tsx test/bench/syscall-fuzz.ts [SECONDS] [FIRST SEED]`. The program of
 * test/syscalls/fuzz runs as root below a root of its own; after each 100,000 calls or so that root is taken down, and then open files, inodes and
 * frames must be those from before. Prints a line for each million, with the seeds; exit status 1 where something is left.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { boot, type System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const [seconds = 3600, firstSeed = 1] = process.argv.slice(2).map(Number);
const MILLION = 1_000_000;
/** A child ends early by what it does to itself: most make some hundred calls. */
const CHILDREN = 200;
const CALLS = 10_000;
/** KiB: kinds of objects that had many keep what some would cost. */
const MOST_SLAB = 2048;

/** A root that may be destroyed: only what is below it is in reach of paths. Its /dev is its own: what is done to devtmpfs stays. */
const SET_UP = `
mkdir -p /jail && mount -t tmpfs -o size=64M none /jail && cd /jail &&
mkdir bin dev dev/pts dev/shm proc sys sys/devices tmp root && cp /bin/true bin/true && cp /programs/fuzz root/fuzz &&
mknod dev/null c 1 3 && mknod dev/zero c 1 5 && mknod dev/full c 1 7 && mknod dev/urandom c 1 9 &&
mknod dev/tty c 5 0 && mknod dev/ptmx c 5 2 && mount -t proc none proc && mount -t devpts none dev/pts`;

/** Who still runs, what was mounted, what is left of System V. A proc that is mounted is the one of /proc, which is read-only if that was made so. */
const TAKE_DOWN = `
cd /
kill -9 -1
mount -o remount,rw /proc
while grep -q ' /jail' /proc/mounts; do
  for place in $(cut -d' ' -f2 /proc/mounts | grep ^/jail | sort -r); do umount -l "$(printf %b "$place")"; done
done
ipcrm -a
hostname hartix
sync
echo 3 >/proc/sys/vm/drop_caches`;

interface Counts {
  files: number;
  inodes: number;
  processes: number;
  mounts: number;
  anonymous: number;
  pageTables: number;
  slab: number;
  cached: number;
  unaccounted: number;
}

/** In KiB where they are memory. */
async function counts(system: System): Promise<Counts> {
  const { fs } = system;
  const memory = new Map<string, number>();
  for (const line of (await fs.readFile('/proc/meminfo', 'utf8')).split('\n')) {
    const [, name = '', value = ''] = /^(\w+(?:\(\w+\))?): *(\d+)/.exec(line) ?? [];
    memory.set(name, Number(value));
  }
  const of = (name: string): number => memory.get(name) ?? Number.NaN;
  const number = async (path: string): Promise<number> =>
    Number.parseInt(await fs.readFile(path, 'utf8'), 10);
  const used = ['MemFree', 'Buffers', 'Cached', 'AnonPages', 'Slab', 'PageTables'];
  return {
    files: await number('/proc/sys/fs/file-nr'),
    inodes: await number('/proc/sys/fs/inode-nr'),
    // Without kernel threads, which have no command line.
    processes: (await system.processes()).filter(
      ({ state, command }) => state === 'Z' || command.length > 0,
    ).length,
    mounts: (await fs.readFile('/proc/1/mounts', 'utf8')).split('\n').length - 1,
    anonymous: of('AnonPages'),
    pageTables: of('PageTables'),
    slab: of('Slab'),
    cached: of('Cached') + of('Buffers'),
    unaccounted: used.reduce((left, name) => left - of(name), of('MemTotal')),
  };
}

async function shell(system: System, script: string): Promise<void> {
  const { exitCode, stderr, timedOut } = await system.exec(script, { timeout: 60_000 });
  if (exitCode !== 0)
    throw new Error(`status ${exitCode}${timedOut ? ', too late' : ''}: ${stderr}${script}`);
}

/** Returns how many were made. */
async function makeCalls(system: System, seed: number, children: number): Promise<number> {
  const command = ['chroot', '/jail', '/root/fuzz', `${seed}`, `${children}`, `${CALLS}`, 'stay'];
  const { stdout, stderr, timedOut, outputExceeded } = await system.exec(command, {
    timeout: 3_600_000,
  });
  // A child may have written to the same pipe, more than is taken of any program (its parent was ended then), or the kernel for one to the counter.
  if (outputExceeded) return 0;
  const calls = Number(/(\d+) calls$/m.exec(stdout)?.[1]);
  if (timedOut || !(calls > 0))
    throw new Error(`seed ${seed}: ${timedOut ? 'too late' : stdout + stderr}`);
  return calls > children * CALLS ? 0 : calls;
}

async function settled(system: System, seed: number): Promise<Counts> {
  try {
    await shell(system, TAKE_DOWN);
  } catch (cause) {
    throw new Error(`seed ${seed} is not to be taken down`, { cause });
  }
  let before = await counts(system);
  // The host's ends of a program's streams are closed a little after its end.
  for (let i = 0; i < 50 && before.files !== 1; i++) {
    await new Promise((done) => setTimeout(done, 20));
    before = await counts(system);
  }
  return before;
}

const folder = mkdtempSync(join(tmpdir(), 'hartix-long-fuzz-'));
const source = {
  file: resolve(import.meta.dirname, '../syscalls/fuzz/syscall-fuzz.c'),
  flags: ['-O1'],
};
const [program = ''] = await buildPrograms(
  [source],
  resolve(import.meta.dirname, '../../build/syscalls'),
);
copyFileSync(program, join(folder, 'fuzz'));
const system = await boot({ deterministic: firstSeed, mounts: { '/programs': `${folder}:ro` } });
try {
  const start = performance.now();
  let seed = firstSeed;
  let total = 0;
  const round = async (children: number): Promise<Counts> => {
    await shell(system, SET_UP);
    total += await makeCalls(system, seed, children);
    return settled(system, seed++);
  };
  const { slab, ...expected } = await round(2);
  process.stdout.write(`at first: ${JSON.stringify({ ...expected, slab })}\n`);
  const isAsBefore = (left: Counts) =>
    isDeepStrictEqual({ ...left, slab }, { ...expected, slab }) && left.slab <= MOST_SLAB;
  let goal = MILLION;
  while (performance.now() - start < seconds * 1000 && process.exitCode === undefined) {
    let left = await round(CHILDREN);
    // What was dropped while the last of a killed program went may have been in use.
    if (!isAsBefore(left)) left = await settled(system, seed);
    const minutes = ((performance.now() - start) / 60_000).toFixed(1);
    const progress = `${total} calls, slab ${left.slab} KiB, seeds from ${firstSeed} to ${seed - 1}, ${minutes} minutes\n`;
    if (!isAsBefore(left)) {
      process.stdout.write(`${progress}left by the last: ${JSON.stringify(left)}\n`);
      process.exitCode = 1;
    } else if (total >= goal) {
      process.stdout.write(progress);
      goal += MILLION;
    }
  }
} finally {
  await system.close();
  rmSync(folder, { recursive: true });
}
