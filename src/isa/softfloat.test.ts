/** Software floating point against the host's: round to nearest, results only. Modes and flags: test/isa, against QEMU. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FFLAGS, ROUNDING } from './csr.ts';
import { SOFT_FLOAT_OPERATIONS, type SoftFloatName, softFloatIndex } from './softfloat.ts';

const view = new DataView(new ArrayBuffer(8));

function doubleOf(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function bitsOfDouble(value: number): bigint {
  view.setFloat64(0, value);
  return Number.isNaN(value) ? 0x7ff8000000000000n : view.getBigUint64(0);
}

function singleOf(bits: bigint): number {
  view.setUint32(0, Number(bits));
  return view.getFloat32(0);
}

function bitsOfSingle(value: number): bigint {
  view.setFloat32(0, value);
  return Number.isNaN(value) ? 0x7fc00000n : BigInt(view.getUint32(0));
}

function compute(name: SoftFloatName, a: bigint, b = 0n, c = 0n, rm: number = ROUNDING.RNE) {
  const operation = SOFT_FLOAT_OPERATIONS[softFloatIndex(name)];
  if (!operation) throw new Error(name);
  return operation.compute(a, b, c, rm);
}

const SEED = { seed: 20240411, numRuns: 3000 };

/** Exponents near each other, so that sums cancel and products stay in range, mixed with any bits at all. */
const doubles = fc.oneof(
  fc.bigInt(0n, (1n << 64n) - 1n),
  fc.double().map(bitsOfDouble),
  fc
    .tuple(fc.bigInt(1020n, 1027n), fc.bigInt(0n, (1n << 52n) - 1n))
    .map(([e, f]) => (e << 52n) | f),
  fc.bigInt(0n, (1n << 53n) - 1n),
);
const singles = fc.oneof(
  fc.bigInt(0n, (1n << 32n) - 1n),
  fc.float().map(bitsOfSingle),
  fc.tuple(fc.bigInt(124n, 131n), fc.bigInt(0n, (1n << 23n) - 1n)).map(([e, f]) => (e << 23n) | f),
  fc.bigInt(0n, (1n << 24n) - 1n),
);

const BINARY: Record<'add' | 'sub' | 'mul' | 'div', (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};

describe('round to nearest, against the host', () => {
  it.each(Object.entries(BINARY))('%s', (name, native) => {
    fc.assert(
      fc.property(doubles, doubles, (a, b) => {
        const { bits } = compute(`${name}.d` as SoftFloatName, a, b);
        expect(bits).toBe(bitsOfDouble(native(doubleOf(a), doubleOf(b))));
      }),
      SEED,
    );
    // Rounding a double result to single is exact for these: 53 >= 2 * 24 + 2.
    fc.assert(
      fc.property(singles, singles, (a, b) => {
        const { bits } = compute(`${name}.s` as SoftFloatName, a, b);
        expect(bits).toBe(bitsOfSingle(native(singleOf(a), singleOf(b))));
      }),
      SEED,
    );
  });

  it('sqrt', () => {
    fc.assert(
      fc.property(doubles, (a) => {
        expect(compute('sqrt.d', a).bits).toBe(bitsOfDouble(Math.sqrt(doubleOf(a))));
      }),
      SEED,
    );
    fc.assert(
      fc.property(singles, (a) => {
        expect(compute('sqrt.s', a).bits).toBe(bitsOfSingle(Math.sqrt(singleOf(a))));
      }),
      SEED,
    );
  });

  it('conversions', () => {
    fc.assert(
      fc.property(doubles, (a) => {
        expect(compute('d->s', a).bits).toBe(bitsOfSingle(doubleOf(a)));
      }),
      SEED,
    );
    fc.assert(
      fc.property(singles, (a) => {
        expect(compute('s->d', a).bits).toBe(bitsOfDouble(singleOf(a)));
      }),
      SEED,
    );
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (a) => {
        expect(compute('lu->d', a).bits).toBe(bitsOfDouble(Number(a)));
        expect(compute('l->d', a).bits).toBe(bitsOfDouble(Number(BigInt.asIntN(64, a))));
        expect(compute('w->s', a).bits).toBe(bitsOfSingle(Number(BigInt.asIntN(32, a))));
      }),
      SEED,
    );
  });

  it('a product of singles plus a single is one rounding of the exact value', () => {
    // With small integers all is exact in a double.
    const integer = fc.integer({ min: -0xffff, max: 0xffff });
    fc.assert(
      fc.property(integer, integer, integer, (a, b, c) => {
        const bits = compute('fma.s', bitsOfSingle(a), bitsOfSingle(b), bitsOfSingle(c)).bits;
        expect(bits).toBe(bitsOfSingle(a * b + c === 0 ? 0 : a * b + c));
      }),
      SEED,
    );
  });
});

