/** The reader of device trees against a blob that dtc compiled. */
import { expect, test } from 'vitest';
import { parseDeviceTree } from './device-tree.ts';

/*
 * / { #address-cells = <2>; #size-cells = <2>; compatible = "riscv-virtio";
 *   chosen { bootargs = "root=/dev/vda"; };
 *   memory@80000000 { device_type = "memory"; reg = <0x0 0x80000000 0x1 0x0>; };
 *   soc { #address-cells = <1>; #size-cells = <1>; compatible = "simple-bus", "other";
 *     uart0: serial@10000000 { compatible = "ns16550a"; reg = <0x10000000 0x100 0x20000000 0x10>;
 *       interrupts = <10>; phandle = <7>; odd = [01 02 03]; }; }; };
 */
const BLOB = [
  '0A3+7QAAAhYAAAA4AAABwAAAACgAAAARAAAAEAAAAAAAAABWAAABiAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAMA',
  'AAAEAAAAAAAAAAIAAAADAAAABAAAAA8AAAACAAAAAwAAAA0AAAAbcmlzY3YtdmlydGlvAAAAAAAAAAFjaG9zZW4AAAAA',
  'AAMAAAAOAAAAJnJvb3Q9L2Rldi92ZGEAAAAAAAACAAAAAW1lbW9yeUA4MDAwMDAwMAAAAAADAAAABwAAAC9tZW1vcnkA',
  'AAAAAAMAAAAQAAAAOwAAAACAAAAAAAAAAQAAAAAAAAACAAAAAXNvYwAAAAADAAAABAAAAAAAAAABAAAAAwAAAAQAAAAP',
  'AAAAAQAAAAMAAAARAAAAG3NpbXBsZS1idXMAb3RoZXIAAAAAAAAAAXNlcmlhbEAxMDAwMDAwMAAAAAADAAAACQAAABtu',
  'czE2NTUwYQAAAAAAAAADAAAAEAAAADsQAAAAAAABACAAAAAAAAAQAAAAAwAAAAQAAAA/AAAACgAAAAMAAAAEAAAASgAA',
  'AAcAAAADAAAAAwAAAFIBAgMAAAAAAgAAAAIAAAACAAAACSNhZGRyZXNzLWNlbGxzACNzaXplLWNlbGxzAGNvbXBhdGli',
  'bGUAYm9vdGFyZ3MAZGV2aWNlX3R5cGUAcmVnAGludGVycnVwdHMAcGhhbmRsZQBvZGQA',
].join('');

const root = parseDeviceTree(Uint8Array.from(atob(BLOB), (char) => char.charCodeAt(0)));

test('properties have the types that they are asked for', () => {
  expect(root.u32('#address-cells')).toBe(2);
  expect(root.child('chosen')?.string('bootargs')).toBe('root=/dev/vda');
  expect(root.child('soc')?.strings('compatible')).toEqual(['simple-bus', 'other']);
  expect(root.child('soc')?.string('absent')).toBeUndefined();
  const serial = root.findByPhandle(7);
  expect(serial?.u32('interrupts')).toBe(10);
  expect(serial?.properties.get('odd')).toEqual(Uint8Array.of(1, 2, 3));
});

test('reg is read by the cell counts of the parent', () => {
  expect(root.child('memory')?.regions()).toEqual([{ address: 0x8000_0000, size: 0x1_0000_0000 }]);
  expect(root.findByPhandle(7)?.regions()).toEqual([
    { address: 0x1000_0000, size: 0x100 },
    { address: 0x2000_0000, size: 0x10 },
  ]);
});

test('nodes are found by what they are compatible with, and know their path', () => {
  const found = [...root.walk()].filter((node) => node.isCompatible('ns16550a'));
  expect(found.map(({ path }) => path)).toEqual(['/soc/serial@10000000']);
  expect(root.path).toBe('/');
});

test('what is no device tree is refused', () => {
  expect(() => parseDeviceTree(new Uint8Array(10))).toThrow('shorter');
  expect(() => parseDeviceTree(new Uint8Array(64))).toThrow('magic');
});
