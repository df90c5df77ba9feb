/** The journal and the list of orphans in e2fsck and debugfs, against Debian's on the same bytes. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTools } from '../fs/e2fsprogs.ts';
import { buildTools, image, ours, populate, removeImages, theirs } from './disk-tools.ts';

beforeAll(buildTools, 600_000);
afterAll(removeImages);

/** Debian's debugfs changes the image. */
function spoil(...requests: readonly string[]): void {
  fs.writeFileSync(`${image}.requests`, `${requests.join('\n')}\n`);
  expect(theirs('debugfs', '-w', '-f', `${image}.requests`, image).status).toBe(0);
}

/** Inode number of a path, as Debian's debugfs says. */
function inodeOf(file: string): string {
  return /Inode: (\d+)/.exec(theirs('debugfs', '-R', `stat ${file}`, image).stdout)?.[1] ?? '';
}

/** A transaction that writes a block, and one that writes another and revokes the first: neither is in its place yet. */
function leaveJournal(): readonly [number, number] {
  const content = `${image}.content`;
  fs.writeFileSync(content, Buffer.alloc(4096, 'journal of a crash '));
  const free = [5200, 5300] as const;
  spoil(
    'jo',
    `jw -b ${free[0]} ${content}`,
    `jw -b ${free[1]} ${content}`,
    `jw -r ${free[0]}`,
    'jc',
  );
  return free;
}

const KINDS: readonly (readonly string[])[] = [
  ['-t', 'ext4', '-b', '1024'],
  ['-t', 'ext3', '-b', '1024'],
  ['-t', 'ext4', '-b', '1024', '-O', '^metadata_csum,64bit'],
];

describe.skipIf(!hasTools)('what a crash left', () => {
  it.each(KINDS)('logdump prints the same: %s %s %s %s', (...options) => {
    populate(...options, '-J', 'size=1');
    const [, block] = leaveJournal();
    for (const request of ['logdump', 'logdump -a', `logdump -b ${block}`]) {
      const [here, there] = [ours, theirs].map((of) => of('debugfs', '-R', request, image).stdout);
      expect(here, request).toBe(there);
      expect(here).toContain('No magic number');
    }
    const { stdout } = ours('debugfs', '-R', `block ${block}`, image);
    expect(stdout).toMatch(
      /^cache {2}none .*\nlog .* 6a 6f 75 72 6e 61 6c .*\n.*\nhome .* 00 00 00/,
    );
  });

  it.each(KINDS)('the journal is replayed as by Debian: %s %s %s %s', (...options) => {
    populate(...options, '-J', 'size=1');
    const places = leaveJournal();
    const before = fs.readFileSync(image);
    const after = [ours, theirs].map((of) => {
      fs.writeFileSync(image, before);
      const { status, stdout } = of('e2fsck', '-p', image);
      const blocks = places.map((at) =>
        fs.readFileSync(image).toString('latin1', at * 1024, at * 1024 + 1024),
      );
      return { status, stdout, blocks };
    });
    expect(after[0]).toEqual(after[1]);
    expect(after[0]?.blocks.map((block) => block.startsWith('journal'))).toEqual([false, true]);
    fs.writeFileSync(image, before);
    ours('e2fsck', '-p', image);
    expect(theirs('e2fsck', '-fn', image).status).toBe(0);
    expect(theirs('debugfs', '-R', 'logdump', image).stdout).toMatch(/^Journal starts at block 0/);
  });

  it.each(KINDS)('orphans are freed and cut as by Debian: %s %s %s %s', (...options) => {
    populate(...options, '-J', 'size=1');
    const [gone, cut] = [inodeOf('/many/name-number-6'), inodeOf('/holes')];
    spoil(
      'unlink /many/name-number-6',
      `set_inode_field <${gone}> links_count 0`,
      `set_inode_field <${gone}> dtime ${cut}`,
      `set_inode_field <${cut}> size 100000`,
      `set_super_value last_orphan ${gone}`,
    );
    const before = fs.readFileSync(image);
    const [here, there] = [ours, theirs].map((of) => {
      fs.writeFileSync(image, before);
      const { status, stdout } = of('e2fsck', '-fy', image);
      const files = theirs('debugfs', '-R', `stat <${cut}>`, image).stdout;
      // How many files are in pieces is counted otherwise here.
      const said = stdout.replace(/\([\d.]+% non-contiguous\)/, '');
      return { status, said, files: files.replace(/^.*(time|checksum):.*$/gm, '') };
    });
    expect(here).toEqual(there);
    fs.writeFileSync(image, before);
    ours('e2fsck', '-fy', image);
    expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
  });
});
