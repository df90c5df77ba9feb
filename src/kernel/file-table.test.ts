/** Descriptors: which number is given, who shares what, when a file is let go. */
import { beforeEach, expect, test } from 'vitest';
import { testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { EBADF, EMFILE, ENFILE, KernelError } from '../abi/errno.ts';
import { AT_FDCWD, F_WRLCK, O_CREAT, O_PATH, O_RDONLY, O_RDWR, O_WRONLY } from '../abi/fcntl.ts';
import { AF_UNIX, SOCK_STREAM } from '../abi/socket.ts';
import type { File } from '../fs/file.ts';
import { LOCK_TO_END } from '../fs/file-lock.ts';
import { Credentials } from './credentials.ts';
import { FileTable } from './file-table.ts';
import type { Kernel } from './kernel.ts';
import { Random } from './random.ts';
import type { Task } from './task.ts';

let kernel: Kernel;
let owner: Task;
let table: FileTable;

beforeEach(() => {
  kernel = testKernel().kernel;
  owner = testTask(kernel);
  table = new FileTable(kernel.vfs.locks);
});

function open(name = 'f', flags = O_RDWR): File {
  return kernel.vfs.open(owner, AT_FDCWD, name, flags | O_CREAT, 0o600);
}

function errnoOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
  return 0;
}

test('the lowest free number is given', () => {
  const fds = [0, 1, 2, 3].map(() => table.allocate(open(), false, 16));
  expect(fds).toEqual([0, 1, 2, 3]);
  table.close(1);
  table.close(0);
  expect(table.allocate(open(), false, 16, 2)).toBe(4);
  expect(table.allocate(open(), false, 16)).toBe(0);
  expect(table.allocate(open(), false, 16)).toBe(1);
  expect(table.allocate(open(), false, 16)).toBe(5);
});

test('the limit is a number, not a count', () => {
  table.allocate(open(), false, 2);
  expect(table.allocate(open(), false, 2)).toBe(1);
  const file = open();
  expect(errnoOf(() => table.allocate(file, false, 2))).toBe(EMFILE);
  expect(errnoOf(() => table.reserve(1, 2))).toBe(EMFILE);
  expect(errnoOf(() => table.reserve(2, 4))).toBe(0);
  expect(errnoOf(() => table.reserve(3, 4))).toBe(EMFILE);
});

test('access is checked, and O_PATH is no access', () => {
  const reading = table.allocate(open('f', O_RDONLY), false, 16);
  const writing = table.allocate(open('f', O_WRONLY), false, 16);
  const path = table.allocate(kernel.vfs.open(owner, AT_FDCWD, 'f', O_PATH, 0), false, 16);
  expect(errnoOf(() => table.get(reading, 'readable'))).toBe(0);
  expect(errnoOf(() => table.get(reading, 'writable'))).toBe(EBADF);
  expect(errnoOf(() => table.get(writing, 'readable'))).toBe(EBADF);
  expect(errnoOf(() => table.get(path))).toBe(EBADF);
  expect(errnoOf(() => table.getAny(path))).toBe(0);
  expect(errnoOf(() => table.getAny(-1))).toBe(EBADF);
  expect(errnoOf(() => table.close(99))).toBe(EBADF);
});

test('a copy shares the open files, and each table closes its own', () => {
  const file = open();
  table.allocate(file, false, 16);
  table.allocate(open('g'), true, 16);
  const copy = table.copy();
  copy.closeOnExec();
  expect(copy.descriptors()).toEqual([0]);
  expect(table.descriptors()).toEqual([0, 1]);
  table.closeAll();
  expect(file.references).toBeGreaterThan(0);
  expect(copy.get(0)).toBe(file);
  copy.closeAll();
  expect(file.references).toBe(0);
  expect(file.inode.references).toBe(0);
});

test('a shared table is closed by its last process', () => {
  const file = open();
  table.allocate(file, false, 16);
  table.references++;
  table.closeAll();
  expect(file.references).toBe(1);
  table.closeAll();
  expect(file.references).toBe(0);
});

test('replacing closes what was there', () => {
  const old = open('old');
  const fresh = open('new');
  table.allocate(old, true, 16);
  table.replace(0, fresh, false);
  expect(old.references).toBe(0);
  expect(table.get(0)).toBe(fresh);
  expect(table.isCloseOnExec(0)).toBe(false);
});

test('closing any descriptor of a file ends the record locks of its process', () => {
  const first = open();
  const second = open();
  table.allocate(first, false, 16);
  table.allocate(second, false, 16);
  const { locks } = kernel.vfs;
  const whole = { pid: owner.process.pid, type: F_WRLCK, start: 0, end: LOCK_TO_END };
  locks.set(first.inode, { kind: 'POSIX', owner: table, ...whole });
  table.close(1);
  expect(first.inode.locks?.held).toEqual([]);
  // A lock of the description itself stays until its last descriptor is gone.
  locks.set(first.inode, { kind: 'OFDLCK', owner: first, ...whole });
  first.references++;
  table.allocate(first, false, 16);
  table.close(0);
  expect(first.inode.locks?.held.length).toBe(1);
  table.close(1);
  expect(first.inode.locks?.held).toEqual([]);
});

