/** Random sequences of file operations, ours beside native Linux's: each result, and the tree afterwards. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { EBADF, fail } from '../../src/abi/errno.ts';
import { O_CREAT, O_RDWR } from '../../src/abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../../src/abi/stat.ts';
import type { File } from '../../src/fs/file.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { errnoOf, type TestSystem } from './harness.ts';

const SEED = Number(process.env['HARTIX_RANDOM_SEED'] ?? 20261121);
const RUNS = Number(process.env['HARTIX_RANDOM_RUNS'] ?? 25);
export const base = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-random-'));
afterAll(() => fs.rmSync(base, { recursive: true }));
export const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('random sequences are compared on Linux only');

type Operation =
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly length: number }
  | { readonly kind: 'truncate'; readonly path: string; readonly at: number }
  | {
      readonly kind: 'mkdir' | 'rmdir' | 'unlink' | 'read' | 'list' | 'stat';
      readonly path: string;
    }
  | { readonly kind: 'open'; readonly path: string; readonly slot: number }
  | { readonly kind: 'put'; readonly slot: number; readonly at: number; readonly length: number }
  | { readonly kind: 'get' | 'close'; readonly slot: number }
  | { readonly kind: 'rename' | 'link' | 'symlink'; readonly path: string; readonly to: string };

const name = fc.constantFrom('a', 'b', 'd', 'e');
const names = fc.oneof(
  { weight: 5, arbitrary: name },
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('d', 'e'), name).map((both) => both.join('/')) },
  {
    weight: 1,
    arbitrary: fc.array(name, { minLength: 3, maxLength: 3 }).map((all) => all.join('/')),
  },
);
const end = fc.constantFrom('', '', '', '', '', '', '', '', '/', '/.', '/..');
const place = fc.tuple(names, end).map((both) => both.join(''));
const target = fc.constantFrom('a', 'b', 'd/a', '../b', '.', 'e/', 'd', '../a/e');
const offset = fc.integer({ min: 0, max: 60_000 });

const slot = fc.integer({ min: 0, max: 2 });

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      path: place,
      at: offset,
      length: offset,
    } as const),
  },
  fc.record({ kind: fc.constant('truncate'), path: place, at: offset } as const),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('mkdir', 'mkdir', 'rmdir', 'unlink', 'read', 'list', 'stat'),
      path: place,
    } as const),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('rename', 'rename', 'link'),
      path: place,
      to: place,
    } as const),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open'), path: place, slot } as const) },
  fc.record({ kind: fc.constant('put'), slot, at: offset, length: offset } as const),
  fc.record({ kind: fc.constantFrom('get', 'get', 'get', 'close'), slot } as const),
  fc.record({ kind: fc.constant('symlink'), path: target, to: place } as const),
);

function pattern(at: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (at + i * 7) & 0xff);
}

/** Sizes and links of directories are the file system's own business. */
function describeStat({
  mode,
  size,
  nlink,
}: {
  mode: number;
  size: number;
  nlink: number;
}): string {
  const isDirectory = (mode & S_IFMT) === S_IFDIR;
  return isDirectory ? mode.toString(8) : `${mode.toString(8)} ${size} ${nlink}`;
}

function closeSlot<T>(open: Map<number, T>, number: number, close: (file: T) => void): void {
  const file = open.get(number);
  open.delete(number);
  if (file !== undefined) close(file);
}

