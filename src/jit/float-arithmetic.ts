/**
 * Rounded arithmetic without software where that is exact in value and flags: round to nearest even, a result that cannot
 * have underflowed or overflowed, and inexactness either set already or decided here. What falls through is software's.
 */
import binaryen from 'binaryen';
import {
  type Build,
  doubleFormat,
  exponentOf,
  type FloatCode,
  isNormal,
  isSafelyNormal,
  isZero,
  singleFormat,
  type WasmFloat,
} from './float-format.ts';
import type { ExpressionRef } from './value.ts';

const { i32, i64, f64 } = binaryen;

/** The statements of a helper before its software call. */
export type Fast = (c: FloatCode, format: WasmFloat) => ExpressionRef[];

/** Rounding error of the sum s = a + b, exactly (Knuth, TAOCP 4.2.2, theorem B); NaN only where it is not zero. */
function sumError(
  c: FloatCode,
  { type, ops }: WasmFloat,
  a: Build,
  b: Build,
  s: Build,
): [ExpressionRef, Build] {
  const [setPart, part] = c.name(type, ops.sub(s(), a()));
  const fromA = ops.sub(a(), ops.sub(s(), part()));
  const [setError, error] = c.name(type, ops.add(fromA, ops.sub(b(), part())));
  return [c.m.block(null, [setPart, setError]), error];
}

/** Return `bits`, setting the flag unless `isExact`. */
function decide(c: FloatCode, isExact: ExpressionRef, bits: Build): ExpressionRef[] {
  return [c.returnIf(isExact, bits()), ...c.returnInexact(bits())];
}

const addition =
  (operation: 'add' | 'sub'): Fast =>
  (c, format) => {
    const { m } = c;
    const second = format.value(c.operand(1));
    const [setA, a] = c.name(format.type, format.value(c.operand(0)));
    const [setB, b] = c.name(format.type, operation === 'add' ? second : format.ops.neg(second));
    const [setSum, sum] = c.name(format.type, format.ops.add(a(), b()));
    const [setBits, bits] = c.name(i64, format.bits(sum()));
    const [setError, error] = sumError(c, format, a, b, sum);
    const exponent = () => exponentOf(m, format, bits());
    const normal = m.i32.ne(exponent(), m.i32.const(format.exponentMask));
    const exact = format.ops.eq(error(), format.ops.const(0));
    return [
      setA,
      setB,
      setSum,
      setBits,
      m.if(
        normal,
        m.block(null, [
          // A sum below the normal numbers is a multiple of the smallest one: exact.
          c.returnIf(m.i32.or(c.isInexactSet(), m.i32.eqz(exponent())), bits()),
          setError,
          ...decide(c, exact, bits),
        ]),
      ),
    ];
  };

/** Odd integer whose multiple by a power of two the normal number is. */
function oddSignificand(c: FloatCode, bits: Build): [ExpressionRef, Build] {
  const { i64: long } = c.m;
  const fraction = long.and(bits(), long.const((1n << 52n) - 1n));
  const [setWhole, whole] = c.name(i64, long.or(fraction, long.const(1n << 52n)));
  const [setOdd, odd] = c.name(i64, long.shr_u(whole(), long.ctz(whole())));
  return [c.m.block(null, [setWhole, setOdd]), odd];
}

/**
 * The product of two normal doubles fits 53 bits. Odd numbers of p and q bits have a product of p + q - 1 or p + q
 * bits, also odd: up to 54 the product itself tells, beyond that it cannot fit.
 */
function productIsExact(c: FloatCode, a: Build, b: Build): [ExpressionRef, Build] {
  const { m } = c;
  const [setP, p] = oddSignificand(c, a);
  const [setQ, q] = oddSignificand(c, b);
  const lengths = m.i64.add(m.i64.clz(p()), m.i64.clz(q()));
  const isShort = m.i64.ge_u(lengths, m.i64.const(128 - 54));
  const fits = m.i64.lt_u(m.i64.mul(p(), q()), m.i64.const(1n << 53n));
  const [setExact, exact] = c.name(i32, m.i32.and(isShort, fits));
  return [m.block(null, [setP, setQ, setExact]), exact];
}

const product: Fast = (c, format) => {
  const { m } = c;
  const [a, b] = [() => c.operand(0), () => c.operand(1)];
  const [setBits, bits] = c.name(
    i64,
    format.bits(format.ops.mul(format.value(a()), format.value(b()))),
  );
  const [setExact, exact] =
    format.type === f64 ? productIsExact(c, a, b) : singleProductIsExact(c, a, b, bits);
  const normalOperands = m.i32.and(isNormal(m, format, a()), isNormal(m, format, b()));
  return [
    setBits,
    m.if(
      isSafelyNormal(m, format, bits()),
      m.block(null, [
        c.returnIf(c.isInexactSet(), bits()),
        m.if(normalOperands, m.block(null, [setExact, ...decide(c, exact(), bits)])),
      ]),
    ),
    // Zero times anything finite.
    m.if(
      m.i32.and(
        isZero(m, format, bits()),
        m.i32.or(isZero(m, format, a()), isZero(m, format, b())),
      ),
      m.return(bits()),
    ),
  ];
};

