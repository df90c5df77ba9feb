/** Waiting, partial transfers, limits and signals of read and write. */
import { beforeEach, expect, test } from 'vitest';
import { testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { EAGAIN, EFBIG, EPIPE, KernelError } from '../abi/errno.ts';
import { AT_FDCWD, O_CREAT, O_NONBLOCK, O_RDWR } from '../abi/fcntl.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { SIGPIPE, SIGXFSZ } from '../abi/signal.ts';
import type { PipeFile } from '../fs/pipe-file.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { BLOCKED } from './block.ts';
import type { Kernel } from './kernel.ts';
import { hasSignal } from './signal-set.ts';
import type { Task } from './task.ts';
import { transferIn, transferOut } from './transfer.ts';

const WRITE = 64;
/** Default size of a pipe. */
const PIPE_BYTES = 65536;

let kernel: Kernel;
let task: Task;
let reader: PipeFile;
let writer: PipeFile;

beforeEach(() => {
  kernel = testKernel().kernel;
  task = testTask(kernel);
  [reader, writer] = kernel.vfs.pipes.createPair(0, 0, 0, kernel.clock.realtime());
  begin();
});

/** The task is at the start of a system call. */
function begin(): void {
  task.call.begin(WRITE);
  task.syscall = task.call;
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

test('a read of an empty pipe sleeps until there is something', () => {
  const bytes = new Uint8Array(10);
  expect(transferIn(task, reader, new BytesBuffer(bytes))).toBe(BLOCKED);
  expect(task.state).toBe('S');
  writer.write(new BytesBuffer(Uint8Array.of(1, 2)));
  expect(task.state).toBe('R');
  expect(transferIn(task, reader, new BytesBuffer(bytes))).toBe(2);
  expect(task.process.io).toMatchObject({ rchar: 2, syscr: 1 });
});

test('O_NONBLOCK never sleeps', () => {
  reader.flags |= O_NONBLOCK;
  expect(transferIn(task, reader, empty())).toBe(-EAGAIN);
  expect(task.state).toBe('R');
});

function empty(): BytesBuffer {
  return new BytesBuffer(new Uint8Array(1));
}

test('a large write goes on where it stopped, and counts what was taken', () => {
  const bytes = Uint8Array.from({ length: PIPE_BYTES + 100 }, (_, i) => i);
  expect(transferOut(task, writer, new BytesBuffer(bytes))).toBe(BLOCKED);
  expect(task.call.done).toBe(PIPE_BYTES);
  const got = new Uint8Array(PIPE_BYTES);
  reader.read(new BytesBuffer(got));
  expect(transferOut(task, writer, new BytesBuffer(bytes))).toBe(PIPE_BYTES + 100);
  const rest = new Uint8Array(200);
  expect(reader.read(new BytesBuffer(rest))).toBe(100);
  expect(rest[99]).toBe((PIPE_BYTES + 99) & 0xff);
});

test('a large write without waiting is a short one', () => {
  writer.flags |= O_NONBLOCK;
  const bytes = new Uint8Array(PIPE_BYTES + 1);
  expect(transferOut(task, writer, new BytesBuffer(bytes))).toBe(PIPE_BYTES);
});

test('a pipe without readers gives EPIPE and SIGPIPE', () => {
  reader.release();
  const bytes = new BytesBuffer(Uint8Array.of(1));
  expect(errnoOf(() => transferOut(task, writer, bytes))).toBe(EPIPE);
  expect(hasSignal(task.pending.set, SIGPIPE)).toBe(true);
});

test('RLIMIT_FSIZE cuts a write, and the next one is EFBIG with SIGXFSZ', () => {
  task.process.limits[RLIMIT_FSIZE] = { soft: 10, hard: 10 };
  const file = kernel.vfs.open(task, AT_FDCWD, 'f', O_RDWR | O_CREAT, 0o600);
  const bytes = new BytesBuffer(new Uint8Array(16));
  expect(transferOut(task, file, bytes)).toBe(10);
  begin();
  expect(errnoOf(() => transferOut(task, file, bytes))).toBe(EFBIG);
  expect(hasSignal(task.pending.set, SIGXFSZ)).toBe(true);
  expect(file.inode.size).toBe(10);
});