describe('worked by hand', () => {
  const ONE = 0x3f800000n;
  const SMALLEST_NORMAL = 0x00800000n;

  it('truncates modulo 2^32, with the flags of a conversion (Zfa)', () => {
    const modular = (value: number) => compute('modular.d', bitsOfDouble(value));
    expect(modular(2 ** 32 + 5)).toEqual({ bits: 5n, flags: FFLAGS.NV });
    expect(modular(-(2 ** 31) - 1)).toEqual({ bits: 0x7fff_ffffn, flags: FFLAGS.NV });
    expect(modular(2 ** 31)).toEqual({ bits: 0xffff_ffff_8000_0000n, flags: FFLAGS.NV });
    expect(modular(-1.5)).toEqual({ bits: 0xffff_ffff_ffff_ffffn, flags: FFLAGS.NX });
    expect(modular(2 ** 84)).toEqual({ bits: 0n, flags: FFLAGS.NV });
    expect(modular(Number.NaN)).toEqual({ bits: 0n, flags: FFLAGS.NV });
    expect(modular(Number.NEGATIVE_INFINITY)).toEqual({ bits: 0n, flags: FFLAGS.NV });
  });

  it('rounds to integral values, keeps NaNs of minimum and maximum, compares quietly (Zfa)', () => {
    const two = bitsOfDouble(2);
    expect(compute('roundnx.d', bitsOfDouble(2.5))).toEqual({ bits: two, flags: FFLAGS.NX });
    expect(compute('round.d', bitsOfDouble(2.5))).toEqual({ bits: two, flags: 0 });
    expect(compute('round.d', bitsOfDouble(-0.3)).bits).toBe(1n << 63n);
    expect(compute('roundnx.d', bitsOfDouble(-0.3), 0n, 0n, ROUNDING.RDN).bits).toBe(
      bitsOfDouble(-1),
    );
    const [quiet, signaling] = [0x7ff8_0000_0000_0000n, 0x7ff0_0000_0000_0001n];
    expect(compute('minm.d', two, quiet)).toEqual({ bits: quiet, flags: 0 });
    expect(compute('maxm.d', signaling, two)).toEqual({ bits: quiet, flags: FFLAGS.NV });
    expect(compute('min.d', two, quiet)).toEqual({ bits: two, flags: 0 });
    expect(compute('leq.d', two, quiet)).toEqual({ bits: 0n, flags: 0 });
    expect(compute('ltq.d', two, signaling)).toEqual({ bits: 0n, flags: FFLAGS.NV });
  });

  it('rounds 1 / 3 in each mode', () => {
    const third = [0x3eaaaaabn, 0x3eaaaaaan, 0x3eaaaaaan, 0x3eaaaaabn, 0x3eaaaaabn];
    third.forEach((bits, rm) => {
      expect(compute('div.s', ONE, 0x40400000n, 0n, rm)).toEqual({ bits, flags: FFLAGS.NX });
    });
  });

  it('detects tininess after rounding', () => {
    // (1 - 2^-53) * 2^-1022 has 53 bits: it is below the normal range before and after rounding.
    const justBelow = compute('mul.d', 0x3fefffffffffffffn, 0x0010000000000000n);
    expect(justBelow).toEqual({ bits: 0x0010000000000000n, flags: FFLAGS.NX | FFLAGS.UF });
    // 2^-126 - 2^-152, rounded to 24 bits with any exponent, is 2^-126.
    const notTiny = compute('fma.s', 0x00000001n, 0xbe000000n, SMALLEST_NORMAL);
    expect(notTiny).toEqual({ bits: SMALLEST_NORMAL, flags: FFLAGS.NX });
  });

  it('overflows to infinity or to the largest number', () => {
    const LARGEST = 0x7f7fffffn;
    const flags = FFLAGS.OF | FFLAGS.NX;
    expect(compute('add.s', LARGEST, LARGEST)).toEqual({ bits: 0x7f800000n, flags });
    expect(compute('add.s', LARGEST, LARGEST, 0n, ROUNDING.RTZ)).toEqual({ bits: LARGEST, flags });
    expect(compute('add.s', LARGEST, LARGEST, 0n, ROUNDING.RDN)).toEqual({ bits: LARGEST, flags });
  });

  it('saturates conversions to integers (unprivileged spec, table 28)', () => {
    const nan = 0x7fc00000n;
    expect(compute('s->w', nan)).toEqual({ bits: 0x7fffffffn, flags: FFLAGS.NV });
    expect(compute('s->wu', nan)).toEqual({ bits: 0xffffffffffffffffn, flags: FFLAGS.NV });
    expect(compute('s->lu', 0xbf800000n)).toEqual({ bits: 0n, flags: FFLAGS.NV });
    // -0.5 towards zero is 0: inexact, not invalid.
    expect(compute('s->wu', 0xbf000000n, 0n, 0n, 1)).toEqual({ bits: 0n, flags: FFLAGS.NX });
  });
});
