/**
 * What files cost (storage.c) on Hartix (the bundled build) and on Debian's Linux in qemu-system-riscv64, by turns: the same static program, on
 * tmpfs and on copies of one ext4 image, and the mount of a clean image of 4 GiB.
 * `node --import tsx test/bench/storage.ts [--rounds N] [--no-linux]`
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isInstalled, runHost } from '../../src/cli/bench/contestants.ts';
import { cpio } from '../../src/cli/bench/cpio.ts';
import { geometricMean, median, parseRates, spreadText } from '../../src/cli/bench/rates.ts';
import { linuxGuest } from '../machine/linux-guest.ts';
import { debianFolder } from '../support/debian.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const TIMEOUT_MS = 900_000;
/** What runs in both, from Debian's packages. */
const PACKAGES = ['busybox-static', 'git', 'libc6', 'libpcre2-8-0', 'zlib1g'];
const TOOLS = [
  'busybox',
  'git',
  'ld-linux-riscv64-lp64d.so.1',
  'libc.so.6',
  'libpcre2-8.so.0',
  'libz.so.1',
];
const FILES = ['storage', 'tree.tar', ...TOOLS];
/** A tree as of sources: folders and files in each, and the bytes of one. */
const TREE = { folders: 50, files: 100, bytes: 3000 };
/** The mark of the issue: so many times as fast. */
const WANTED = 3;

type Rates = ReadonlyMap<string, number>;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'no-linux': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'hartix-storage-bench-'));
const units = new Map<string, string>();

function must(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr || error?.message}`);
}

/** The program, busybox for its tar, the archive, and the images. */
function prepare(): void {
  const source = join(import.meta.dirname, 'storage.c');
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  must(
    'zig',
    'cc',
    '-target',
    'riscv64-linux-musl',
    '-static',
    '-O2',
    source,
    '-o',
    join(shared, 'storage'),
  );
  const root = debianFolder('bench-storage', PACKAGES, false);
  if (root === undefined) throw new Error("there are no Debian's programs");
  for (const name of TOOLS) {
    const [found] = globSync(`{bin,usr/bin,usr/lib/riscv64-linux-gnu}/${name}`, { cwd: root });
    if (found === undefined) throw new Error(`Debian's packages hold no ${name}`);
    copyFileSync(join(root, found), join(shared, name));
  }
  const tree = join(folder, 'tree');
  for (let i = 0; i < TREE.folders; i++) {
    mkdirSync(join(tree, `folder${i}`), { recursive: true });
    for (let j = 0; j < TREE.files; j++)
      writeFileSync(join(tree, `folder${i}`, `file${j}.c`), `${i} ${j}\n`.repeat(TREE.bytes / 6));
  }
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench', '-c', 'gc.auto=0'];
  must('git', 'init', '-q', '--template=', tree);
  must('git', '-C', tree, 'add', '.');
  must('git', '-C', tree, ...identity, 'commit', '-q', '-m', 'tree');
  must('git', '-C', tree, 'gc', '-q');
  must('tar', 'cf', join(shared, 'tree.tar'), '-C', folder, 'tree');
  must('mke2fs', '-q', '-t', 'ext4', join(folder, 'empty.img'), '512M');
  must('mke2fs', '-q', '-t', 'ext4', join(folder, 'large.img'), '4G');
}

/** The same for both: `bench` is where the files are. */
const script = (bench: string): string => `
export HOME=/t
mkdir -p /t /m
mount -t tmpfs -o size=600M tmpfs /t
cp ${FILES.map((name) => `${bench}/${name}`).join(' ')} /t
mount -t ext4 /dev/DISK1 /m
mkdir /t/work
/t/storage tmpfs /t/work memory /t
/t/storage ext4 /m disk /t
umount /m
/t/storage mount /dev/DISK2 /m
`;

function images(): string[] {
  copyFileSync(join(folder, 'empty.img'), join(folder, 'disk.img'));
  return [join(folder, 'disk.img'), join(folder, 'large.img')];
}

