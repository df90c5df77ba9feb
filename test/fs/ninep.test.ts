/** 9p against the contract, over the machine's own server on a folder of the host. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { O_RDONLY, O_RDWR } from '../../src/abi/fcntl.ts';
import { NineP, ninep } from '../../src/fs/9p/ninep.ts';
import type { NinePChannel } from '../../src/fs/filesystem.ts';
import { PAGE_SIZE } from '../../src/fs/page-frames.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { hostFolder } from '../../src/machine/host/host-folder.ts';
import { NinePServer } from '../../src/machine/virtio/9p/server.ts';
import { contract } from './contract.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

class Loopback implements NinePChannel {
  readonly maxMessageBytes: number;
  requests = 0;
  private readonly server: NinePServer;

  constructor(folder: string, maxMessageBytes: number) {
    this.server = new NinePServer(hostFolder(folder, false));
    this.maxMessageBytes = maxMessageBytes;
  }

  request(message: Uint8Array): Uint8Array {
    this.requests++;
    return this.server.answer(message.slice());
  }
}

/** Rread: size[4] type[1] tag[2] count[4] data[count]. */
const DATA_AT = 11;

/** As the driver's: data of a read goes into frames. */
class PagedLoopback extends Loopback {
  /** Pages of each request. */
  readonly paged: number[] = [];

  readPages(message: Uint8Array, frames: readonly number[]): Uint8Array {
    this.paged.push(frames.length);
    const answer = this.request(message);
    frames.forEach((frame, i) => {
      const at = DATA_AT + i * PAGE_SIZE;
      if (at < answer.length) context.frames.bytes(frame).set(answer.subarray(at, at + PAGE_SIZE));
    });
    return answer.slice(0, DATA_AT);
  }
}

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-9p-'));
afterAll(() => fs.rmSync(base, { recursive: true }));

let folder: string;
let context: TestContext;

function make(messageBytes = 131_072, Channel = Loopback): TestSystem {
  folder = fs.mkdtempSync(path.join(base, 'tree-'));
  context = new TestContext();
  context.channels.set('host', new Channel(folder, messageBytes));
  return new TestSystem(ninep.mount('host', 'trans=virtio,version=9p2000.L', false, context));
}

function finish(system: TestSystem): void {
  const instance = system.mounts.root.inode.fs;
  system.mounts.unmountAll();
  expect(instance instanceof NineP && instance.client.fidCount).toBe(0);
  expect(context.frames.used).toBe(0);
}

const ABILITIES = {
  hasNodes: false,
  hasExchange: false,
  hasOwners: false,
  hasByteNames: false,
  hasFineTimes: true,
  hasLinks: true,
  hasModes: true,
};

describe('9p', () => contract(make, ABILITIES, finish));
describe('9p with small messages', () => contract(() => make(4096), ABILITIES, finish));

describe('9p with pages', () => {
  const makePaged = (): TestSystem => make(66_000, PagedLoopback);

  contract(makePaged, ABILITIES, finish);

  it('brings in as many pages as a message holds, up to the end of file', () => {
    const system = makePaged();
    const content = Uint8Array.from({ length: 20 * PAGE_SIZE + 100 }, (_, i) => (i * 7) % 251);
    fs.writeFileSync(path.join(folder, 'm'), content);
    const file = system.open('/m', O_RDONLY);
    const { pages } = file.inode;
    const read = (index: number, count: number): Uint8Array =>
      context.frames.bytes(pages?.getPage(index, false, count) ?? 0).slice();
    expect(read(0, 3)).toEqual(content.slice(0, PAGE_SIZE));
    expect(read(3, 100)).toEqual(content.slice(3 * PAGE_SIZE, 4 * PAGE_SIZE));
    const tail = new Uint8Array(PAGE_SIZE);
    tail.set(content.slice(20 * PAGE_SIZE));
    expect(read(20, 1)).toEqual(tail);
    expect(read(19, 1)).toEqual(content.slice(19 * PAGE_SIZE, 20 * PAGE_SIZE));
    const channel = context.channels.get('host');
    expect(channel instanceof PagedLoopback && channel.paged).toEqual([3, 16, 2]);
    file.release();
    finish(system);
  });

  it('does not show the end of a page that the host cut off', () => {
    const system = makePaged();
    fs.writeFileSync(path.join(folder, 'm'), 'x'.repeat(3 * PAGE_SIZE));
    const file = system.open('/m', O_RDONLY);
    fs.truncateSync(path.join(folder, 'm'), PAGE_SIZE + 5);
    const frames = [0, 1, 2].map((index) => file.inode.pages?.getPage(index, false, 3) ?? 0);
    const counts = frames.map((frame) => context.frames.bytes(frame).indexOf(0));
    expect(counts).toEqual([-1, 5, 0]);
    file.release();
    finish(system);
  });
});

