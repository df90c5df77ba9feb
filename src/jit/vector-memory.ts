/** Functions that vector instructions reach memory through: one element, or a block within one page. */
import binaryen from 'binaryen';
import type { AccessSize } from '../isa/ops.ts';
import { HART, TLB } from '../machine/hart-layout.ts';
import { VECTOR_STATUS } from '../machine/record-layout.ts';
import { loadSized, storeSized, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import type { ExpressionRef } from './value.ts';
import { MEMORY_STATUS } from './vector-emitter.ts';

const { i32, i64, none } = binaryen;

const SIZES: readonly AccessSize[] = [1, 2, 4, 8];
const PAGE_BYTES = 4096;

type Module = binaryen.Module;

const setStatus = (m: Module, status: ExpressionRef): ExpressionRef =>
  m.global.set(MEMORY_STATUS, status);

/** Ask the hart, which may trap; where that is not allowed (in a region), it is a miss. */
function slow(m: Module, name: 'load' | 'store', size: number, exact: number): ExpressionRef {
  const hart = () => m.local.get(0, i32);
  const call = m.call(name, [hart(), m.i32.const(size)], i32);
  return m.if(
    m.local.get(exact, i32),
    m.block(null, [
      m.i64.store(HART.SCRATCH, 8, hart(), m.local.get(1, i64)),
      setStatus(m, m.i32.mul(call, m.i32.const(VECTOR_STATUS.TRAP))),
    ]),
    setStatus(m, m.i32.const(VECTOR_STATUS.MISS)),
  );
}

/** read(hart, va, exact) -> value, zero-extended. */
function addRead(m: Module, size: AccessSize): void {
  const [hart, va] = [() => m.local.get(0, i32), () => m.local.get(1, i64)];
  const entry = () => m.local.get(3, i32);
  const bank = m.i32.load(HART.TLB_READ, 4, hart());
  const body = m.block(
    null,
    [
      m.local.set(3, m.i32.add(bank, tlbOffset(m, va()))),
      m.if(
        m.i32.eqz(tlbMisses(m, entry(), va(), size)),
        m.block(null, [
          setStatus(m, m.i32.const(VECTOR_STATUS.DONE)),
          m.return(loadSized(m, size, false, tlbHost(m, entry(), va()))),
        ]),
      ),
      slow(m, 'load', size, 2),
      m.i64.load(HART.SCRATCH + 8, 8, hart()),
    ],
    i64,
  );
  m.addFunction(`read${size}`, binaryen.createType([i32, i64, i32]), i64, [i32], body);
}

/** write(hart, va, value, exact). */
function addWrite(m: Module, size: AccessSize): void {
  const [hart, va] = [() => m.local.get(0, i32), () => m.local.get(1, i64)];
  const value = () => m.local.get(2, i64);
  const entry = () => m.local.get(4, i32);
  const bank = m.i32.load(HART.TLB_WRITE, 4, hart());
  const hit = m.block(null, [
    setStatus(m, m.i32.const(VECTOR_STATUS.DONE)),
    storeSized(m, size, tlbHost(m, entry(), va()), value()),
  ]);
  // The value lies in SCRATCH before the call: `slow` stores the address beside it.
  const miss = m.block(null, [
    m.i64.store(HART.SCRATCH + 8, 8, hart(), value()),
    slow(m, 'store', size, 3),
  ]);
  const body = m.block(null, [
    m.local.set(4, m.i32.add(bank, tlbOffset(m, va()))),
    m.if(tlbMisses(m, entry(), va(), size), miss, hit),
  ]);
  m.addFunction(`write${size}`, binaryen.createType([i32, i64, i64, i32]), none, [i32], body);
}

/** Copy `bytes` from $from to $to: whole registers first, then the rest by halves. */
function copy(m: Module, from: number, to: number, bytes: number): ExpressionRef[] {
  const get = (local: number) => m.local.get(local, i32);
  const advance = (by: number): ExpressionRef[] => [
    m.local.set(from, m.i32.add(get(from), m.i32.const(by))),
    m.local.set(to, m.i32.add(get(to), m.i32.const(by))),
  ];
  const whole = m.if(
    m.i32.ge_u(get(bytes), m.i32.const(16)),
    m.block(null, [
      m.v128.store(0, 1, get(to), m.v128.load(0, 1, get(from))),
      ...advance(16),
      m.local.set(bytes, m.i32.sub(get(bytes), m.i32.const(16))),
      m.br('whole'),
    ]),
  );
  const rest = ([8, 4, 2, 1] as const).map((size) =>
    m.if(
      m.i32.and(get(bytes), m.i32.const(size)),
      m.block(null, [
        storeSized(m, size, get(to), loadSized(m, size, false, get(from))),
        ...advance(size),
      ]),
    ),
  );
  return [m.loop('whole', whole), ...rest];
}

/** loadBlock, storeBlock (hart, va, register address, bytes) -> whether it was done: all lies in a page that the TLB knows. */
function addBlock(m: Module, name: string, bank: number, loads: boolean): void {
  const [hart, va] = [() => m.local.get(0, i32), () => m.local.get(1, i64)];
  const [entry, bytes] = [() => m.local.get(4, i32), () => m.i64.extend_u(m.local.get(3, i32))];
  const offset = m.i64.xor(m.i64.load(TLB.TAG, 8, entry()), va());
  const misses = m.i64.gt_u(offset, m.i64.sub(m.i64.const(PAGE_BYTES), bytes()));
  const body = m.block(
    null,
    [
      m.local.set(4, m.i32.add(m.i32.load(bank, 4, hart()), tlbOffset(m, va()))),
      m.if(misses, m.return(m.i32.const(0))),
      m.local.set(4, tlbHost(m, entry(), va())),
      ...copy(m, loads ? 4 : 2, loads ? 2 : 4, 3),
      m.i32.const(1),
    ],
    i32,
  );
  m.addFunction(name, binaryen.createType([i32, i64, i32, i32]), i32, [i32], body);
}

export function addVectorMemory(m: Module): void {
  m.addGlobal(MEMORY_STATUS, i32, true, m.i32.const(VECTOR_STATUS.DONE));
  for (const size of SIZES) {
    addRead(m, size);
    addWrite(m, size);
  }
  addBlock(m, 'loadBlock', HART.TLB_READ, true);
  addBlock(m, 'storeBlock', HART.TLB_WRITE, false);
}
