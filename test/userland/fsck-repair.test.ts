/** What our e2fsck -y repairs: names, sizes, inodes without a name, maps, indexes, the root, the journal, the orphan file. Debian's e2fsck says whether it is right, debugfs does the damage. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';
import { Random } from '../support/random.ts';
import { buildTools, image, newImage, ours, populate, removeImages, theirs } from './disk-tools.ts';

const KINDS = [
  '-t ext4 -b 1024',
  '-t ext2 -b 4096',
  '-t ext4 -O inline_data,^metadata_csum,uninit_bg',
  '-t ext4 -b 1024 -O orphan_file,metadata_csum_seed',
];

/** Damage, and the names that /lost+found has for it afterwards. */
const DAMAGES: readonly (readonly [requests: string, found: readonly string[]])[] = [
  ['unlink /d/f', ['/d/f']],
  ['unlink /d', ['/d']],
  ['unlink /d/sub', ['/d/sub']],
  ['clri /d', ['/d/f', '/d/sub']],
  ['clri /d/f', []],
  ['unlink /many/name-number-7', ['/many/name-number-7']],
  ['clri /many/name-number-8', []],
  ['link /d/sub /d2', []],
  ['set_inode_field /d/f links_count 7', []],
  ['set_inode_field /d/sub links_count 9', []],
  ['set_inode_field /holes blocks 77', []],
  ['set_inode_field /many size 500000', []],
  ['set_inode_field /d/f mode 0160644', []],
  ['set_inode_field /d/f dtime 12345', []],
  ['set_inode_field /short size 0', []],
  ['set_inode_field /holes block[3] 4000000000\nset_inode_field /holes block[IND] 9', []],
  ['set_inode_field /many block[0] 77777777', []],
  ['unlink /lost+found\nunlink /d/f', ['/d/f']],
  ['clri <2>', ['/d', '/holes', '/many']],
  [
    'unlink /d/sub\nclri /d/f\nset_inode_field /long size 0\nunlink /holes\nunlink /link',
    ['/holes', '/d/sub'],
  ],
];

const SEED = 20_261_122;
const HOSTILE: readonly number[] = [0, 0xffff_ffff, 0x7fff_ffff, 1, 2, 3000, 0x0010_0000];

function request(requests: string): string {
  fs.writeFileSync(`${image}.requests`, `${requests}\n`);
  return theirs('debugfs', '-w', '-f', `${image}.requests`, image).stdout;
}

function inodeOf(path: string): string {
  return /Inode: (\d+)/.exec(request(`stat ${path}`))?.[1] ?? '';
}

function populated(kind: string): void {
  populate(...kind.split(' '));
  const source = `${image}.source`;
  fs.writeFileSync(source, 'a file\n');
  request(`mkdir d\nmkdir d/sub\nwrite ${source} d/f\nwrite ${source} d/sub/g`);
  expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
}

beforeAll(buildTools, 600_000);
afterAll(removeImages);

