/** What our e2fsck -y repairs: names, sizes, inodes without a name. Debian's e2fsck says whether it is right, debugfs does the damage. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';
import { Random } from '../support/random.ts';
import { buildTools, image, ours, populate, removeImages, theirs } from './disk-tools.ts';

const KINDS = [
  '-t ext4 -b 1024',
  '-t ext2 -b 4096',
  '-t ext4 -O inline_data,^metadata_csum,uninit_bg',
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
  [
    'unlink /d/sub\nclri /d/f\nset_inode_field /long size 0\nunlink /holes\nunlink /link',
    ['/holes', '/d/sub'],
  ],
];

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
      expect(theirs('e2fsck', '-fn', image).status, requests).toBe(4);
      const { status, stdout } = ours('e2fsck', '-fy', image);
      expect(status, `${requests}: ${stdout}`).toBe(1);
      expect(theirs('e2fsck', '-fn', image), requests).toMatchObject({ status: 0 });
      expect(ours('e2fsck', '-fn', image).status, requests).toBe(0);
      const listing = theirs('debugfs', '-R', 'ls -p lost+found', image).stdout;
      const found = [...listing.matchAll(/\/(#\d+)\//g)].map(([, name]) => name);
      expect(found, requests).toEqual(expect.arrayContaining(names));
    }
  });

  it('never says that it has repaired what it has not', () => {
    populated(kind);
    const whole = fs.readFileSync(image);
    const seed = 20_261_122;
    const random = new Random(seed);
    let repaired = 0;
    for (let round = 0; round < 25; round++) {
      let at = 0;
      while ([0, 120, 122].includes(whole[at] as number))
        at = 1024 + random.below(whole.length - 1024);
      const damaged = Buffer.from(whole);
      damaged[at] = (whole[at] as number) ^ (1 << random.below(8));
      fs.writeFileSync(image, damaged);
      if (theirs('e2fsck', '-fn', image).status === 0) continue;
      const { status, stdout } = ours('e2fsck', '-fy', image);
      expect([1, 4, 8], stdout).toContain(status);
      if (status !== 1) continue;
      repaired++;
      const where = `seed ${seed}, byte ${at}: ${stdout}`;
      expect(theirs('e2fsck', '-fn', image), where).toMatchObject({ status: 0 });
    }
    expect(repaired).toBeGreaterThan(1);
  });
});

it.skipIf(!hasTools)('leaves them alone with -p, and says so', () => {
  populated(KINDS[0] ?? '');
  request('unlink /d/f');
  const before = fs.readFileSync(image);
  expect(ours('e2fsck', '-p', '-f', image).status).toBe(4);
  expect(fs.readFileSync(image).equals(before)).toBe(true);
});