const promote = (c: FloatCode, bits: Build): ExpressionRef =>
  c.m.f64.promote(c.m.f32.reinterpret(c.m.i32.wrap(bits())));

/** Products of singles are exact as doubles. */
function singleProductIsExact(
  c: FloatCode,
  a: Build,
  b: Build,
  bits: Build,
): [ExpressionRef, Build] {
  const { m } = c;
  const [set, exact] = c.name(
    i32,
    m.f64.eq(m.f64.mul(promote(c, a), promote(c, b)), promote(c, bits)),
  );
  return [set, exact];
}

/** x * y is exactly `whole`, all of them normal. */
function multipliesBack(
  c: FloatCode,
  format: WasmFloat,
  x: Build,
  y: Build,
  whole: Build,
): [ExpressionRef, Build] {
  const { m } = c;
  if (format.type !== f64) return singleProductIsExact(c, x, y, whole);
  const [setExact, exact] = productIsExact(c, x, y);
  const isEqual = m.f64.eq(
    m.f64.mul(m.f64.reinterpret(x()), m.f64.reinterpret(y())),
    m.f64.reinterpret(whole()),
  );
  const [setBoth, both] = c.name(i32, m.i32.and(exact(), isEqual));
  return [m.block(null, [setExact, setBoth]), both];
}

const quotient: Fast = (c, format) => {
  const { m } = c;
  const [a, b] = [() => c.operand(0), () => c.operand(1)];
  const [setBits, bits] = c.name(
    i64,
    format.bits(format.ops.div(format.value(a()), format.value(b()))),
  );
  const [setExact, exact] = multipliesBack(c, format, bits, b, a);
  const condition = c.and(
    isSafelyNormal(m, format, bits()),
    isNormal(m, format, a()),
    isNormal(m, format, b()),
  );
  return [
    setBits,
    m.if(
      condition,
      m.block(null, [c.returnIf(c.isInexactSet(), bits()), setExact, ...decide(c, exact(), bits)]),
    ),
    c.returnIf(m.i32.and(isZero(m, format, a()), isNormal(m, format, b())), bits()),
  ];
};

const squareRoot: Fast = (c, format) => {
  const { m } = c;
  const a = () => c.operand(0);
  const [setBits, bits] = c.name(i64, format.bits(format.ops.sqrt(format.value(a()))));
  const [setExact, exact] = multipliesBack(c, format, bits, bits, a);
  const condition = c.and(isNormal(m, format, a()), isSafelyNormal(m, format, bits()));
  return [
    setBits,
    m.if(
      condition,
      m.block(null, [c.returnIf(c.isInexactSet(), bits()), setExact, ...decide(c, exact(), bits)]),
    ),
    c.returnIf(isZero(m, format, a()), bits()),
  ];
};

/** Exponent from which on the rounding error of a double product is a normal number. */
const SAFE_PRODUCT_EXPONENT = 110;

/**
 * Fused by the engine's relaxed_madd, if the probe found it so. Exact if the product has no error and the sum neither;
 * with an error in the product the result is hardly ever exact, and software finds out once, setting the flag.
 */
const multiplyAddDouble: Fast = (c, format) => {
  const { m } = c;
  const operand =
    (index: number): Build =>
    () =>
      m.f64.reinterpret(c.operand(index));
  const [a, b, addend] = [operand(0), operand(1), operand(2)];
  const [setResult, result] = c.name(i64, m.i64.reinterpret(fused(m, a(), b(), addend())));
  const [setProduct, exactProduct] = c.name(f64, m.f64.mul(a(), b()));
  const [setSum, sum] = c.name(f64, m.f64.add(exactProduct(), addend()));
  const [setError, error] = sumError(c, format, exactProduct, addend, sum);
  const zero = () => m.f64.const(0);
  const productError = fused(m, a(), b(), m.f64.neg(exactProduct()));
  const exponent = exponentOf(m, format, m.i64.reinterpret(exactProduct()));
  const isProductSafe = m.i32.or(
    m.i32.gt_u(exponent, m.i32.const(SAFE_PRODUCT_EXPONENT)),
    m.i32.or(m.f64.eq(a(), zero()), m.f64.eq(b(), zero())),
  );
  const isExact = c.and(isProductSafe, m.f64.eq(productError, zero()), m.f64.eq(error(), zero()));
  return [
    m.if(
      m.global.get('fused', i32),
      m.block(null, [
        setResult,
        c.returnIf(m.i32.and(isSafelyNormal(m, format, result()), c.isInexactSet()), result()),
        setProduct,
        setSum,
        setError,
        c.returnIf(isExact, result()),
      ]),
    ),
  ];
};

