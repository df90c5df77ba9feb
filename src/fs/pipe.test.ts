/** Pipes and FIFOs: pipe(7), fifo(7). */
import { describe, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../abi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { S_IFIFO } from '../abi/stat.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import type { Waiter, WaitQueue } from '../lib/wait-queue.ts';
import { MemoryFrames } from './memory-frames.ts';
import { PipeFile, PipeFileSystem } from './pipe-file.ts';
import { tmpfs } from './tmpfs/tmpfs.ts';

function makePipe() {
  const frames = new MemoryFrames();
  const now = { seconds: 1, nanoseconds: 0 };
  const [reader, writer] = new PipeFileSystem(frames).createPair(0, 0, 0, now);
  return { frames, reader, writer };
}

const bytes = (count: number, first = 0) =>
  new BytesBuffer(Uint8Array.from({ length: count }, (_, i) => first + i));

class Sleeper implements Waiter {
  readonly waitingOn = new Set<WaitQueue>();
  wakes = 0;
  wake(): void {
    this.wakes++;
  }
}

describe('Pipe', () => {
  it('carries bytes in order, over the end of the ring', () => {
    const { reader, writer } = makePipe();
    let sent = 0;
    let got = 0;
    const target = new BytesBuffer(new Uint8Array(5000));
    while (got < 300_000) {
      while (sent - got <= 65_536 - 3000) {
        expect(writer.write(bytes(3000, sent & 0xff))).toBe(3000);
        sent += 3000;
      }
      const count = reader.read(target);
      for (let i = 0; i < count; i += 997) {
        const block = Math.floor((got + i) / 3000) * 3000;
        expect(target.bytes[i]).toBe((block + ((got + i) % 3000)) & 0xff);
      }
      got += count;
    }
  });

  it('is opened again, as by /proc/<pid>/fd, without waiting, also when the other end has left', () => {
    const { reader, writer } = makePipe();
    writer.write(bytes(3));
    writer.release();
    const again = reader.inode.open(O_RDONLY);
    expect(again instanceof PipeFile && again.hasMetOtherEnd).toBe(true);
    expect(again.poll() & POLLHUP).toBe(POLLHUP);
    expect(again.read(bytes(8), 0)).toBe(3);
    expect(again.read(bytes(8), 0)).toBe(0);
  });

  it('holds 65536 bytes; small writes fit as a whole or not at all', () => {
    const { reader, writer } = makePipe();
    expect(writer.write(new BytesBuffer(new Uint8Array(70_000)))).toBe(65_536);
    expect(errnoOf(() => writer.write(bytes(1)))).toBe('EAGAIN');
    reader.read(new BytesBuffer(new Uint8Array(4095)));
    expect(errnoOf(() => writer.write(bytes(4096)))).toBe('EAGAIN');
    expect(writer.poll() & POLLOUT).toBe(0);
    expect(writer.write(new BytesBuffer(new Uint8Array(4097)))).toBe(4095);
    reader.read(new BytesBuffer(new Uint8Array(4096)));
    expect(writer.poll()).toBe(POLLOUT | POLLWRNORM);
    expect(writer.write(bytes(4096))).toBe(4096);
  });

  it('ends when the writers are gone, and breaks when the readers are', () => {
    const { frames, reader, writer } = makePipe();
    expect(errnoOf(() => reader.read(bytes(1)))).toBe('EAGAIN');
    expect(reader.poll()).toBe(0);
    writer.write(bytes(3));
    expect(reader.poll()).toBe(POLLIN | POLLRDNORM);
    writer.release();
    expect(reader.poll()).toBe(POLLIN | POLLRDNORM | POLLHUP);
    expect(reader.read(bytes(9))).toBe(3);
    expect(reader.read(bytes(9))).toBe(0);
    reader.release();
    expect(frames.used).toBe(0);
    const second = makePipe();
    second.reader.release();
    expect(second.writer.poll() & POLLERR).toBe(POLLERR);
    expect(errnoOf(() => second.writer.write(bytes(1)))).toBe('EPIPE');
  });

  it('wakes the other end', () => {
    const { reader, writer } = makePipe();
    const sleeper = new Sleeper();
    reader.waitQueue.enlist(sleeper);
    writer.write(bytes(1));
    expect(sleeper.wakes).toBe(1);
    writer.waitQueue.enlist(sleeper);
    reader.read(bytes(1));
    expect(sleeper.wakes).toBe(2);
    reader.waitQueue.enlist(sleeper);
    writer.release();
    expect(sleeper.wakes).toBe(3);
  });

  it('changes its size with its content: fcntl(2) F_SETPIPE_SZ', () => {
    const { frames, reader, writer } = makePipe();
    writer.write(bytes(6000));
    expect(writer.pipe.resize(5000)).toBe(8192);
    expect(errnoOf(() => writer.pipe.resize(4096))).toBe('EBUSY');
    expect(writer.pipe.resize(1_000_000)).toBe(1_048_576);
    const target = new Uint8Array(6000);
    expect(reader.read(new BytesBuffer(target))).toBe(6000);
    expect(target[5999]).toBe(5999 & 0xff);
    reader.release();
    writer.release();
    expect(frames.used).toBe(0);
  });
});

describe('FIFO', () => {
  const make = () => {
    const system = new TestSystem(tmpfs.mount('', '', false, new TestContext()));
    system.mknod('/p', S_IFIFO | 0o644);
    return (flags: number): PipeFile => {
      const file = system.open('/p', flags);
      if (!(file instanceof PipeFile)) throw new Error('no pipe');
      return file;
    };
  };

  it('meets the other end even if that has left again', () => {
    const open = make();
    const reader = open(O_RDONLY);
    expect(reader.hasMetOtherEnd).toBe(false);
    expect(reader.poll()).toBe(0);
    const writer = open(O_WRONLY);
    expect(writer.hasMetOtherEnd).toBe(true);
    writer.release();
    expect(reader.hasMetOtherEnd).toBe(true);
    expect(reader.poll()).toBe(POLLHUP);
  });

  it('needs a reader for O_WRONLY | O_NONBLOCK', () => {
    const open = make();
    expect(errnoOf(() => open(O_WRONLY | O_NONBLOCK))).toBe('ENXIO');
    const reader = open(O_RDONLY | O_NONBLOCK);
    expect(reader.read(bytes(1))).toBe(0);
    open(O_WRONLY | O_NONBLOCK);
  });

  it('opens for both without waiting, and forgets its bytes with the last user', () => {
    const open = make();
    const both = open(O_RDWR);
    expect(both.hasMetOtherEnd).toBe(true);
    both.write(bytes(5));
    both.release();
    const again = open(O_RDWR);
    expect(errnoOf(() => again.read(bytes(5)))).toBe('EAGAIN');
  });
});
