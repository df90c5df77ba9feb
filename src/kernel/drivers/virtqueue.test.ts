/** The driver's side of a virtqueue against its layout in virtio 1.2, section 2.7, read and written by hand here. */
import { expect, test } from 'vitest';
import { FakePlatform } from '../../../test/support/fake-platform.ts';
import { Virtqueue } from './virtqueue.ts';

const FRAME = 0x8000_1000;
const SIZE = 4;
/** Descriptors take 16 bytes each; the available ring is 6 + 2 * 4 bytes, the used ring starts 4-aligned behind it. */
const AVAILABLE = FRAME + 64;
const USED = FRAME + 80;

function create() {
  const { memory } = new FakePlatform(1);
  const view = new DataView(memory.u8.buffer);
  const at = (address: number) => address - memory.base;
  return {
    queue: new Virtqueue(memory, FRAME, SIZE),
    u16: (address: number) => view.getUint16(at(address), true),
    u32: (address: number) => view.getUint32(at(address), true),
    /** What a device does: give a chain back. */
    use: (index: number, head: number, length: number) => {
      view.setUint32(at(USED) + 4 + 8 * (index % SIZE), head, true);
      view.setUint32(at(USED) + 8 + 8 * (index % SIZE), length, true);
      view.setUint16(at(USED) + 2, (index + 1) & 0xffff, true);
    },
  };
}

test('the rings lie where the device is told', () => {
  const { queue } = create();
  expect(queue.descriptorAddress).toBe(FRAME);
  expect(queue.availableAddress).toBe(AVAILABLE);
  expect(queue.usedAddress).toBe(USED);
});

test('a chain is linked descriptors, its head in the available ring', () => {
  const { queue, u16, u32 } = create();
  const head = queue.submit([
    { address: 0x8000_2000, length: 16, isDeviceWritten: false },
    { address: 0x8000_3000, length: 512, isDeviceWritten: true },
  ]);
  expect(head).toBe(0);
  expect(u32(FRAME)).toBe(0x8000_2000);
  expect(u32(FRAME + 4)).toBe(0);
  expect(u32(FRAME + 8)).toBe(16);
  // VIRTQ_DESC_F_NEXT is 1, VIRTQ_DESC_F_WRITE is 2.
  expect(u16(FRAME + 12)).toBe(1);
  expect(u16(FRAME + 14)).toBe(1);
  expect(u32(FRAME + 16)).toBe(0x8000_3000);
  expect(u16(FRAME + 16 + 12)).toBe(2);
  expect(u16(AVAILABLE + 2)).toBe(1);
  expect(u16(AVAILABLE + 4)).toBe(0);
});

test('a full queue refuses; what the device gave back can be used again', () => {
  const { queue, use } = create();
  const segment = { address: 0x8000_2000, length: 8, isDeviceWritten: true };
  const first = queue.submit([segment, segment, segment]);
  expect(queue.submit([segment, segment])).toBeUndefined();
  expect(queue.takeUsed()).toBeUndefined();
  use(0, first ?? -1, 24);
  expect(queue.takeUsed()).toEqual({ head: first, length: 24 });
  expect(queue.takeUsed()).toBeUndefined();
  expect(queue.freeDescriptors).toBe(SIZE);
  expect(queue.submit([segment, segment, segment, segment])).toBeDefined();
});

test('ring indexes run on modulo 65536', () => {
  const { queue, use, u16 } = create();
  const segment = { address: 0x8000_2000, length: 8, isDeviceWritten: false };
  for (let i = 0; i < 65_540; i++) {
    const head = queue.submit([segment]);
    use(i & 0xffff, head ?? -1, 0);
    if (!queue.takeUsed()) throw new Error(`nothing was used at ${i}`);
  }
  expect(u16(AVAILABLE + 2)).toBe(4);
});
