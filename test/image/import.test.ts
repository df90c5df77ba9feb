/** Root images from folders, archives and OCI images: GNU tar, debugfs and e2fsck say what ought to be in them. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImageSourceError } from '../../src/image/image-source-error.ts';
import { importImage } from '../../src/image/import-image.ts';
import { openImage } from '../../src/image/read-image.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import { Random } from '../support/random.ts';
import { LONG, makeRoot, run } from './sample-root.ts';

const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;
const hasE2fsck = spawnSync('e2fsck', ['-V']).status === 0;
if (!hasE2fsck) console.warn('e2fsprogs is missing: imported images are not checked');
const hasXz = has('xz');
if (!hasXz) console.warn('xz is missing: .tar.xz is not tried');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-import-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

/** Lines of `tar -tv`, sorted: modes, owners, sizes, times, names and links. */
function listing(archive: string): string[] {
  const text = run('tar', '--numeric-owner', '--full-time', '-tvf', archive);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/ +/g, ' ').replace(/\.0+(?= )/, ''))
    .sort();
}

function exported(image: string): string {
  const file = `${image}.tar`;
  const { tree, close } = openImage(image);
  try {
    fs.writeFileSync(
      file,
      [...writeTar(tree.entries())].reduce(
        (all, part) => Buffer.concat([all, part]),
        Buffer.alloc(0),
      ),
    );
  } finally {
    close();
  }
  return file;
}

