/**
 * Random scripts of file operations by one program (operations.c), in the guest and on Linux: each result and errno, the attributes
 * that stat shows, and the tree afterwards. By hand:
 * HARTIX_RANDOM_RUNS=500 HARTIX_RANDOM_SEED=7 npx vitest run --project guest test/fs/differential
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type System } from '../../../src/index.ts';
import { buildPrograms } from '../../support/build-programs.ts';
import { hasDosTools, mkfsFat } from '../dosfstools.ts';
import { hasTools, mke2fs } from '../e2fsprogs.ts';
import { Interpreter } from './interpreter.ts';
import { type Abilities, ALL, FOUND, scripts } from './script.ts';

const SEED = Number(process.env['HARTIX_RANDOM_SEED'] ?? 20261122);
const RUNS = Number(process.env['HARTIX_RANDOM_RUNS'] ?? 12);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-differential-'));
const isComparable = process.platform === 'linux' && process.getuid?.() === 0;
if (!isComparable) console.warn('SKIPPED: file systems are compared as root on Linux only');

/** The last first. */
const mounted: string[] = [];
const inPlace = (name: string): string => path.join(work, name);

/** A folder of Linux's own file system of that type; undefined where it cannot be mounted. */
function mountNative(type: string, name: string, options: string): string | undefined {
  const folder = inPlace(name);
  fs.mkdirSync(folder);
  mounted.unshift(folder);
  const { status, stderr } = spawnSync('mount', ['-t', type, '-o', options, type, folder]);
  if (status === 0) return folder;
  console.warn(`SKIPPED: no ${type} of Linux to compare with: ${stderr}`);
  return undefined;
}

const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;
const COLLAPSE = 8;
const ZERO = 16;
const INSERT = 32;

interface Subject {
  readonly name: string;
  /** In the guest: makes /subject. */
  readonly mount: string;
  readonly abilities: Abilities;
  readonly native: () => string | undefined;
  readonly found: readonly (readonly string[])[];
}

function plainFolder(name: string): string {
  const folder = inPlace(name);
  fs.mkdirSync(folder);
  return folder;
}

/** Of what Linux's work folder is: the type of /tmp, or of $TMPDIR. */
function onExt4(name: string): string | undefined {
  const { stdout } = spawnSync('stat', ['-f', '-c', '%T', work], { encoding: 'utf8' });
  if (stdout.trim() === 'ext2/ext3') return plainFolder(name);
  console.warn(`SKIPPED: ${work} is no ext4 to compare with`);
  return undefined;
}

function nativeOverlay(): string | undefined {
  const layers = mountNative('tmpfs', 'layers', 'size=64M');
  if (layers === undefined) return undefined;
  for (const part of ['l', 'u', 'w']) fs.mkdirSync(path.join(layers, part));
  return mountNative(
    'overlay',
    'native-overlay',
    `lowerdir=${layers}/l,upperdir=${layers}/u,workdir=${layers}/w,redirect_dir=on`,
  );
}

const ALLOCATIONS = [
  0,
  KEEP_SIZE,
  PUNCH_HOLE | KEEP_SIZE,
  PUNCH_HOLE,
  ZERO,
  ZERO | KEEP_SIZE,
  COLLAPSE,
  INSERT,
  // Nobody's; Linux 6.17 knows 128.
  256,
];
const NO_TRAITS = {
  hasLinks: false,
  hasOwners: false,
  hasAttributes: false,
  hasFifos: false,
  hasTemporaries: false,
};

