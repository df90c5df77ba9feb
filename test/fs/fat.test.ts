/** FAT12, FAT16 and FAT32 against the contract, with dosfstools and mtools as judges of what is on the disk. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { O_APPEND, O_CREAT, O_RDWR, O_WRONLY, RENAME_EXCHANGE } from '../../src/abi/fcntl.ts';
import { vfat } from '../../src/fs/fat/fat.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { fromUnicode } from '../../src/lib/bytes.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { contract } from './contract.ts';
import { fsckFat, hasDosTools, mkfsFat, mtools } from './dosfstools.ts';
import { loadBytes, loadImage, saveImage, withFile } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

interface Made {
  context: TestContext;
  disk: MemoryDisk;
  system: TestSystem;
}

function mountImage(image: Uint8Array, options = ''): Made {
  const context = new TestContext();
  const disk = loadBytes(image, context);
  return { context, disk, system: mountDisk(disk, context, options) };
}

function mountDisk(disk: MemoryDisk, context: TestContext, options = ''): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(vfat.mount('/dev/vda', options, false, context));
}

function imageOf(disk: MemoryDisk): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * 512);
  for (const [at, part] of disk.content()) bytes.set(part, at);
  return bytes;
}

function finish({ system, context, disk }: Made): void {
  system.mounts.unmountAll();
  expect(context.frames.used).toBe(0);
  expect(fsckFat(disk)).toBe('');
}

/** Size in KiB and options of mkfs.fat. */
const SHAPES: [string, number, string][] = [
  ['FAT12, clusters of 4 KiB', 7000, '-F 12 -s 8'],
  ['FAT16, clusters of 1 KiB, 1 table', 9000, '-F 16 -s 2 -f 1 -r 1024'],
  ['FAT32, clusters of 512 bytes', 8000, '-F 32 -s 1 -S 512'],
  ['FAT32, sectors of 2048 bytes, clusters of 16 KiB', 9000, '-F 32 -S 2048 -s 8 -R 40'],
];

describe.skipIf(!hasDosTools).each(SHAPES)('%s', (_, kib, options) => {
  const image = hasDosTools ? mkfsFat(kib, ...options.split(' ')) : new Uint8Array();
  let made: Made;
  contract(
    () => {
      made = mountImage(image);
      return made.system;
    },
    {
      hasNodes: false,
      hasExchange: true,
      hasOwners: false,
      hasByteNames: false,
      hasFineTimes: false,
      hasLinks: false,
      hasModes: false,
    },
    () => finish(made),
  );
});

/** Small volumes of every type, made by mkfs.fat with options that move things about. */
const OPTION_SETS: [number, string][] = [
  [1440, ''],
  [720, '-F 12 -D 0x00 -M 0xf9'],
  [2048, '-F 12 -s 1 -r 112'],
  [9000, '-F 16 -s 1'],
  [20_000, '-F 16 -a -S 1024'],
  [36_000, '-F 32 -s 1 -f 1 -b 3 -R 9 -n LABEL'],
];