describe('9p and the host', () => {
  let system: TestSystem;
  beforeEach(() => {
    system = make();
  });

  it('sees what the host changes, on open at the latest', () => {
    fs.writeFileSync(path.join(folder, 'f'), 'one');
    expect(system.text('/f')).toBe('one');
    fs.writeFileSync(path.join(folder, 'f'), 'other');
    expect(system.stat('/f').size).toBe(5);
    expect(system.text('/f')).toBe('other');
    fs.rmSync(path.join(folder, 'f'));
    expect(errnoOf(() => system.stat('/f'))).toBe('ENOENT');
    fs.mkdirSync(path.join(folder, 'f'));
    expect(system.list('/f')).toEqual([]);
    finish(system);
  });

  it('notices that the host replaced a file', () => {
    fs.writeFileSync(path.join(folder, 'f'), 'old');
    const old = system.stat('/f');
    fs.writeFileSync(path.join(folder, 'g'), 'new!');
    fs.renameSync(path.join(folder, 'g'), path.join(folder, 'f'));
    expect(system.stat('/f')).not.toBe(old);
    expect(system.text('/f')).toBe('new!');
    finish(system);
  });

  it('finds an open file again that the host renamed', () => {
    fs.mkdirSync(path.join(folder, 'd'));
    fs.writeFileSync(path.join(folder, 'd/old'), 'content');
    const file = system.open('/d/old', O_RDONLY);
    fs.renameSync(path.join(folder, 'd'), path.join(folder, 'e'));
    fs.renameSync(path.join(folder, 'e/old'), path.join(folder, 'e/new'));
    expect(errnoOf(() => system.stat('/d/old'))).toBe('ENOENT');
    expect(system.stat('/e/new')).toBe(file.inode);
    expect(system.text('/e/new')).toBe('content');
    const bytes = new Uint8Array(7);
    expect(file.read(new BytesBuffer(bytes), 0)).toBe(7);
    file.release();
    finish(system);
  });

  it('maps pages: filled, coherent with writes, written back', () => {
    fs.writeFileSync(path.join(folder, 'm'), 'x'.repeat(10_000));
    const file = system.open('/m', O_RDWR);
    const { pages } = file.inode;
    const frame = pages?.getPage(2, true) ?? 0;
    expect(context.frames.bytes(frame)[10_000 - 8192 - 1]).toBe(120);
    expect(context.frames.bytes(frame)[10_000 - 8192]).toBe(0);
    context.frames.bytes(frame)[0] = 65;
    const bytes = new Uint8Array(1);
    expect(file.read(new BytesBuffer(bytes), 8192)).toBe(1);
    expect(bytes[0]).toBe(65);
    file.write(new BytesBuffer(Buffer.from('B')), 8193);
    expect(context.frames.bytes(pages?.getPage(2, false) ?? 0)[1]).toBe(66);
    file.release();
    expect(fs.readFileSync(path.join(folder, 'm'), 'latin1').slice(8190, 8196)).toBe('xxABxx');
    finish(system);
  });

  it('syncs and maps an open file that has no name any more', () => {
    fs.writeFileSync(path.join(folder, 'f'), 'unlinked');
    const file = system.open('/f', O_RDWR);
    system.unlink('/f');
    file.write(new BytesBuffer(Buffer.from('U')), 0);
    file.inode.sync(false);
    const frame = file.inode.pages?.getPage(0, true) ?? 0;
    expect(Buffer.from(context.frames.bytes(frame).subarray(0, 8)).toString()).toBe('Unlinked');
    file.inode.setAttributes({ size: 3 });
    file.inode.revalidate();
    expect(file.inode.size).toBe(3);
    file.release();
    finish(system);
  });

  it('lets the creator write what the mode forbids: open(2)', () => {
    const file = system.open('/ro', O_RDWR | 0o100 | 0o200, 0o444);
    expect(file.write(new BytesBuffer(Buffer.from('w')), 0)).toBe(1);
    file.release();
    expect(fs.readFileSync(path.join(folder, 'ro'), 'utf8')).toBe('w');
    finish(system);
  });

  it('keeps a bounded number of fids, and finds files again', () => {
    for (let i = 0; i < 1500; i++) fs.writeFileSync(path.join(folder, `f${i}`), '');
    fs.mkdirSync(path.join(folder, 'a/b'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'a/b/c'), 'deep');
    const directory = system.stat('/a/b');
    for (const name of system.list('/')) system.stat(`/${name}`);
    const instance = system.mounts.root.inode.fs;
    expect(instance instanceof NineP && instance.client.fidCount).toBeLessThan(600);
    expect(system.stat('/a/b')).toBe(directory);
    expect(system.text('/a/b/c')).toBe('deep');
    finish(system);
  });

  it('shows symbolic links as text and does not let them out', () => {
    fs.symlinkSync('/etc/passwd', path.join(folder, 'out'));
    expect(system.lstat('/out').readlink()).toBe('/etc/passwd');
    expect(errnoOf(() => system.open('/out', O_RDONLY))).toBe('ENOENT');
    finish(system);
  });
});