/** The product is exact as a double; the sum is rounded to odd, so that rounding to single again is right. */
const multiplyAddSingle: Fast = (c) => {
  const { m } = c;
  const [setProduct, productOf] = c.name(
    f64,
    m.f64.mul(
      promote(c, () => c.operand(0)),
      promote(c, () => c.operand(1)),
    ),
  );
  const [setAddend, addend] = c.name(
    f64,
    promote(c, () => c.operand(2)),
  );
  const [setSum, sum] = c.name(f64, m.f64.add(productOf(), addend()));
  const [setError, error] = sumError(c, doubleFormat(m), productOf, addend, sum);
  const oddLocal = c.locals.fixed(i64);
  const odd = () => m.local.get(oddLocal, i64);
  const isEven = m.i64.eqz(m.i64.and(odd(), m.i64.const(1)));
  const away = m.i32.eq(m.f64.gt(error(), m.f64.const(0)), m.f64.gt(sum(), m.f64.const(0)));
  const step = m.select(away, m.i64.const(1), m.i64.const(-1));
  const [setRounded, rounded] = c.name(
    i64,
    m.i64.extend_u(m.i32.reinterpret(m.f32.demote(m.f64.reinterpret(odd())))),
  );
  const single = singleFormat(m);
  const isExact = m.i32.and(
    m.f64.eq(error(), m.f64.const(0)),
    m.f64.eq(promote(c, rounded), sum()),
  );
  const adjust = m.local.set(oddLocal, m.i64.add(odd(), step));
  return [
    setProduct,
    setAddend,
    setSum,
    setError,
    m.local.set(oddLocal, m.i64.reinterpret(sum())),
    m.if(m.i32.and(m.f64.ne(error(), m.f64.const(0)), isEven), adjust),
    setRounded,
    c.returnIf(m.i32.and(isSafelyNormal(m, single, rounded()), c.isInexactSet()), rounded()),
    c.returnIf(isExact, rounded()),
    m.if(isSafelyNormal(m, single, rounded()), m.block(null, c.returnInexact(rounded()))),
  ];
};

interface SimdTernary {
  _BinaryenSIMDTernary(
    module: number,
    operation: number,
    a: ExpressionRef,
    b: ExpressionRef,
    c: ExpressionRef,
  ): ExpressionRef;
}

/** f32x4.relaxed_madd or f64x2's, for which binaryen.js has no methods of its own. */
export function fusedLanes(
  m: binaryen.Module,
  width: 32 | 64,
  a: ExpressionRef,
  b: ExpressionRef,
  c: ExpressionRef,
): ExpressionRef {
  const { _BinaryenSIMDTernary: ternary } = binaryen as typeof binaryen & SimdTernary;
  const operation = width === 32 ? binaryen.RelaxedMaddVecF32x4 : binaryen.RelaxedMaddVecF64x2;
  return ternary(m.ptr, operation, a, b, c);
}

/** Lane 0 of f64x2.relaxed_madd. */
export function fused(
  m: binaryen.Module,
  a: ExpressionRef,
  b: ExpressionRef,
  c: ExpressionRef,
): ExpressionRef {
  const { splat, extract_lane } = m.f64x2;
  return extract_lane(fusedLanes(m, 64, splat(a), splat(b), splat(c)), 0);
}

/** Set the global `fused` where relaxed_madd rounds once: (1 + 2^-30)^2 - (1 + 2^-29) is 2^-60 only then. */
export function addFusedProbe(m: binaryen.Module): void {
  const x = 1 + 2 ** -30;
  const probe = fused(m, m.f64.const(x), m.f64.const(x), m.f64.const(-(1 + 2 ** -29)));
  m.addGlobal('fused', i32, true, m.i32.const(0));
  const isFused = m.f64.eq(probe, m.f64.const(2 ** -60));
  const start = m.addFunction(
    'probe',
    binaryen.none,
    binaryen.none,
    [],
    m.global.set('fused', isFused),
  );
  m.setStart(start);
}

export const ARITHMETIC: Readonly<Record<string, Fast>> = {
  add: addition('add'),
  sub: addition('sub'),
  mul: product,
  div: quotient,
  sqrt: squareRoot,
  fma: (c, format) => (format.type === f64 ? multiplyAddDouble : multiplyAddSingle)(c, format),
};
