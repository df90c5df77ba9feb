/** Good images with files in them: made by others' programs where there are any, filled by ours or theirs. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { O_CREAT, O_WRONLY } from '../../../src/abi/fcntl.ts';
import { cowfs } from '../../../src/fs/cowfs/cowfs.ts';
import { ext4 } from '../../../src/fs/ext4/mount.ts';
import { vfat } from '../../../src/fs/fat/fat.ts';
import type { FileSystemType } from '../../../src/fs/filesystem.ts';
import type { MemoryDisk } from '../../../src/fs/memory-disk.ts';
import { xv6fs } from '../../../src/fs/xv6/xv6.ts';
import { BytesBuffer } from '../../../src/lib/io-buffer.ts';
import { makeDisk as makeCowDisk } from '../cowfs-images.ts';
import { mkfsFat } from '../dosfstools.ts';
import { loadBytes, mke2fs, withFile } from '../e2fsprogs.ts';
import { TestContext, TestSystem } from '../harness.ts';
import { makeDisk as makeXv6Disk } from '../xv6-images.ts';
import { attempt } from './survival.ts';

const EXT_SIZE = '4M';
const FAT_KIB = { 12: 720, 16: 4500, 32: 2000 };

function contentOf(disk: MemoryDisk): Uint8Array {
  const bytes = new Uint8Array(disk.sectors * 512);
  disk.read(0, bytes);
  return bytes;
}

/** Names, links, holes and attributes, as far as the file system has them. */
function fill(system: TestSystem): void {
  system.mkdir('/d');
  for (let i = 0; i < 120; i++)
    attempt(() => system.write(`/d/${'name-'.repeat(i % 7)}${i}`, `content ${i}`));
  for (let i = 0; i < 12; i++) {
    attempt(() => {
      const file = system.open('/sparse', i === 0 ? O_CREAT | O_WRONLY : O_WRONLY);
      attempt(() => file.write(new BytesBuffer(new Uint8Array(2000).fill(i)), i * 20_000));
      file.release();
    });
  }
  attempt(() => system.write('/big', new Uint8Array(250_000).fill(7)));
  system.mkdir('/d/sub');
  system.mkdir('/d/sub/sub');
  attempt(() => system.write('/d/sub/sub/file', new Uint8Array(20_000).fill(1)));
  attempt(() => system.symlink('y'.repeat(90), '/link'));
  attempt(() => system.symlink('d/sub', '/short'));
  attempt(() => system.link('/big', '/d/second'));
  attempt(() => system.stat('/big').xattrs?.set('user.long', new Uint8Array(500)));
  attempt(() => system.stat('/d').xattrs?.set('user.short', new Uint8Array(5)));
}

function mount(type: FileSystemType, disk: MemoryDisk, context: TestContext): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(type.mount('/dev/vda', '', false, context));
}

function filled(type: FileSystemType, disk: MemoryDisk, context: TestContext): Uint8Array {
  const system = mount(type, disk, context);
  fill(system);
  system.mounts.unmountAll();
  return contentOf(disk);
}

export function ext(options: string): Uint8Array {
  const context = new TestContext();
  return filled(ext4, loadBytes(mke2fs(EXT_SIZE, ...options.split(' ')), context), context);
}

/** It was not unmounted: the journal is to be replayed, and a file is on the list of orphans. */
export function extCrashed(): Uint8Array {
  const context = new TestContext();
  const options = '-t ext4 -b 1024 -J size=1 -O ^metadata_csum'.split(' ');
  const disk = loadBytes(mke2fs(EXT_SIZE, ...options), context);
  const system = mount(ext4, disk, context);
  fill(system);
  system.open('/big', O_WRONLY);
  system.unlink('/big');
  system.unlink('/d/second');
  system.mounts.syncAll();
  return contentOf(disk);
}