function runNative(root: string, fds: Map<number, number>, step: Operation): string {
  const at = (relative: string): string => `${root}/${relative}`;
  try {
    switch (step.kind) {
      case 'write': {
        const fd = fs.openSync(at(step.path), O_RDWR | O_CREAT, 0o644);
        fs.writeSync(fd, pattern(step.at, step.length), 0, step.length, step.at);
        fs.closeSync(fd);
        return 'ok';
      }
      case 'open': {
        const fd = fs.openSync(at(step.path), O_RDWR);
        closeSlot(fds, step.slot, fs.closeSync);
        fds.set(step.slot, fd);
        return 'ok';
      }
      case 'put': {
        const fd = fds.get(step.slot);
        if (fd === undefined) return 'EBADF';
        fs.writeSync(fd, pattern(step.at, step.length), 0, step.length, step.at);
        return 'ok';
      }
      case 'get': {
        const fd = fds.get(step.slot);
        if (fd === undefined) return 'EBADF';
        const bytes = Buffer.alloc(200_000);
        return `${bytes.toString('base64', 0, fs.readSync(fd, bytes, 0, bytes.length, 0))} ${fs.fstatSync(fd).nlink}`;
      }
      case 'close':
        closeSlot(fds, step.slot, fs.closeSync);
        return 'ok';
      case 'truncate':
        fs.truncateSync(at(step.path), step.at);
        return 'ok';
      case 'mkdir':
        fs.mkdirSync(at(step.path));
        return 'ok';
      case 'rmdir':
        fs.rmdirSync(at(step.path));
        return 'ok';
      case 'unlink':
        fs.unlinkSync(at(step.path));
        return 'ok';
      case 'read':
        return fs.readFileSync(at(step.path)).toString('base64');
      case 'list':
        return fs.readdirSync(at(step.path)).sort().join();
      case 'stat':
        return describeStat(fs.lstatSync(at(step.path)));
      case 'rename':
        fs.renameSync(at(step.path), at(step.to));
        return 'ok';
      case 'link':
        fs.linkSync(at(step.path), at(step.to));
        return 'ok';
      case 'symlink':
        fs.symlinkSync(step.path, at(step.to));
        return 'ok';
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

function runOurs(system: TestSystem, files: Map<number, File>, step: Operation): string {
  let result = 'ok';
  const errno = errnoOf(() => {
    switch (step.kind) {
      case 'write': {
        const file = system.open(step.path, O_RDWR | O_CREAT);
        const bytes = pattern(step.at, step.length);
        expect(file.write(new BytesBuffer(bytes), step.at)).toBe(step.length);
        file.release();
        break;
      }
      case 'open': {
        const file = system.open(step.path, O_RDWR);
        closeSlot(files, step.slot, (old) => old.release());
        files.set(step.slot, file);
        break;
      }
      case 'put': {
        const file = files.get(step.slot);
        if (file === undefined) throw fail(EBADF, 'slot');
        file.write(new BytesBuffer(pattern(step.at, step.length)), step.at);
        break;
      }
      case 'get': {
        const file = files.get(step.slot);
        if (file === undefined) throw fail(EBADF, 'slot');
        const bytes = new Uint8Array(200_000);
        let done = 0;
        for (;;) {
          const count = file.read(new BytesBuffer(bytes.subarray(done)), done);
          if (count === 0) break;
          done += count;
        }
        file.inode.revalidate();
        result = `${Buffer.from(bytes.subarray(0, done)).toString('base64')} ${file.inode.nlink}`;
        break;
      }
      case 'close':
        closeSlot(files, step.slot, (file) => file.release());
        break;
      case 'truncate': {
        const file = system.open(step.path, O_RDWR);
        file.inode.setAttributes({ size: step.at });
        file.release();
        break;
      }
      case 'mkdir':
      case 'rmdir':
      case 'unlink':
        system[step.kind](step.path);
        break;
      case 'read':
        result = Buffer.from(system.read(step.path)).toString('base64');
        break;
      case 'list':
        result = system.list(`${step.path}/`).join();
        break;
      case 'stat':
        result = describeStat(system.lstat(step.path));
        break;
      case 'rename':
      case 'link':
      case 'symlink':
        system[step.kind](step.path, step.to);
        break;
    }
  });
  return errno === 'ok' ? result : errno;
}

/** Every name below, with what it stands for. */
function nativeTree(folder: string, prefix = ''): string[] {
  return fs.readdirSync(folder).flatMap((entry) => {
    const file = path.join(folder, entry);
    const stat = fs.lstatSync(file);
    const shown = `${prefix}/${entry}`;
    if (stat.isDirectory()) return [`${shown}/`, ...nativeTree(file, shown)];
    if (stat.isSymbolicLink()) return [`${shown} -> ${fs.readlinkSync(file)}`];
    return [`${shown} ${stat.nlink} ${fs.readFileSync(file).toString('base64')}`];
  });
}

function ourTree(system: TestSystem, folder: string, prefix = ''): string[] {
  return system.list(folder).flatMap((entry) => {
    const file = `${folder}/${entry}`;
    const inode = system.lstat(file);
    const shown = `${prefix}/${entry}`;
    if ((inode.mode & S_IFMT) === S_IFDIR) return [`${shown}/`, ...ourTree(system, file, shown)];
    if ((inode.mode & S_IFMT) === S_IFLNK) return [`${shown} -> ${inode.readlink()}`];
    return [`${shown} ${inode.nlink} ${Buffer.from(system.read(file)).toString('base64')}`];
  });
}

export const FOLDERS = ['/w', '/w/d', '/w/e', '/w/d/e'];

interface Comparison {
  /** Where Linux does the same, a folder of its own each time; a plain one unless said otherwise. */
  readonly makeNative?: () => string;
  readonly finishNative?: (folder: string) => void;
  readonly operations?: fc.Arbitrary<Operation>;
  /** Of the runs that others get. */
  readonly share?: number;
}

export function compare(
  make: () => TestSystem,
  finish: (system: TestSystem) => void,
  comparison: Comparison = {},
): void {
  const { operations = operation, share = 1 } = comparison;
  fc.assert(
    fc.property(fc.array(operations, { minLength: 60, maxLength: 150 }), (steps) => {
      const native = comparison.makeNative?.() ?? fs.mkdtempSync(path.join(base, 'native-'));
      const system = make();
      for (const folder of FOLDERS) {
        fs.mkdirSync(native + folder, { recursive: true });
        if (errnoOf(() => system.stat(folder)) !== 'ok') system.mkdir(folder);
      }
      system.cwd = system.open('/w', 0).dentry ?? system.cwd;
      const fds = new Map<number, number>();
      const files = new Map<number, File>();
      try {
        for (const step of steps) {
          const wanted = runNative(`${native}/w`, fds, step);
          expect([step, runOurs(system, files, step)]).toEqual([step, wanted]);
        }
      } finally {
        for (const number of [0, 1, 2]) closeSlot(fds, number, fs.closeSync);
      }
      for (const number of [0, 1, 2]) closeSlot(files, number, (file) => file.release());
      expect(ourTree(system, '/w').sort()).toEqual(nativeTree(`${native}/w`).sort());
      finish(system);
      comparison.finishNative?.(native);
      fs.rmSync(native, { recursive: true });
    }),
    { seed: SEED, numRuns: Math.ceil(RUNS * share) },
  );
}