describe('import', () => {
  const root = at('root');
  beforeAll(() => makeRoot(root));

  for (const format of ['gnu', 'pax', 'ustar'] as const) {
    it(`keeps what an archive of ${format} form holds`, async () => {
      const archive = at(`${format}.tar`);
      const exclude =
        format === 'ustar' ? [`--exclude=./${LONG}`, '--exclude=./bin/long-link'] : [];
      run(
        'tar',
        `--format=${format}`,
        '--owner=12345',
        '--group=2000000',
        ...exclude,
        '-cf',
        archive,
        '-C',
        root,
        '.',
      );
      const image = at(`${format}.img`);
      const { added } = await importImage(archive, image);
      expect(added).toEqual([]);
      expect(listing(exported(image))).toEqual(listing(archive));
      if (hasE2fsck) run('e2fsck', '-fn', image);
    });
  }

  it('keeps extended attributes, there and back', async () => {
    const archive = at('xattr.tar');
    const option = '--pax-option=SCHILY.xattr.user.note:=hello';
    run('tar', '--format=pax', option, '-cf', archive, '-C', root, './etc/hosts');
    await importImage(archive, at('xattr.img'));
    if (hasE2fsck) {
      expect(run('debugfs', '-R', 'ea_get /etc/hosts user.note', at('xattr.img'))).toContain(
        'hello',
      );
      run('e2fsck', '-fn', at('xattr.img'));
    }
    await importImage(exported(at('xattr.img')), at('xattr2.img'));
    const { tree, close } = openImage(at('xattr2.img'));
    expect(tree.find('etc/hosts')?.xattrs).toEqual(
      new Map([['user.note', new TextEncoder().encode('hello')]]),
    );
    close();
  });

  it('keeps device nodes', async () => {
    const archive = at('devices.tar');
    run('tar', '-cf', archive, '-C', '/', 'dev/null', 'dev/tty');
    await importImage(archive, at('devices.img'));
    if (hasE2fsck) {
      expect(run('debugfs', '-R', 'stat /dev/null', at('devices.img'))).toContain(
        'Device major/minor number: 01:03',
      );
    }
  });

  it('reads gzip, zstd and xz', async () => {
    const archive = at('plain.tar');
    run('tar', '-cf', archive, '-C', root, '.');
    const bytes = fs.readFileSync(archive);
    fs.writeFileSync(at('plain.tar.gz'), gzipSync(bytes));
    fs.writeFileSync(at('plain.tar.zst'), zstdCompressSync(bytes));
    if (hasXz) run('xz', '-k', archive);
    const expected = listing(archive);
    for (const end of ['gz', 'zst', ...(hasXz ? ['xz'] : [])]) {
      await importImage(`${archive}.${end}`, at(`${end}.img`));
      expect(listing(exported(at(`${end}.img`)))).toEqual(expected);
    }
  });

  it('takes a folder as tar takes it', async () => {
    await importImage(root, at('folder.img'));
    run('tar', '--sort=name', '--format=pax', '-cf', at('folder.tar'), '-C', root, '.');
    const expected = listing(at('folder.tar'));
    if (process.getuid?.() === 0) expect(listing(exported(at('folder.img')))).toEqual(expected);
    else expect(listing(exported(at('folder.img')))).toHaveLength(expected.length);
    fs.symlinkSync(root, at('link'));
    await importImage(at('link'), at('link.img'));
    expect(listing(exported(at('link.img')))).toEqual(listing(exported(at('folder.img'))));
  });

  it('adds what the scripts of packages would have made', async () => {
    const bare = at('bare');
    fs.mkdirSync(path.join(bare, 'usr/bin'), { recursive: true });
    fs.mkdirSync(path.join(bare, 'usr/share/base-passwd'), { recursive: true });
    fs.writeFileSync(path.join(bare, 'usr/bin/mawk'), '');
    fs.writeFileSync(path.join(bare, 'usr/bin/dash'), '');
    const machines = path.join(bare, 'usr/lib/jvm');
    fs.mkdirSync(path.join(machines, 'java-21/bin'), { recursive: true });
    fs.symlinkSync('java-21', path.join(machines, 'java-1.21'));
    fs.writeFileSync(path.join(machines, 'java-21/bin/java'), '');
    fs.mkdirSync(path.join(bare, 'usr/share/pam'));
    fs.writeFileSync(path.join(bare, 'usr/share/pam/common-auth'), '');
    const libraries = path.join(bare, 'usr/lib/riscv64-linux-gnu/blas');
    fs.mkdirSync(libraries, { recursive: true });
    fs.writeFileSync(path.join(libraries, 'libblas.so.3'), 'blas');
    fs.writeFileSync(
      path.join(bare, 'usr/share/base-passwd/passwd.master'),
      'root:*:0:0:root:/root:/bin/bash\n',
    );
    const { added } = await importImage(bare, at('bare.img'));
    expect(added.join('\n')).toContain('awk -> mawk');
    expect(added.join('\n')).toContain('/etc/mtab -> ../proc/self/mounts');
    const { tree, close } = openImage(at('bare.img'));
    expect(tree.findLink('bin')?.target).toBe('usr/bin');
    expect(tree.findLink('etc/mtab')?.target).toBe('../proc/self/mounts');
    expect(tree.findLink('usr/bin/awk')?.target).toBe('/etc/alternatives/awk');
    expect(tree.findLink('etc/alternatives/awk')?.target).toBe('/usr/bin/mawk');
    expect(tree.find('usr/bin/sh')).toBeDefined();
    expect(tree.findLink('usr/bin/java')?.target).toBe('/etc/alternatives/java');
    expect(tree.findLink('etc/alternatives/java')?.target).toBe('/usr/lib/jvm/java-21/bin/java');
    const pam = tree.find('etc/pam.d/common-session')?.content;
    const bytes = new Uint8Array(pam?.size ?? 0);
    pam?.read(0, bytes);
    expect(Buffer.from(bytes).toString()).toBe(
      'session [default=1] pam_permit.so\nsession requisite pam_deny.so\nsession required pam_permit.so\nsession required pam_unix.so\n',
    );
    expect(tree.findLink('etc/R/Renviron')).toBeUndefined();
    const library = 'libblas.so.3';
    expect(tree.findLink(`usr/lib/riscv64-linux-gnu/${library}`)?.target).toBe(
      `/etc/alternatives/${library}-riscv64-linux-gnu`,
    );
    expect(tree.findLink(`etc/alternatives/${library}-riscv64-linux-gnu`)?.target).toBe(
      `/usr/lib/riscv64-linux-gnu/blas/${library}`,
    );
    close();
    if (hasE2fsck)
      expect(run('debugfs', '-R', 'cat /etc/passwd', at('bare.img'))).toContain(':/bin/bash');
  });

  it('refuses to replace an image unless it is told to', async () => {
    fs.writeFileSync(at('old.img'), 'old');
    await expect(importImage(root, at('old.img'))).rejects.toThrow(/exists/);
    expect(fs.readFileSync(at('old.img'), 'utf8')).toBe('old');
    await importImage(root, at('old.img'), { isReplacing: true });
    expect(fs.statSync(at('old.img')).size).toBeGreaterThan(1000);
  });
});

