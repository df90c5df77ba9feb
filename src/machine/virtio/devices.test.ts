/** Block, console and entropy devices through their queues: virtio 1.2, sections 5.2 to 5.4. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BUFFERS, type Part, RAM, TestDriver } from '../../../test/support/virtio/driver.ts';
import { VirtioBlock } from './block.ts';
import { VirtioConsole } from './console.ts';
import { MemoryDisk, OverlayDisk } from './overlay.ts';
import { seededEntropy, VirtioRng } from './rng.ts';

const B = RAM + BUFFERS;
const readable = (offset: number, length: number): Part => ({
  address: B + offset,
  length,
  isWritable: false,
});
const writable = (offset: number, length: number): Part => ({
  address: B + offset,
  length,
  isWritable: true,
});
const text = (value: string): number[] => [...new TextEncoder().encode(value)];

describe('the block device', () => {
  const SECTORS = 16;
  let base: Uint8Array;
  let overlay: OverlayDisk;
  let driver: TestDriver;

  function request(type: number, sector: number, data: Part[]): { status: number; length: number } {
    const header = new DataView(new ArrayBuffer(16));
    header.setUint32(0, type, true);
    header.setUint32(8, sector, true);
    driver.put(B, new Uint8Array(header.buffer));
    driver.put(B + 16, [0xff]);
    driver.add(0, readable(0, 16), ...data, writable(16, 1));
    driver.notify(0);
    const [used] = driver.takeUsed(0);
    return { status: driver.get(B + 16, 1)[0] as number, length: used?.length ?? -1 };
  }

  beforeEach(() => {
    base = Uint8Array.from({ length: SECTORS * 512 }, (_, i) => i >>> 9);
    overlay = new OverlayDisk(new MemoryDisk(base, true));
    driver = new TestDriver(new VirtioBlock(overlay, 'serial-1'), 1 << 9);
  });

  it('reads sectors into any pieces', () => {
    expect(request(0, 3, [writable(0x1000, 512), writable(0x3000, 1024)])).toEqual({
      status: 0,
      length: 1537,
    });
    expect(driver.get(B + 0x1000, 512)).toEqual(Array.from({ length: 512 }, () => 3));
    expect(driver.get(B + 0x3000, 1024)).toEqual(
      Array.from({ length: 1024 }, (_, i) => 4 + (i >>> 9)),
    );
  });

  it('writes to the overlay and never to the base', () => {
    driver.put(
      B + 0x1000,
      Array.from({ length: 512 }, () => 0xaa),
    );
    expect(request(1, 9, [readable(0x1000, 512)])).toEqual({ status: 0, length: 1 });
    request(0, 8, [writable(0x4000, 1536)]);
    expect([0, 511, 512, 1023, 1024].map((i) => driver.get(B + 0x4000 + i, 1)[0])).toEqual([
      8, 8, 0xaa, 0xaa, 10,
    ]);
    expect(base[9 * 512]).toBe(9);
    expect(overlay.overlayBytes).toBe(4096);
  });

  it('refuses what lies beyond the end, partial sectors, and unknown requests', () => {
    expect(request(0, SECTORS - 1, [writable(0x1000, 1024)]).status).toBe(1);
    expect(request(1, SECTORS, [readable(0x1000, 512)]).status).toBe(1);
    expect(request(0, 0, [writable(0x1000, 100)]).status).toBe(1);
    expect(request(77, 0, [])).toEqual({ status: 2, length: 1 });
    expect(request(4, 0, [])).toEqual({ status: 0, length: 1 });
  });

  it('names itself, and zeroes ranges', () => {
    expect(request(8, 0, [writable(0x1000, 20)])).toEqual({ status: 0, length: 21 });
    expect(driver.get(B + 0x1000, 9)).toEqual([...text('serial-1'), 0]);
    driver.put(B + 0x2000, [2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    expect(request(13, 0, [readable(0x2000, 16)]).status).toBe(0);
    request(0, 0, [writable(0x4000, 3072)]);
    expect([1, 2, 3, 4, 5].map((i) => driver.get(B + 0x4000 + i * 512, 1)[0])).toEqual([
      1, 0, 0, 0, 5,
    ]);
  });

  it('takes data that is cut anywhere', () => {
    const pieces = [writable(0x1000, 100), writable(0x2000, 412), writable(0x3000, 512)];
    expect(request(0, 5, pieces)).toEqual({ status: 0, length: 1025 });
    expect([0x1000, 0x1063, 0x2000, 0x219b, 0x3000].map((at) => driver.get(B + at, 1)[0])).toEqual([
      5, 5, 5, 5, 6,
    ]);
    driver.put(B + 0x1000, new Uint8Array(100).fill(0xa1));
    driver.put(B + 0x2000, new Uint8Array(412).fill(0xa2));
    expect(request(1, 2, [readable(0x1000, 100), readable(0x2000, 412)]).status).toBe(0);
    request(0, 2, [writable(0x4000, 1024)]);
    expect([0, 99, 100, 511, 512].map((at) => driver.get(B + 0x4000 + at, 1)[0])).toEqual([
      0xa1, 0xa1, 0xa2, 0xa2, 3,
    ]);
  });

  it('zeroes whole chunks of the overlay without memory, and writes into them again', () => {
    const range = (sector: number, count: number, flags: number): number[] => [
      ...[sector, 0, 0, 0, 0, 0, 0, 0],
      ...[count, 0, 0, 0, flags, 0, 0, 0],
    ];
    driver.put(B + 0x2000, [...range(0, 8, 0), ...range(9, 1, 0)]);
    expect(request(11, 0, [readable(0x2000, 32)]).status).toBe(0);
    expect(overlay.overlayBytes).toBe(4096);
    driver.put(B + 0x1000, new Uint8Array(512).fill(0xbb));
    request(1, 3, [readable(0x1000, 512)]);
    request(0, 0, [writable(0x4000, 12 * 512)]);
    expect(Array.from({ length: 12 }, (_, i) => driver.get(B + 0x4000 + i * 512, 1)[0])).toEqual([
      0, 0, 0, 0xbb, 0, 0, 0, 0, 8, 0, 10, 11,
    ]);
    const other = new OverlayDisk(new MemoryDisk(base, true));
    other.restore(structuredClone(overlay.save()));
    const bytes = new Uint8Array(SECTORS * 512);
    other.read(0, bytes);
    expect([0, 3, 4, 8, 9].map((sector) => bytes[sector * 512])).toEqual([0, 0xbb, 0, 8, 0]);
    // Unmap is a flag of write-zeroes only; others do not exist; nothing is done where one range is wrong.
    driver.put(B + 0x2000, range(8, 1, 1));
    expect(request(11, 0, [readable(0x2000, 16)]).status).toBe(2);
    driver.put(B + 0x2000, [...range(8, 1, 1), ...range(10, 1, 2)]);
    expect(request(13, 0, [readable(0x2000, 32)]).status).toBe(2);
    driver.put(B + 0x2000, [...range(8, 1, 1), ...range(15, 2, 0)]);
    expect(request(13, 0, [readable(0x2000, 32)]).status).toBe(1);
    expect(request(13, 0, [readable(0x2000, 15)]).status).toBe(1);
    expect(request(13, 0, []).status).toBe(1);
    request(0, 8, [writable(0x4000, 512)]);
    expect(driver.get(B + 0x4000, 1)).toEqual([8]);
    driver.put(B + 0x2000, range(8, 1, 1));
    expect(request(13, 0, [readable(0x2000, 16)]).status).toBe(0);
  });

  it('has as many queues as it is told, each with its own interrupts', () => {
    driver = new TestDriver(new VirtioBlock(overlay, '', 4), 1 << 12);
    expect([driver.device.read(0x122, 2), driver.device.read(0x10, 4) & (1 << 12)]).toEqual([
      4,
      1 << 12,
    ]);
    for (const queue of [3, 1]) {
      driver.put(B, [0, 0, 0, 0, 0, 0, 0, 0, queue, 0, 0, 0, 0, 0, 0, 0]);
      driver.add(queue, readable(0, 16), writable(0x1000, 512), writable(16, 1));
      driver.notify(queue);
      expect(driver.takeUsed(queue).map((used) => used.length)).toEqual([513]);
      expect(driver.get(B + 0x1000, 1)).toEqual([queue]);
    }
    expect(driver.interrupts).toBe(1);
    expect(() => new VirtioBlock(overlay, '', 65)).toThrow('1 to 64 queues');
    expect(new VirtioBlock(overlay, '').features & (1 << 12)).toBe(0);
  });

  it('describes its limits and its blocks', () => {
    const read = (offset: number, size: number): number => driver.device.read(0x100 + offset, size);
    // size_max, seg_max; physical blocks of one sector, which is also the least that should be moved.
    expect([read(8, 4), read(12, 4)]).toEqual([4 * 1024 * 1024, 126]);
    expect([read(24, 1), read(25, 1), read(26, 2)]).toEqual([0, 0, 1]);
    const large = Object.assign(new MemoryDisk(new Uint8Array(4096), true), {
      physicalBytes: 4096,
    });
    expect([...new VirtioBlock(large, '').config.subarray(24, 28)]).toEqual([3, 0, 8, 0]);
    expect([read(36, 4), read(40, 4), read(56, 1)]).toEqual([262_144, 16, 1]);
  });

  it('answers even what has no header, and survives what has no room for a status', () => {
    driver.add(0, readable(0, 10), writable(16, 1));
    driver.notify(0);
    expect(driver.get(B + 16, 1)).toEqual([1]);
    driver.add(0, readable(0, 16));
    driver.notify(0);
    expect(driver.takeUsed(0).map((used) => used.length)).toEqual([1, 0]);
  });

  it('says capacity and read-only in its configuration', () => {
    expect(driver.device.read(0x100, 4)).toBe(SECTORS);
    expect(driver.device.read(0x114, 4)).toBe(512);
    driver = new TestDriver(new VirtioBlock(new MemoryDisk(base, true), ''), 0);
    expect(driver.device.read(0x10, 4) & (1 << 5)).toBe(1 << 5);
    expect(request(1, 0, [readable(0x1000, 512)]).status).toBe(1);
  });

  it('turns a failing medium into an I/O error', () => {
    const broken = {
      sizeBytes: 8192,
      isReadOnly: false,
      flush: () => undefined,
      write: () => undefined,
      read: () => {
        throw new Error('EIO');
      },
    };
    driver = new TestDriver(new VirtioBlock(broken, ''), 0);
    expect(request(0, 0, [writable(0x1000, 512)]).status).toBe(1);
  });
});

describe('the console', () => {
  let typed: number[];
  let printed: number[];
  let room: number;
  let model: VirtioConsole;
  let driver: TestDriver;

  beforeEach(() => {
    typed = [];
    printed = [];
    room = Infinity;
    model = new VirtioConsole(
      {
        read: (into) => {
          const bytes = typed.splice(0, into.length);
          into.set(bytes);
          return bytes.length;
        },
      },
      {
        write: (bytes) => {
          const count = Math.min(room, bytes.length);
          printed.push(...bytes.slice(0, count));
          room -= count;
          return count;
        },
      },
    );
    driver = new TestDriver(model, 1);
  });

  it('sends output', () => {
    driver.put(B, text('hello'));
    driver.add(1, readable(0, 2), readable(2, 3));
    driver.notify(1);
    expect(String.fromCharCode(...printed)).toBe('hello');
    expect(driver.takeUsed(1)).toEqual([{ id: 0, length: 0 }]);
  });

  it('waits where the host is slow, and loses nothing', () => {
    driver.put(B, text('hello world'));
    driver.add(1, readable(0, 6), readable(6, 5));
    room = 4;
    driver.notify(1);
    expect(driver.takeUsed(1)).toEqual([]);
    room = 3;
    driver.device.poll();
    room = 100;
    driver.device.poll();
    expect(String.fromCharCode(...printed)).toBe('hello world');
    expect(driver.takeUsed(1).length).toBe(1);
  });

  it('delivers input into the buffers that wait, and interrupts', () => {
    driver.add(0, writable(0, 4));
    driver.add(0, writable(16, 4));
    driver.notify(0);
    expect(driver.takeUsed(0)).toEqual([]);
    typed.push(...text('abcdef'));
    driver.device.poll();
    expect(driver.takeUsed(0).map((used) => used.length)).toEqual([4, 2]);
    expect(driver.get(B, 4)).toEqual(text('abcd'));
    expect(driver.get(B + 16, 2)).toEqual(text('ef'));
    expect(driver.isHigh).toBe(true);
    driver.acknowledge();
    driver.device.poll();
    expect(driver.isHigh).toBe(false);
  });

  it('tells the size of the window, and that it changed', () => {
    model.resize(132, 43);
    const generation = driver.device.read(0xfc, 4);
    driver.device.poll();
    expect([driver.device.read(0x100, 2), driver.device.read(0x102, 2)]).toEqual([132, 43]);
    expect(driver.acknowledge()).toBe(2);
    expect(driver.device.read(0xfc, 4)).not.toBe(generation);
  });
});

describe('the entropy device', () => {
  it('fills buffers, the same ones from the same seed', () => {
    const bytes = (seed: number): number[] => {
      const driver = new TestDriver(new VirtioRng(seededEntropy(seed)), 0);
      driver.add(0, writable(0, 5000), writable(0x2000, 8));
      driver.notify(0);
      expect(driver.takeUsed(0)).toEqual([{ id: 0, length: 5008 }]);
      return [...driver.get(B, 5000), ...driver.get(B + 0x2000, 8)];
    };
    expect(bytes(1)).toEqual(bytes(1));
    expect(bytes(1)).not.toEqual(bytes(2));
    expect(new Set(bytes(1)).size).toBe(256);
  });
});