function runHartix(): Promise<string> {
  const disks = images().flatMap((file) => ['--disk', file]);
  const text = script('/bench').replace('DISK1', 'vdb').replace('DISK2', 'vdc');
  const options = ['--memory', '1G', '--mount', `${join(folder, 'shared')}:/bench:ro`, ...disks];
  return runHost(process.execPath, [CLI, 'run', ...options, '--', 'sh', '-c', text]);
}

/** The RAM disk of tests, with another init, which loads the same modules. */
function runLinux(kernel: string, initrd: string): Promise<string> {
  const text = script('').replace('DISK1', 'vda').replace('DISK2', 'vdb');
  const shared = FILES.map((name) => ({
    path: name,
    mode: 0o100755,
    bytes: readFileSync(join(folder, 'shared', name)),
  }));
  const modules = gunzipSync(readFileSync(initrd))
    .toString('latin1')
    .match(/^insmod \/modules\/\S+$/gm);
  const init = `#!/bin/sh
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
${modules?.join('\n')}
(${text}) > /dev/console 2>&1
poweroff -f
`;
  const bytes = new TextEncoder().encode(init);
  const archive = cpio([...shared, { path: 'init', mode: 0o100755, bytes }]);
  const image = join(folder, 'initrd');
  writeFileSync(image, Buffer.concat([readFileSync(initrd), gzipSync(archive)]));
  const drives = images()
    .toReversed()
    .flatMap((file, i) => [
      ...['-drive', `file=${file},format=raw,if=none,id=d${i}`],
      ...['-device', `virtio-blk-device,drive=d${i}`],
    ]);
  const machine = ['-M', 'virt', '-m', '1G', '-nographic', '-no-reboot', ...drives];
  const append = 'console=ttyS0 quiet panic=-1';
  return runHost(
    'qemu-system-riscv64',
    [...machine, '-kernel', kernel, '-initrd', image, '-append', append],
    {
      timeoutMs: TIMEOUT_MS,
      anyStatus: true,
    },
  );
}

async function rates(name: string, run: () => Promise<string>): Promise<Rates> {
  process.stderr.write(`${name}\n`);
  const output = await run();
  const found = parseRates(output);
  if (!found.some((rate) => rate.name === 'mount.again'))
    throw new Error(`${name} came to no end: ${output}`);
  for (const rate of found) units.set(rate.name, rate.unit);
  return new Map(found.map((rate) => [rate.name, rate.rate]));
}

function print(ours: readonly Rates[], linux: readonly Rates[]): void {
  const column = (all: readonly Rates[], figure: string): number[] =>
    all.map((round) => round.get(figure) ?? Number.NaN);
  const factors = new Map<string, number>();
  process.stdout.write(
    '| figure | unit | Hartix | Linux in QEMU | times as fast |\n|---|---|---:|---:|---:|\n',
  );
  for (const [figure, unit] of units) {
    const times = column(ours, figure).map(
      (rate, i) => rate / (linux[i]?.get(figure) ?? Number.NaN),
    );
    factors.set(figure, median(times));
    const cells = [
      spreadText(column(ours, figure)),
      spreadText(column(linux, figure)),
      spreadText(times),
    ];
    process.stdout.write(`| ${[figure, unit, ...cells].join(' | ')} |\n`);
  }
  const first = 1000 / median(column(ours, 'mount.first'));
  process.stdout.write(`\nmount of a clean ext4 of 4 GiB: ${first.toFixed(2)} ms\n`);
  if (linux.length === 0) return;
  const slow = [...factors].filter(([, factor]) => factor < WANTED).map(([figure]) => figure);
  process.stdout.write(`geometric mean: ${geometricMean([...factors.values()]).toFixed(2)}\n`);
  process.stdout.write(`less than ${WANTED} times as fast: ${slow.join(', ') || 'none'}\n`);
}

try {
  prepare();
  const guest =
    values['no-linux'] || !isInstalled('qemu-system-riscv64') ? undefined : linuxGuest();
  if (!guest) process.stderr.write('SKIPPED: no Linux in qemu-system-riscv64\n');
  const ours: Rates[] = [];
  const linux: Rates[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await rates('Hartix', runHartix));
    if (guest) linux.push(await rates('Linux', () => runLinux(guest.kernel, guest.initrd)));
  }
  print(ours, linux);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
