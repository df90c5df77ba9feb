/** The constants of fli as the spec's table names them, encoded by the host. */
import { expect, it } from 'vitest';
import { fliBits, fliText } from './fli-constants.ts';

/** Unprivileged spec, table "Immediate values loaded by FLI", by the rs1 field; 1 is the smallest normal number. */
const VALUES: readonly number[] = [
  -1,
  Number.NaN,
  2 ** -16,
  2 ** -15,
  2 ** -8,
  2 ** -7,
  0.0625,
  0.125,
  0.25,
  0.3125,
  0.375,
  0.4375,
  0.5,
  0.625,
  0.75,
  0.875,
  1,
  1.25,
  1.5,
  1.75,
  2,
  2.5,
  3,
  4,
  8,
  16,
  128,
  256,
  2 ** 15,
  2 ** 16,
  Number.POSITIVE_INFINITY,
];
const view = new DataView(new ArrayBuffer(8));

it('single and double', () => {
  VALUES.forEach((value, index) => {
    view.setFloat32(0, index === 1 ? 2 ** -126 : value);
    expect(fliBits('s', index) >>> 0).toBe(view.getUint32(0));
    view.setFloat64(0, index === 1 ? 2 ** -1022 : value);
    expect(fliBits('d', index) >>> 0).toBe(view.getUint32(0));
    expect(view.getUint32(4)).toBe(0);
  });
  expect([fliBits('s', 31), fliBits('d', 31)]).toEqual([0x7fc0_0000, 0x7ff8_0000]);
});

it('half: its smallest two are subnormal, 2^16 is infinity', () => {
  VALUES.forEach((value, index) => {
    const wanted = index === 1 ? 2 ** -14 : value;
    const bits = fliBits('h', index);
    const exponent = (bits >> 10) & 31;
    const fraction = (bits & 1023) / 1024;
    const magnitude = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
    const number = exponent === 31 ? Number.POSITIVE_INFINITY : magnitude;
    expect(bits & 0x8000 ? -number : number).toBe(
      wanted === 2 ** 16 ? Number.POSITIVE_INFINITY : wanted,
    );
  });
  expect(fliBits('h', 31)).toBe(0x7e00);
});

it('are written as C writes hexadecimal numbers', () => {
  expect([0, 1, 2, 9, 11, 16, 21, 29, 30, 31].map(fliText)).toEqual([
    '-0x1p+0',
    'min',
    '0x1p-16',
    '0x1.4p-2',
    '0x1.cp-2',
    '0x1p+0',
    '0x1.4p+1',
    '0x1p+16',
    'inf',
    'nan',
  ]);
});