test('FDSize grows as Linux grows its tables', () => {
  expect(table.capacity).toBe(64);
  for (let i = 0; i < 65; i++) table.allocate(open(), false, 1000);
  expect(table.capacity).toBe(128);
});

test('file-max holds for those without privilege, and open files cost the guest memory', () => {
  const task = testTask(kernel);
  kernel.current = task;
  const open = kernel.vfs.locks;
  const files = Array.from({ length: 200 }, (_, i) =>
    kernel.vfs.open(owner, AT_FDCWD, `f${i}`, O_RDWR | O_CREAT, 0o600),
  );
  // Their inodes stay.
  const before = kernel.slab.pages;
  for (const file of files) table.allocate(file, false, 1024);
  expect(open.count).toBe(200);
  expect(kernel.slab.pages).toBeGreaterThanOrEqual(before + (200 * 512) / 4096);
  open.maximum = 201;
  table.reserve(1, 1024);
  table.reserve(2, 1024);
  task.credentials = Credentials.of(1000, 1000);
  table.reserve(1, 1024);
  expect(errnoOf(() => table.reserve(2, 1024))).toBe(ENFILE);
  for (let fd = 0; fd < 200; fd++) table.close(fd);
  expect(open.count).toBe(0);
  expect(kernel.slab.pages).toBeLessThan(before + 64);
});

test('what was reserved is there for sockets too, which cost more than files', () => {
  const { vfs, net, frames } = kernel;
  // One step of charges is full but for two files.
  while (vfs.locks.count < 62) table.allocate(open(), false, 1024);
  table.reserve(2, 1024);
  while (errnoOf(() => frames.allocateUncleared()) === 0);
  for (let i = 0; i < 2; i++)
    table.allocate(net.family(AF_UNIX).create(net, owner, SOCK_STREAM, 0, O_RDWR), false, 1024);
  expect(vfs.locks.count).toBe(64);
});

test('tables that share descriptors since a fork are told apart, and each file is released once', () => {
  const seed = 11;
  const random = new Random(new Uint8Array([seed]));
  const files = new Set<File>();
  const numbers = new Map<unknown, number>();
  const numbered = (name: string, value: unknown): unknown => {
    if (name !== 'file') return value;
    numbers.set(value, numbers.get(value) ?? numbers.size);
    return numbers.get(value);
  };
  const tables = [{ table, model: new Map<number, { file: File; isCloseOnExec: boolean }>() }];
  for (let step = 0; step < 1500; step++) {
    const at = random.below(tables.length);
    const { table: one, model } = tables[at] as (typeof tables)[number];
    const fd = random.below(80);
    const isCloseOnExec = random.below(4) === 0;
    const choice = random.below(40);
    if (choice === 0 && tables.length < 6)
      tables.push({ table: one.copy(), model: new Map(model) });
    else if (choice === 1 && tables.length > 1) {
      one.closeAll();
      tables.splice(at, 1);
    } else if (choice === 2) {
      one.closeOnExec();
      for (const [key, slot] of model) if (slot.isCloseOnExec) model.delete(key);
    } else if (choice < 14) {
      expect(errnoOf(() => one.close(fd))).toBe(model.delete(fd) ? 0 : EBADF);
    } else if (choice < 18) {
      const slot = model.get(fd);
      expect(errnoOf(() => one.setCloseOnExec(fd, isCloseOnExec))).toBe(slot ? 0 : EBADF);
      if (slot) model.set(fd, { ...slot, isCloseOnExec });
    } else {
      const known = [...files].filter((file) => file.references > 0);
      const file =
        choice < 30 ? open(`f${step % 50}`) : (known[random.below(known.length)] ?? open());
      if (files.has(file)) file.references++;
      files.add(file);
      if (choice < 34) {
        let free = fd;
        while (model.has(free)) free++;
        expect(one.allocate(file, isCloseOnExec, 10_000, fd)).toBe(free);
        model.set(free, { file, isCloseOnExec });
      } else {
        one.replace(fd, file, isCloseOnExec);
        model.set(fd, { file, isCloseOnExec });
      }
    }
    const shown = tables.map(({ table: other }) =>
      other
        .descriptors()
        .map((key) => ({ key, file: other.find(key), isCloseOnExec: other.isCloseOnExec(key) })),
    );
    const wanted = tables.map(({ model: slots }) =>
      [...slots].map(([key, slot]) => ({ key, ...slot })).sort((a, b) => a.key - b.key),
    );
    const used = new Set(wanted.flat().map((slot) => slot.file));
    const isSame = JSON.stringify(shown, numbered) === JSON.stringify(wanted, numbered);
    expect(isSame, `seed ${seed}, step ${step}`).toBe(true);
    for (const file of files) {
      if (used.has(file) !== file.references > 0)
        expect.fail(`references at seed ${seed}, step ${step}`);
      if (file.references === 0) files.delete(file);
    }
  }
  for (const { table: one } of tables) one.closeAll();
  expect([...files].filter((file) => file.references !== 0)).toEqual([]);
});