/** The files of a folder, put in by mke2fs: inline data, and hash trees as e2fsprogs makes them. */
export function extOfFolder(): Uint8Array {
  return withFile((file) => {
    const tree = makeTree(file);
    const options = '-t ext4 -b 1024 -J size=1 -O inline_data,^metadata_csum -d'.split(' ');
    return new Uint8Array(mke2fs(EXT_SIZE, ...options, tree));
  });
}

export function fat(bits: '12' | '16' | '32'): Uint8Array {
  const context = new TestContext();
  const options = bits === '16' ? ['-s', '2'] : ['-s', '1'];
  const bytes = mkfsFat(FAT_KIB[bits], '-F', bits, ...options);
  return filled(vfat, loadBytes(bytes, context), context);
}

export function xv6(): Uint8Array {
  const context = new TestContext();
  return filled(xv6fs, makeXv6Disk(context), context);
}

export function cow(): Uint8Array {
  const context = new TestContext();
  const disk = makeCowDisk(context, 2 ** 22);
  const system = mount(cowfs, disk, context);
  fill(system);
  system.mkdir('/.snapshots/one');
  system.write('/d/3', 'other');
  system.mounts.unmountAll();
  return contentOf(disk);
}

function makeTree(file: string): string {
  const tree = `${file}.tree`;
  fs.mkdirSync(path.join(tree, 'd/sub'), { recursive: true });
  for (let i = 0; i < 120; i++)
    fs.writeFileSync(path.join(tree, `d/${'name-'.repeat(i % 7)}${i}`), `content ${i}`);
  fs.writeFileSync(path.join(tree, 'text'), 'a line of text\n'.repeat(20_000));
  fs.writeFileSync(path.join(tree, 'nothing'), '');
  fs.writeFileSync(path.join(tree, 'd/sub/holes'), 'start');
  fs.truncateSync(path.join(tree, 'd/sub/holes'), 200_000);
  fs.appendFileSync(path.join(tree, 'd/sub/holes'), 'the end');
  fs.linkSync(path.join(tree, 'text'), path.join(tree, 'second name'));
  fs.symlinkSync('d/sub', path.join(tree, 'link'));
  fs.symlinkSync(`/usr/../${'long/'.repeat(30)}./end`, path.join(tree, 'far'));
  return tree;
}

/** What `program` makes of a folder; `argv` says with which arguments, of its output and the folder. */
function made(program: string, argv: (file: string, tree: string) => string[]): Uint8Array {
  return withFile((file) => {
    const { status, stderr, error } = spawnSync(program, argv(file, makeTree(file)), {
      encoding: 'utf8',
    });
    if (status !== 0) throw error ?? new Error(`${program}: ${stderr}`);
    const bytes = fs.readFileSync(file);
    const sectors = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    sectors.set(bytes);
    return sectors;
  });
}

export function squash(...options: readonly string[]): Uint8Array {
  const quiet = '-quiet -no-progress -processors 1 -b 4096'.split(' ');
  return made('mksquashfs', (file, tree) => [tree, file, ...quiet, ...options]);
}

export function iso(...options: readonly string[]): Uint8Array {
  return made('genisoimage', (file, tree) => ['-quiet', ...options, '-o', file, tree]);
}

/** 1 MiB with partitions, logical ones too, as sfdisk makes them. */
export function partitioned(label: 'gpt' | 'dos'): Uint8Array {
  const rest = label === 'gpt' ? [',100K', ',50K'] : [',100K', ',500K,E', ',50K,L', ',60K,L'];
  return withFile((file) => {
    fs.writeFileSync(file, new Uint8Array(2 ** 20));
    const { status, stderr, error } = spawnSync('sfdisk', ['-q', file], {
      input: [`label: ${label}`, 'first-lba: 64', ...rest].join('\n'),
      encoding: 'utf8',
    });
    if (status !== 0) throw error ?? new Error(`sfdisk: ${stderr}`);
    return new Uint8Array(fs.readFileSync(file));
  });
}
