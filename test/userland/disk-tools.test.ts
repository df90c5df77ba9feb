/** mke2fs, e2fsck, tune2fs, dumpe2fs, debugfs and mkfs.vfat against Debian's on the same bytes. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasDosTools } from '../fs/dosfstools.ts';
import { hasTools } from '../fs/e2fsprogs.ts';
import { Random } from '../support/random.ts';
import { buildTools, image, newImage, ours, populate, removeImages, theirs } from './disk-tools.ts';

const KINDS: readonly (readonly string[])[] = [
  ['-t', 'ext4', '-b', '1024'],
  ['-t', 'ext2', '-b', '1024'],
  ['-t', 'ext3', '-b', '4096'],
  ['-t', 'ext4', '-O', 'inline_data,^metadata_csum,uninit_bg', '-L', 'name'],
];

beforeAll(buildTools, 600_000);
afterAll(removeImages);

describe.skipIf(!hasTools)('tools of ext2, ext3 and ext4', () => {
  it.each([
    ['64M', '-t', 'ext4'],
    ['64M', '-t', 'ext2'],
    ['64M', '-t', 'ext3'],
    ['1200M', '-t', 'ext4'],
    ['1M', '-t', 'ext2'],
    ['300M', '-t', 'ext4', '-b', '1024', '-J', 'size=64'],
    ['300M', '-t', 'ext4', '-b', '2048', '-O', '^flex_bg'],
    ['200M', '-t', 'ext4', '-O', '^metadata_csum,uninit_bg,^64bit', '-I', '128'],
    ['128M', '-t', 'ext4', '-O', '^resize_inode,inline_data,metadata_csum_seed', '-m', '0'],
    ['33M', '-t', 'ext2', '-g', '2048', '-b', '1024', '-N', '3000'],
    ['513M', '-t', 'ext4', '-G', '4', '-i', '65536', '-E', 'root_owner=1000:100'],
    ['130M', '-t', 'ext4', '-O', '^extent,^64bit', '-L', 'a label', '-M', '/mnt'],
    ['64M', '-t', 'ext2', '-O', 'none'],
  ])('mke2fs makes what e2fsck finds clean: %s %s %s %s %s %s %s', (size, ...options) => {
    newImage(Number.parseInt(size, 10) << 20);
    expect(ours('mke2fs', '-q', ...options, image)).toEqual({ status: 0, stdout: '', stderr: '' });
    const { status, stdout } = theirs('e2fsck', '-fn', image);
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(ours('e2fsck', '-fn', image).status).toBe(0);
    expect(ours('dumpe2fs', image).stdout).toBe(theirs('dumpe2fs', image).stdout);
    const overhead = (): string | undefined =>
      /^Overhead clusters: .*$/m.exec(theirs('dumpe2fs', '-h', image).stdout)?.[0];
    const made = overhead();
    newImage(Number.parseInt(size, 10) << 20);
    theirs('mke2fs', '-q', ...options, image);
    expect(made).toBe(overhead());
  });

  it.each(KINDS)('tune2fs -l, dumpe2fs and debugfs print the same: %s %s %s %s', (...options) => {
    populate(...options);
    const listing = theirs('tune2fs', '-l', image).stdout.split('\n').slice(1).join('\n');
    expect(ours('tune2fs', '-l', image).stdout).toBe(listing);
    expect(ours('dumpe2fs', image).stdout).toBe(theirs('dumpe2fs', image).stdout);
    const files = ['/', '/many', '/many/name-number-3', '/short', '/long', '/holes', '<7>', '<8>'];
    const requests = [
      ...files.map((file) => `stat ${file}`),
      ...['ls', 'ls -l many', 'ls -p many', 'cat holes', 'cat nothing', 'imap holes'],
      ...[
        'blocks holes',
        'testb 5 200',
        'testi long',
        'icheck 5 20 1100 1200 1300 9999',
        'stats -h',
      ],
      ...['ncheck 15', 'show_super_stats -h', 'foo bar', 'ls holes'],
    ];
    for (const request of requests) {
      const [here, there] = [ours, theirs].map((of) => of('debugfs', '-R', request, image));
      const lines = (text = ''): string[] => text.split('\n').slice(1);
      expect([here?.stdout, lines(here?.stderr)], request).toEqual([
        there?.stdout,
        lines(there?.stderr),
      ]);
    }
  });

  it('tune2fs sets what e2fsck and tune2fs -l then see', () => {
    newImage(64 << 20);
    theirs('mke2fs', '-q', '-t', 'ext4', image);
    const settings = ['-c', '7', '-i', '3w', '-e', 'remount-ro', '-L', 'changed', '-m', '1'];
    expect(ours('tune2fs', ...settings, '-u', '1', '-C', '5', image).status).toBe(0);
    expect(theirs('e2fsck', '-fn', image).status).toBe(0);
    const { stdout } = theirs('tune2fs', '-l', image);
    for (const line of [
      'Filesystem volume name:   changed',
      'Errors behavior:          Remount read-only',
      'Reserved block count:     655',
      'Mount count:              5',
      'Maximum mount count:      7',
      'Check interval:           1814400 (3 weeks)',
      'Reserved blocks uid:      1 (user daemon)',
    ])
      expect(stdout).toContain(`${line}\n`);
  });

  it('e2fsck repairs counts and bitmaps', () => {
    populate('-t', 'ext4');
    const spoil = 'set_inode_field /holes links_count 9\nset_block_group 0 free_blocks_count 3\n';
    fs.writeFileSync(
      `${image}.requests`,
      `${spoil}freeb 300 5\nset_super_value free_inodes_count 7\n`,
    );
    theirs('debugfs', '-w', '-f', `${image}.requests`, image);
    expect(ours('e2fsck', '-fn', image).status).toBe(4);
    expect(ours('e2fsck', '-fy', image).status).toBe(1);
    expect(theirs('e2fsck', '-fn', image)).toMatchObject({ status: 0 });
    expect(theirs('e2fsck', '-p', image).stderr).toBe('');
    expect(ours('e2fsck', '-p', image).stderr).toBe('');
    expect(ours('e2fsck', image).stdout).toMatch(/clean, \d+\/\d+ files, \d+\/\d+ blocks\n$/);
  });

  it.each([['ext4'], ['ext2']])(
    'e2fsck and Debian say the same of damaged metadata: %s',
    (type) => {
      const seed = 20_261_121;
      const random = new Random(seed);
      populate('-t', type, '-b', '1024');
      const bytes = fs.readFileSync(image);
      for (let round = 0; round < 25; round++) {
        let at = 0;
        // Neither nothing nor what the files have for content.
        while ([0, 120, 122].includes(bytes[at] as number))
          at = 1024 + random.below(bytes.length - 1024);
        const bit = 1 << random.below(8);
        const damaged = Buffer.from(bytes);
        damaged[at] = (bytes[at] as number) ^ bit;
        fs.writeFileSync(image, damaged);
        const [here, there] = [ours, theirs].map((of) => of('e2fsck', '-fn', image));
        const where = `seed ${seed}, byte ${at}, bit ${bit}: ${there?.stdout}`;
        expect([0, 4, 8], where).toContain(here?.status);
        expect(here?.status === 0, where).toBe(there?.status === 0);
      }
    },
  );

  it('what is no file system is refused', () => {
    newImage(1 << 20);
    fs.writeFileSync(`${image}.small`, 'x'.repeat(1500));
    for (const name of ['tune2fs', 'dumpe2fs', 'e2fsck'])
      for (const file of [image, `${image}.small`, `${image}.missing`]) {
        const argv = name === 'tune2fs' ? ['-l', file] : name === 'e2fsck' ? ['-n', file] : [file];
        const [here, there] = [ours, theirs].map((of) => of(name, ...argv).status !== 0);
        expect(here, `${name} ${file}`).toBe(there);
      }
  });
});

describe.skipIf(!hasDosTools)('mkfs.vfat', () => {
  it.each([
    ['1440K'],
    ['10M'],
    ['20M', '-n', 'hello'],
    ['100M', '-F', '32'],
    ['520M', '-i', 'abcd1234'],
    ['30M', '-s', '1', '-F', '16'],
    ['10M', '-S', '1024', '-f', '1'],
    ['40M', '-F', '32', '-R', '8', '-n', 'X'],
    ['64M', '-r', '100'],
  ])('makes what fsck.fat finds clean: %s %s %s %s %s', (size, ...options) => {
    newImage(Number.parseInt(size, 10) << (size.endsWith('K') ? 10 : 20));
    expect(ours('mkfs.vfat', ...options, image)).toEqual({ status: 0, stdout: '', stderr: '' });
    const { status, stdout, stderr } = theirs('fsck.fat', '-n', image);
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stderr: '' });
    const width = (): string =>
      fs
        .readFileSync(image)
        .subarray(0, 90)
        .toString('latin1')
        .match(/FAT\d\d/)?.[0] ?? '';
    const made = width();
    newImage(Number.parseInt(size, 10) << (size.endsWith('K') ? 10 : 20));
    expect(theirs('mkfs.vfat', ...options, image).status).toBe(0);
    expect(made).toBe(width());
  });
});
