/** The numbers of devices against those of the Linux host. */
import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { EFAULT, ENXIO, EPERM, KernelError } from '../../abi/errno.ts';
import { AT_FDCWD, O_RDWR } from '../../abi/fcntl.ts';
import { makeDevice, S_IFCHR } from '../../abi/stat.ts';
import { makeNode } from '../../fs/directory-operations.ts';
import { ROOT_IDENTITY } from '../../fs/permission.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { Credentials } from '../credentials.ts';
import { deviceList, deviceNodes } from './devices.ts';

const { kernel } = testKernel();
const nodes = deviceNodes(kernel);
const hasHost = process.platform === 'linux' && existsSync('/dev/null');
if (!hasHost) console.warn('SKIPPED: the oracle of these tests is /dev of a Linux host');

test.skipIf(!hasHost).each(nodes.map(({ name }) => name))('/dev/%s has its number', (name) => {
  const node = nodes.find((candidate) => candidate.name === name);
  // A container's console may be a bind-mounted pty, and kmsg may be missing.
  const path = `/dev/${name}`;
  if (!existsSync(path) || (name === 'console' && statSync(path).rdev >> 8 !== 5)) return;
  expect(node?.device).toBe(statSync(path).rdev);
});

test('a number that nobody has is ENXIO', () => {
  const { root } = kernel.vfs.mounts;
  makeNode(root, 'odd', S_IFCHR | 0o600, makeDevice(200, 1), ROOT_IDENTITY);
  const task = testTask(kernel);
  const open = () => kernel.vfs.open(task, AT_FDCWD, '/odd', O_RDWR, 0);
  expect(open).toThrow(KernelError);
  expect(errnoOf(open)).toBe(ENXIO);
});

function errnoOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
  return 0;
}

test('/dev/mem shows neither RAM nor registers, and nothing to users', () => {
  const task = testTask(kernel);
  const row = nodes.find(({ name }) => name === 'mem');
  expect([row?.mode, row?.gid]).toEqual([0o640, 15]);
  const { root } = kernel.vfs.mounts;
  makeNode(root, 'mem', S_IFCHR | 0o666, row?.device ?? 0, ROOT_IDENTITY);
  const open = () => kernel.vfs.open(task, AT_FDCWD, '/mem', O_RDWR, 0);
  const file = open();
  const { base, size } = kernel.arch.ram;
  const at = (offset: number, length: number) =>
    errnoOf(() => file.read(new BytesBuffer(new Uint8Array(length)), offset));
  expect(at(base, 8)).toBe(EPERM);
  expect(at(base + size - 8, 8)).toBe(EPERM);
  expect(at(base + size - 8, 9)).toBe(EFAULT);
  expect(at(0x1000_0000, 4)).toBe(EFAULT);
  expect(file.read(new BytesBuffer(new Uint8Array(0)), base)).toBe(0);
  task.credentials = Credentials.of(1000, 1000);
  expect(errnoOf(open)).toBe(EPERM);
});

test('/proc/devices lists each driver once', () => {
  expect(deviceList(kernel)).toContain('  1 mem\n');
  expect(deviceList(kernel)).toContain('136 pts\n');
  expect(deviceList(kernel).split('  1 mem').length).toBe(2);
});

test('/proc/devices names loop before there is one: its disks come by loop-control', () => {
  expect(deviceList(kernel)).toMatch(/\nBlock devices:\n {2}7 loop\n/);
});