describe.skipIf(!hasDosTools)('vfat', () => {
  const small = hasDosTools ? mkfsFat(1440) : new Uint8Array();

  it.each(OPTION_SETS)(
    'mounts %i KiB of mkfs.fat %s, and mtools read back what was written',
    (kib, options) => {
      const made = mountImage(mkfsFat(kib, ...options.split(' ').filter((word) => word !== '')));
      const { system, disk } = made;
      const content = Array.from({ length: 4000 }, (_, i) => `line ${i}\n`).join('');
      system.mkdir('/Folder with a long name');
      system.write('/Folder with a long name/File.text', content);
      system.write('/UPPER.TXT', 'short');
      system.write(`/${fromUnicode('Größe €.txt')}`, 'wide');
      finish(made);
      withFile((file) => {
        saveImage(disk, file);
        expect(mtools(file, 'mtype', '::Folder with a long name/File.text')).toBe(content);
        expect(mtools(file, 'mtype', '::UPPER.TXT')).toBe('short');
        expect(mtools(file, 'mtype', '::Größe €.txt')).toBe('wide');
        expect(mtools(file, 'mdir', '-b', '::').split('\n').filter(Boolean).sort()).toEqual([
          '::/Folder with a long name/',
          '::/Größe €.txt',
          '::/UPPER.TXT',
        ]);
      });
    },
  );

  it('reads what mtools wrote, and takes it away', () => {
    const content = 'a line of text\n'.repeat(3000);
    const context = new TestContext();
    const disk = withFile((file) => {
      fs.writeFileSync(file, small);
      fs.writeFileSync(`${file}.source`, content);
      mtools(file, 'mmd', '::Some Folder');
      mtools(file, 'mcopy', `${file}.source`, '::Some Folder/The long name of a file.dat');
      mtools(file, 'mcopy', `${file}.source`, '::lower.txt');
      return loadImage(file, context);
    });
    const system = mountDisk(disk, context);
    expect(system.list('/')).toEqual(['Some Folder', 'lower.txt']);
    expect(system.text('/Some Folder/The long name of a file.dat')).toBe(content);
    expect(system.text('/SOME FOLDER/thelon~1.DAT')).toBe(content);
    expect(system.text('/Lower.TXT')).toBe(content);
    system.unlink('/some folder/THELON~1.DAT');
    expect(system.list('/some folder')).toEqual([]);
    system.rename('/Some Folder', '/moved');
    finish({ context, disk, system });
  });

  it('knows a name in every case, and keeps the first', () => {
    const made = mountImage(small);
    const { system } = made;
    system.write('/ReadMe.First', '1');
    system.write('/README.FIRST', '2');
    expect(system.list('/')).toEqual(['ReadMe.First']);
    expect(system.stat('/readme.first..')).toBe(system.stat('/ReadMe.First'));
    expect(errnoOf(() => system.mkdir('/readme.FIRST'))).toBe('EEXIST');
    system.mkdir('/Dir');
    system.write('/dir/x', 'x');
    expect(errnoOf(() => system.rename('/DIR', '/dir/y'))).toBe('EINVAL');
    expect(errnoOf(() => system.stat('/dir/Y'))).toBe('ENOENT');
    system.write('/DIR/y', 'y');
    expect(system.text('/dir/Y')).toBe('y');
    system.unlink('/dIR/Y');
    expect(errnoOf(() => system.stat('/Dir/y'))).toBe('ENOENT');
    // Another spelling of the same name: nothing happens, as on Linux.
    system.rename('/readme.first', '/README.first');
    expect(system.list('/')).toEqual(['Dir', 'ReadMe.First']);
    finish(made);
  });

  /** Aliases as Linux 6 made them of the same names in this order; mtools' mdir shows them. */
  it('makes the short names that Linux makes', () => {
    const made = mountImage(small);
    const names = [
      ['A long name.text', 'ALONGN~1.TEX'],
      ['A long name.texture', 'ALONGN~2.TEX'],
      ['PLAIN.TXT', 'PLAIN.TXT'],
      ['lower.c', 'LOWER.C'],
      ['two.dots.tar', 'TWODOT~1.TAR'],
      ['.profile', 'PROFIL~1'],
      ['a+b=c.x', 'A_B_C~1.X'],
      ['x y', 'XY~1'],
      ['ends in.a dot', 'ENDSIN~1.ADO'],
      ['ninechars', 'NINECH~1'],
      ['ab.html', 'AB~1.HTM'],
    ];
    for (const [name] of names) made.system.write(`/${name}`, '');
    finish(made);
    withFile((file) => {
      saveImage(made.disk, file);
      const shown = mtools(file, 'mdir', '-a', '::').split('\n');
      const aliases = shown.flatMap((line) => {
        const match = /^(\S+) +(\S*) +0 [0-9-]+/.exec(line);
        return match ? [match[2] ? `${match[1]}.${match[2]}` : match[1]] : [];
      });
      expect(aliases.map((alias) => alias?.toUpperCase())).toEqual(names.map(([, alias]) => alias));
    });
  });

  it('refuses names that cannot be', () => {
    const { system } = mountImage(small);
    for (const name of ['a*b', 'a?b', 'a<b', 'a:b', 'a"b', 'a|b', 'a\\b', 'a\x01b', 'blank '])
      expect([name, errnoOf(() => system.write(`/${name}`, ''))]).toEqual([name, 'EINVAL']);
    expect(errnoOf(() => system.write('/...', ''))).toBe('ENOENT');
    expect(errnoOf(() => system.write('/\xff\xfe', ''))).toBe('EINVAL');
    expect(errnoOf(() => system.mknod('/fifo', 0o010644))).toBe('EPERM');
  });

  it('gives all files the owner and the bits of the mount options', () => {
    const options =
      'uid=1000,gid=100,fmask=0133,dmask=0022,shortname=winnt,iocharset=iso8859-1,utf8=0';
    const { system } = mountImage(small, options);
    system.mkdir('/d');
    system.write('/f', '');
    const { uid, gid, mode } = system.stat('/f');
    expect([uid, gid, mode & 0o7777]).toEqual([1000, 100, 0o644]);
    expect(system.stat('/d').mode & 0o7777).toBe(0o755);
    expect(errnoOf(() => system.stat('/f').setAttributes({ uid: 0 }))).toBe('EPERM');
    expect(errnoOf(() => system.stat('/f').setAttributes({ uid: 1000 }))).toBe('ok');
    expect(errnoOf(() => system.stat('/f').setAttributes({ mode: 0o4644 }))).toBe('EPERM');
    system.stat('/f').setAttributes({ mode: 0o444 });
    expect(system.stat('/f').mode & 0o7777).toBe(0o444);
    system.stat('/f').setAttributes({ mode: 0o600 });
    expect(system.stat('/f').mode & 0o7777).toBe(0o444);
    expect(system.mounts.root.inode.fs.shownOptions?.()).toBe(
      'uid=1000,gid=100,fmask=0133,dmask=0022,codepage=437,iocharset=iso8859-1,shortname=winnt,errors=remount-ro',
    );
    for (const bad of ['umask=9', 'fmask', 'sise=3', 'iocharset=klingon', 'shortname=no', 'uid=x'])
      expect([bad, errnoOf(() => mountImage(small, bad))]).toEqual([bad, 'EINVAL']);
  });

  it('keeps times as coarse as FAT has them', () => {
    const made = mountImage(small);
    const { system, context, disk } = made;
    system.write('/f', 'x');
    const given = { seconds: 1_234_567_891, nanoseconds: 987_654_321 };
    system.stat('/f').setAttributes({ mtime: given, atime: given });
    const check = (at: TestSystem): void => {
      const { mtime, ctime, atime, btime } = at.stat('/f');
      expect(mtime).toEqual({ seconds: 1_234_567_890, nanoseconds: 0 });
      expect(ctime).toEqual(mtime);
      expect(atime).toEqual({ seconds: 1_234_483_200, nanoseconds: 0 });
      expect(btime?.nanoseconds).toBe(120_000_000);
    };
    check(system);
    finish(made);
    const again = mountDisk(disk, context);
    check(again);
    // Before 1980 there is nothing.
    again.stat('/f').setAttributes({ mtime: { seconds: 0, nanoseconds: 0 } });
    expect(again.stat('/f').mtime.seconds).toBe(315_532_800);
    again.mounts.unmountAll();
  });

  it('is full in the end, loses no cluster, and has all of them back', () => {
    const made = mountImage(small);
    const { system, disk } = made;
    const { fs: instance } = system.mounts.root.inode;
    const free = instance.statistics().blocksFree;
    expect(errnoOf(() => system.write('/big', new Uint8Array(2_000_000)))).toBe('ENOSPC');
    expect(system.stat('/big').size).toBeGreaterThan(1_400_000);
    // A page takes eight of them: fewer are left.
    while (instance.statistics().blocksFree > 0)
      system.write(`/${instance.statistics().blocksFree}`, 'x');
    expect(errnoOf(() => system.mkdir('/d'))).toBe('ENOSPC');
    instance.sync();
    expect(fsckFat(disk)).not.toMatch(/reclaim|unused/i);
    for (const name of system.list('/')) system.unlink(`/${name}`);
    expect(instance.statistics().blocksFree).toBe(free);
    for (let i = 0; ; i++) {
      const errno = errnoOf(() => system.write(`/file ${i} in the root`, 'x'));
      if (errno === 'ok') continue;
      expect(errno).toBe('ENOSPC');
      break;
    }
    expect(instance.statistics().blocksFree).toBeGreaterThan(1000);
    finish(made);
  });

  it('frees an unlinked open file at the last close, and a preallocation', () => {
    const made = mountImage(small);
    const { system } = made;
    const { fs: instance } = system.mounts.root.inode;
    const free = instance.statistics().blocksFree;
    const file = system.open('/gone', O_CREAT | O_RDWR);
    file.write(new BytesBuffer(new Uint8Array(100_000)), 0);
    system.unlink('/gone');
    expect(instance.statistics().blocksFree).toBeLessThan(free);
    file.release();
    expect(instance.statistics().blocksFree).toBe(free);
    const kept = system.open('/kept', O_CREAT | O_RDWR);
    kept.inode.preallocate?.(0, 200_000);
    expect(kept.inode.blocks).toBeGreaterThan(390);
    // Linux: fat_setattr truncates to the size that the file has, too.
    kept.inode.setAttributes({ size: 0 });
    expect(kept.inode.blocks).toBe(0);
    kept.inode.preallocate?.(0, 200_000);
    kept.release();
    expect(system.stat('/kept').blocks).toBe(0);
    finish(made);
  });

  it('exchanges a file and a folder of two directories', () => {
    const made = mountImage(small);
    const { system, context, disk } = made;
    system.mkdir('/a');
    system.mkdir('/a/Inner');
    system.write('/a/Inner/x', 'x');
    system.mkdir('/b');
    system.write('/b/file', 'content');
    system.rename('/a/inner', '/b/FILE', RENAME_EXCHANGE);
    finish(made);
    const again = mountDisk(disk, context);
    expect(again.text('/a/Inner')).toBe('content');
    expect(again.text('/b/file/x')).toBe('x');
    expect([again.stat('/a').nlink, again.stat('/b').nlink]).toEqual([2, 3]);
    again.mounts.unmountAll();
  });

  it('says on the disk that it is in use, and complains of a volume that was', () => {
    const made = mountImage(small);
    made.system.write('/f', 'x');
    made.system.mounts.syncAll();
    expect(fsckFat(made.disk)).toContain('Dirty bit is set');
    const copy = mountImage(imageOf(made.disk));
    expect(copy.context.lines.join()).toContain('Volume was not properly unmounted');
    copy.system.mounts.unmountAll();
    expect(fsckFat(copy.disk)).toContain('Dirty bit is set');
  });

  it('writes far behind the end: FAT has no holes', () => {
    const made = mountImage(small);
    const { system, disk } = made;
    // What was there before must not be seen.
    system.write('/old', new Uint8Array(600_000).fill(0xaa));
    system.unlink('/old');
    const file = system.open('/f', O_CREAT | O_WRONLY | O_APPEND);
    file.write(new BytesBuffer(Buffer.from('start')), 0);
    file.inode.setAttributes({ size: 100_000 });
    file.write(new BytesBuffer(Buffer.from('middle')), 0);
    file.inode.setAttributes({ size: 300_000 });
    file.release();
    expect(system.stat('/f').blocks).toBe(586);
    finish(made);
    withFile((image) => {
      saveImage(disk, image);
      const wanted = `start${'\0'.repeat(99_995)}middle${'\0'.repeat(199_994)}`;
      expect(mtools(image, 'mtype', '::f') === wanted).toBe(true);
    });
  });
});