interface Layer {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

function addBlob(layout: string, bytes: Buffer, mediaType: string): Layer {
  const hash = createHash('sha256').update(bytes).digest('hex');
  fs.mkdirSync(path.join(layout, 'blobs/sha256'), { recursive: true });
  fs.writeFileSync(path.join(layout, 'blobs/sha256', hash), bytes);
  return { digest: `sha256:${hash}`, size: bytes.length, mediaType };
}

function layerOf(files: Readonly<Record<string, string>>): Buffer {
  const source = fs.mkdtempSync(at('layer-'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(source, name)), { recursive: true });
    fs.writeFileSync(path.join(source, name), text);
  }
  run('tar', '-cf', `${source}.tar`, '-C', source, '.');
  return gzipSync(fs.readFileSync(`${source}.tar`));
}

function makeLayout(layout: string, architecture: string): void {
  const tar = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const layers = [
    layerOf({ 'etc/keep': 'one', 'etc/gone': 'one', 'opt/a': '1', 'opt/b': '1', 'srv/x/y': '1' }),
    layerOf({
      'etc/.wh.gone': '',
      'opt/.wh..wh..opq': '',
      'opt/c': '2',
      'srv/.wh.x': '',
      'etc/keep': 'two',
    }),
  ].map((bytes) => addBlob(layout, bytes, tar));
  const json = (value: unknown, type: string): Layer =>
    addBlob(layout, Buffer.from(JSON.stringify(value)), type);
  const config = json({ architecture, os: 'linux' }, 'application/vnd.oci.image.config.v1+json');
  const manifest = json(
    { schemaVersion: 2, config, layers },
    'application/vnd.oci.image.manifest.v1+json',
  );
  const others = json(
    { schemaVersion: 2, layers: [] },
    'application/vnd.oci.image.manifest.v1+json',
  );
  const index = {
    schemaVersion: 2,
    manifests: [
      { ...others, platform: { os: 'linux', architecture: 'amd64' } },
      { ...manifest, platform: { os: 'linux', architecture } },
    ],
  };
  fs.writeFileSync(path.join(layout, 'index.json'), JSON.stringify(index));
  fs.writeFileSync(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

describe('OCI images', () => {
  it('lays layers over each other, whiteouts as the specification has them', async () => {
    makeLayout(at('oci'), 'riscv64');
    run('tar', '-cf', at('oci.tar'), '-C', at('oci'), '.');
    for (const source of ['oci', 'oci.tar']) {
      const image = at(`${source}.img`);
      const report = await importImage(at(source), image);
      expect(report.kind).toBe('OCI image');
      const { tree, close } = openImage(image);
      const names = (file: string): string[] =>
        [...(tree.find(file)?.children?.keys() ?? [])].sort();
      expect(names('opt')).toEqual(['c']);
      expect(names('srv')).toEqual([]);
      expect(names('etc')).toEqual(expect.arrayContaining(['keep']));
      expect(names('etc')).not.toContain('gone');
      close();
      if (hasE2fsck) expect(run('debugfs', '-R', 'cat /etc/keep', image)).toBe('two');
    }
  });

  it('says which platforms are there if riscv64 is not, and which blob is missing', async () => {
    makeLayout(at('arm'), 'arm64');
    await expect(importImage(at('arm'), at('arm.img'))).rejects.toThrow(
      /linux\/amd64, linux\/arm64.*--platform/,
    );
    makeLayout(at('torn'), 'riscv64');
    const index = JSON.parse(fs.readFileSync(at('torn/index.json'), 'utf8')) as {
      manifests: Layer[];
    };
    const [, manifest] = index.manifests;
    fs.rmSync(at(`torn/blobs/${manifest?.digest.replace(':', '/') ?? ''}`));
    await expect(importImage(at('torn'), at('torn.img'))).rejects.toThrow(ImageSourceError);
    expect(fs.existsSync(at('torn.img'))).toBe(false);
  });
});

describe('what is damaged', () => {
  it('is refused with a reason', async () => {
    const archive = at('whole.tar');
    makeRoot(at('damaged-root'));
    run('tar', '-cf', archive, '-C', at('damaged-root'), '.');
    const bytes = fs.readFileSync(archive);
    const cases: [string, Buffer, RegExp][] = [
      ['cut.tar', bytes.subarray(0, 150_000), /cut off/],
      ['cut.tar.gz', gzipSync(bytes).subarray(0, 100_000), /gzip data is damaged/],
      ['cut.tar.zst', zstdCompressSync(bytes).subarray(0, 100_000), /zstd data is damaged|cut off/],
      ['text.tar', Buffer.alloc(4096, 'no archive '), /no tar archive/],
      ['empty.tar', Buffer.alloc(0), /no tar archive/],
      ['b.tar.bz2', Buffer.from('BZh91AY&SY'), /bzip2, which this Node cannot expand/],
    ];
    if (hasXz)
      cases.push([
        'cut.tar.xz',
        spawnSync('xz', ['-c'], { input: bytes, maxBuffer: 2 ** 26 }).stdout.subarray(0, 100_000),
        /xz data is damaged|cut off/,
      ]);
    for (const [name, content, message] of cases) {
      fs.writeFileSync(at(name), content);
      await expect(importImage(at(name), at(`${name}.img`)), name).rejects.toThrow(message);
      expect(fs.existsSync(at(`${name}.img`)), name).toBe(false);
    }
    await expect(importImage(at('nowhere'), at('nowhere.img'))).rejects.toThrow(
      /cannot read .*ENOENT/,
    );
  });

  it('never does worse than that, whatever bytes are changed', async () => {
    const archive = fs.readFileSync(at('whole.tar'));
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(archive);
      for (let i = 0; i < 20; i++)
        bytes[random.below(20) * 512 + random.below(512)] = random.below(256);
      fs.writeFileSync(at('fuzz.tar'), bytes);
      await importImage(at('fuzz.tar'), at('fuzz.img'), { isReplacing: true }).catch(
        (error: unknown) => {
          expect(error, `seed ${seed}`).toBeInstanceOf(ImageSourceError);
        },
      );
    }
  });

  it('holds for images, too', async () => {
    await importImage(at('whole.tar'), at('whole.img'), { bytes: 8 * 2 ** 20 });
    const image = fs.readFileSync(at('whole.img'));
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(image);
      // The superblock, the groups' tables, and the first directories.
      for (let i = 0; i < 12; i++) bytes[1024 + random.below(400 * 1024)] = random.below(256);
      fs.writeFileSync(at('fuzz.img'), bytes);
      try {
        exported(at('fuzz.img'));
      } catch (error) {
        expect(error, `seed ${seed}: ${String((error as Error).stack)}`).toBeInstanceOf(
          ImageSourceError,
        );
      }
    }
  });
});