describe.skipIf(!hasTools).each(KINDS)('e2fsck -y on %s', (kind) => {
  it('repairs what was done to names, sizes and inodes', () => {
    populated(kind);
    const whole = fs.readFileSync(image);
    for (const [requests, lost] of DAMAGES) {
      fs.writeFileSync(image, whole);
      const names = lost.map((path) => `#${inodeOf(path)}`);
      request(requests);
      expect((theirs('e2fsck', '-fn', image).status ?? 0) & 4, requests).toBe(4);
      const { status, stdout } = ours('e2fsck', '-fy', image);
      expect(status, `${requests}: ${stdout}`).toBe(1);
      expect(theirs('e2fsck', '-fn', image), requests).toMatchObject({ status: 0 });
      expect(ours('e2fsck', '-fn', image).status, requests).toBe(0);
      const listing = theirs('debugfs', '-R', 'ls -p lost+found', image).stdout;
      const found = [...listing.matchAll(/\/(#\d+)\//g)].map(([, name]) => name);
      expect(found, requests).toEqual(expect.arrayContaining(names));
    }
  });

  it('never says that it has repaired what it has not, and leaves little', () => {
    populated(kind);
    const whole = fs.readFileSync(image);
    const random = new Random(SEED);
    let damaged = 0;
    let repaired = 0;
    for (let round = 0; round < 15; round++) {
      const { bytes, what } = damage(whole, random);
      fs.writeFileSync(image, bytes);
      const where = `seed ${SEED}, round ${round}: ${what}`;
      if (theirs('e2fsck', '-fn', image).status === 0) continue;
      damaged++;
      expect(ours('e2fsck', '-fn', image).status, where).not.toBe(0);
      const { status, stdout } = ours('e2fsck', '-fy', image);
      expect([1, 4, 8], where).toContain(status);
      if (status !== 1) continue;
      repaired++;
      expect(theirs('e2fsck', '-fn', image), `${where}: ${stdout}`).toMatchObject({ status: 0 });
    }
    expect(repaired).toBeGreaterThan(1);
    expect(repaired / damaged).toBeGreaterThan(0.8);
  });

  it.skipIf(kind.includes('inline'))('copies a block that two files have', () => {
    populated(kind);
    const block = (request('bmap /holes 0').split('\n').at(-2) ?? '').trim();
    const content = theirs('debugfs', '-R', 'cat /holes', image).stdout;
    // The first block's number: a pointer, or behind the header of extents and two words of the first.
    const word = kind.includes('ext2') ? 0 : 5;
    request(`set_inode_field /many/name-number-2 block[${word}] ${block}`);
    expect(theirs('e2fsck', '-fn', image).stdout).toContain('multiply-claimed');
    expect(ours('e2fsck', '-fy', image).status).toBe(1);
    expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
    expect(theirs('debugfs', '-R', 'cat /holes', image).stdout).toBe(content);
    const size = 2 * 300;
    const copied = theirs('debugfs', '-R', 'cat /many/name-number-2', image).stdout;
    expect(copied).toBe(content.slice(0, size));
  });

  it('writes an index anew, with every name', () => {
    populated(kind);
    const place = Number(request('bmap /many 0').split('\n').at(-2));
    const bytes = fs.readFileSync(image);
    const size = /-b (\d+)/.exec(kind)?.[1];
    const at = place * (size === undefined ? 1024 : Number(size));
    // Behind "." and "..", and what the root says of itself: counts and the first hashes.
    bytes.fill(0x55, at + 32, at + 80);
    fs.writeFileSync(image, bytes);
    expect(theirs('e2fsck', '-fn', image).status).toBe(4);
    expect(ours('e2fsck', '-fy', image).status).toBe(1);
    expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
    expect(request('htree_dump /many')).toContain('Root node dump:');
    const names = [...request('ls -p /many').matchAll(/\/(name-number-\d+)\//g)];
    expect(new Set(names.map(([, name]) => name)).size).toBe(300);
  });
});

/** Of something that is not 0 and no file's content: a bit, a word, or a block with another's content. */
function damage(whole: Buffer, random: Random): { bytes: Buffer; what: string } {
  const bytes = Buffer.from(whole);
  let at = 0;
  while ([0, 120, 122].includes(whole[at] as number)) at = 2048 + random.below(whole.length - 2048);
  const kind = random.below(3);
  if (kind === 0) bytes[at] = (whole[at] as number) ^ (1 << random.below(8));
  else if (kind === 1)
    bytes.writeUInt32LE(HOSTILE[random.below(HOSTILE.length)] as number, at & ~3);
  else {
    const from = random.below(whole.length >> 10) << 10;
    bytes.set(whole.subarray(from, from + 1024), at & ~1023);
  }
  return { bytes, what: `byte ${at}, kind ${kind}` };
}

/** Of an inode without a name: what Debian's e2fsck makes of the orphan file is what ours does. */
it.skipIf(!hasTools)('clears what the orphan file names', () => {
  populated('-t ext4 -b 1024 -O orphan_file,^metadata_csum');
  const inode = Number(inodeOf('/d/f'));
  const file = Number(
    /Orphan file inode: +(\d+)/.exec(theirs('dumpe2fs', '-h', image).stdout)?.[1],
  );
  const block = Number(request(`blocks <${file}>`).trim().split('\n').at(-1)?.split(' ')[0]);
  request(`set_inode_field /d/f links_count 0\nunlink /d/f\nfeature orphan_present`);
  const bytes = fs.readFileSync(image);
  bytes.writeUInt32LE(inode, block * 1024 + 20);
  fs.writeFileSync(image, bytes);
  expect(theirs('e2fsck', '-fn', image).status).toBe(4);
  expect(ours('e2fsck', '-fn', image).status).toBe(4);
  const { stdout } = ours('e2fsck', '-p', image);
  expect(stdout).toMatch(
    new RegExp(`Clearing orphaned inode ${inode} \\(uid=0, gid=0, mode=0100644, size=7\\)`),
  );
  expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
  const left = theirs('dumpe2fs', '-h', image).stdout;
  const our = /Free (blocks|inodes): +\d+/g;
  fs.writeFileSync(image, bytes);
  theirs('e2fsck', '-fy', image);
  expect(left.match(our)).toEqual(theirs('dumpe2fs', '-h', image).stdout.match(our));
});

it.skipIf(!hasTools)('takes superblock and descriptors from their copies', () => {
  newImage(10 * 2 ** 20);
  expect(theirs('mke2fs', '-q', '-t', 'ext4', '-b', '1024', image).status).toBe(0);
  const whole = fs.readFileSync(image);
  for (const [at, bytes] of [
    [1024 + 56, 8],
    [1024 + 24, 4],
    [2048, 24],
  ] as const) {
    fs.writeFileSync(image, Buffer.from(whole).fill(0xee, at, at + bytes));
    expect(ours('e2fsck', '-fn', image).status).toBeGreaterThan(3);
    expect(ours('e2fsck', '-fy', image).status).toBe(1);
    expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
  }
});

it.skipIf(!hasTools)('leaves them alone with -p, and says so', () => {
  populated(KINDS[0] ?? '');
  request('unlink /d/f');
  const before = fs.readFileSync(image);
  expect(ours('e2fsck', '-p', '-f', image).status).toBe(4);
  expect(fs.readFileSync(image).equals(before)).toBe(true);
});