const SUBJECTS: readonly Subject[] = [
  {
    name: 'ext4',
    mount: 'mount -t ext4 /dev/vdb /subject; rmdir /subject/lost+found',
    abilities: { ...ALL, allocations: ALLOCATIONS },
    native: () => onExt4('native-ext4'),
    found: Object.values(FOUND),
  },
  {
    name: 'tmpfs',
    mount: 'mount -t tmpfs tmpfs /subject',
    abilities: { ...ALL, allocations: ALLOCATIONS.filter((mode) => (mode & ZERO) === 0) },
    native: () => mountNative('tmpfs', 'native-tmpfs', 'size=64M'),
    found: Object.values(FOUND),
  },
  {
    name: 'overlay',
    mount:
      'mkdir /tmp/l /tmp/u /tmp/w; mount -t overlay -o lowerdir=/tmp/l,upperdir=/tmp/u,workdir=/tmp/w,redirect_dir=on overlay /subject',
    abilities: { ...ALL, renames: [0, 0, 1, 2, 4, 8] },
    native: nativeOverlay,
    found: Object.values(FOUND),
  },
  {
    name: 'vfat',
    mount: 'mount -t vfat -o fmask=0133,dmask=0022 /dev/vdc /subject',
    abilities: {
      ...ALL,
      ...NO_TRAITS,
      renames: [0, 0, 1, 2, 8],
      modes: ['0644'],
      folderModes: ['0755'],
    },
    native: () => plainFolder('native-vfat'),
    found: [FOUND.exchange, FOUND.farMapping, FOUND.emptyAppend],
  },
  {
    name: '9p',
    mount: 'mount --bind /host9p /subject',
    abilities: {
      ...ALL,
      ...NO_TRAITS,
      hasLinks: true,
      renames: [0],
      modes: ['0644', '0600', '0444'],
      folderModes: ['0755', '0700'],
    },
    native: () => plainFolder('native-9p'),
    found: [FOUND.farMapping, FOUND.emptyAppend],
  },
];

describe.skipIf(!isComparable)('random scripts give what Linux gives', () => {
  let guestProgram = '';
  let nativeProgram = '';
  let system: System | undefined;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    const source = { file: path.join(import.meta.dirname, 'operations.c'), flags: ['-O1'] };
    const build = path.resolve(import.meta.dirname, '../../../build/syscalls');
    [guestProgram = ''] = await buildPrograms([source], build);
    [nativeProgram = ''] = await buildPrograms(
      [source],
      build,
      `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-musl`,
    );
    fs.mkdirSync(inPlace('programs'));
    fs.mkdirSync(inPlace('shared'));
    fs.copyFileSync(guestProgram, inPlace('programs/operations'));
    fs.chmodSync(inPlace('programs/operations'), 0o755);
    fs.writeFileSync(
      inPlace('ext4.img'),
      hasTools ? mke2fs('64M', '-t', 'ext4', '-b', '4096') : '',
    );
    fs.writeFileSync(inPlace('fat.img'), hasDosTools ? mkfsFat(16_000, '-F', '16') : '');
    system = await boot({
      disks: [inPlace('ext4.img'), inPlace('fat.img')],
      mounts: { '/programs': `${inPlace('programs')}:ro`, '/host9p': inPlace('shared') },
    });
  }, 100_000);

  afterAll(async () => {
    for (const child of children) child.kill();
    await system?.close();
    for (const folder of mounted) spawnSync('umount', ['-l', folder]);
    fs.rmSync(work, { recursive: true, force: true });
  });

  it.each(SUBJECTS)(
    '$name',
    { timeout: 3_600_000 },
    async ({ name, mount, abilities, native, found }) => {
      const folder = native();
      const isMissing = (name === 'ext4' && !hasTools) || (name === 'vfat' && !hasDosTools);
      if (folder === undefined || isMissing || !system) return;
      const child = spawn(nativeProgram, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      const linux = new Interpreter(child.stdin, child.stdout);
      const prepared = await system.exec(`mkdir -p /subject; ${mount}`);
      expect(prepared.stderr).toBe('');
      const program = system.spawn('/programs/operations', ['/subject']);
      const guest = new Interpreter(program.stdin, program.stdout);
      try {
        await fc.assert(
          fc.asyncProperty(scripts(abilities), async (script) => {
            const [there, here] = await Promise.all([linux.run(script), guest.run(script)]);
            const at = here.findIndex((result, i) => result !== there[i]);
            if (at < 0) return;
            throw new Error(`${script[at - 1] ?? 'the tree'}: ${here[at]}; on Linux ${there[at]}`);
          }),
          { seed: SEED, numRuns: RUNS, examples: found.map((script) => [[...script]]) },
        );
      } finally {
        program.end();
        child.stdin.end();
        await program.exit;
        await system.exec('umount /subject');
      }
    },
  );

  it.skipIf(!hasTools || !hasDosTools)('and leave the disks clean', () => {
    for (const [judge, image] of [
      ['e2fsck', 'ext4.img'],
      ['fsck.fat', 'fat.img'],
    ] as const) {
      const { status, stdout } = spawnSync(judge, ['-n', inPlace(image)], { encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, stdout]);
    }
  });
});
