/** Vector loads and stores: spec sections 31.7 (formats), 31.7.4 to 31.7.9. */
import {
  requireEmul,
  requireGroup,
  requireMaskKept,
  requireNarrower,
  requireWider,
} from './register-groups.ts';
import type { VectorInstruction, VectorMeaning } from './vector-instruction.ts';
import type { Sew, VectorOperands, VectorOps } from './vector-ops.ts';
import {
  ALL_WIDTHS,
  bytesOf,
  elementOffset,
  forActive,
  isActive,
  log2,
  stateOf,
  type VectorState,
  VLENB,
} from './vector-state.ts';

type Direction = 'load' | 'store';

const OPCODE: Readonly<Record<Direction, number>> = { load: 0x07, store: 0x27 };
/** Field width of vector accesses, by the log2 of the element's bytes. */
const WIDTH_FIELD: readonly number[] = [0, 5, 6, 7];
/** Fields mop and lumop, sumop. */
const MOP = { unit: 0, indexedUnordered: 1, strided: 2, indexedOrdered: 3 } as const;
const LUMOP = { whole: 8, mask: 11, faultOnlyFirst: 16 } as const;

const encodingOf = (direction: Direction, eew: Sew, mop: number, fields: number): number =>
  (OPCODE[direction] |
    ((WIDTH_FIELD[log2(eew / 8)] as number) << 12) |
    (mop << 26) |
    ((fields - 1) << 29)) >>>
  0;
const MASK = 0xfc00707f;
const MASK_WITH_LUMOP = 0xfdf0707f;
/** vm is 1 too. */
const MASK_WHOLE = 0xfff0707f;

const segment = (fields: number): string => (fields === 1 ? '' : `seg${fields}`);

/** Registers of one field of a segment, as a power of two of at least 1. */
function fieldRegisters<V>(m: VectorOps<V>, emul: V): V {
  const whole = m.select(m.ltS(emul, m.constant(0)), m.constant(0), emul);
  return m.let(m.shl(m.constant(1), whole));
}

/** Where the data of an instruction lie: `fields` of `eew` bits an element, each in a group of `size` registers. */
interface Data<V> {
  readonly direction: Direction;
  readonly eew: Sew;
  readonly fields: V;
  readonly size: V;
}

/** The fields of a segment take at most eight registers, and no register beyond v31 (section 31.7.8). */
function requireData<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  direction: Direction,
  eew: Sew,
  emul: V,
): Data<V> {
  requireEmul(m, emul);
  requireGroup(m, i.vd, emul);
  if (direction === 'load') requireMaskKept(m, i);
  const nf = m.and(m.shrU(i.word, m.constant(29)), m.constant(7));
  const fields = m.let(m.add(nf, m.constant(1)));
  const size = fieldRegisters(m, emul);
  const registers = m.let(m.mul(size, fields));
  m.illegalWhen(m.ltU(m.constant(8), registers));
  m.illegalWhen(m.ltU(m.constant(32), m.add(i.vd, registers)));
  return { direction, eew, fields, size };
}

/** One element to or from memory. */
function transfer<V>(
  m: VectorOps<V>,
  direction: Direction,
  eew: Sew,
  address: V,
  offset: V,
  index: V,
): void {
  const at = m.let(offset);
  if (direction === 'load') m.writeElement(at, eew, m.loadMemory(address, bytesOf(eew), index));
  else m.storeMemory(address, bytesOf(eew), m.readElement(at, eew, false), index);
}

/** Element `index` of field `field`. */
function fieldOffset<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  { size, eew }: Data<V>,
  field: V,
  index: V,
): V {
  return elementOffset(m, m.add(i.vd, m.mul(size, field)), index, eew);
}

/** Elements from vstart to `end`, one after the other in memory. */
function moveConsecutive<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  direction: Direction,
  eew: Sew,
  vstart: V,
  end: V,
): void {
  const shift = m.constant(log2(eew / 8));
  const first = m.let(vstart);
  const done = m.variable(m.constant(0));
  m.when(m.and(i.vm, m.ltU(first, end)), () => {
    const from = m.shl(first, shift);
    const bytes = m.shl(m.sub(end, first), shift);
    const offset = elementOffset(m, i.vd, first, eew);
    done.set(m.moveBlock(direction, m.add(i.scalar, from), offset, bytes));
  });
  m.when(m.eq(done.get(), m.constant(0)), () =>
    m.forEach(
      first,
      () => end,
      (index) =>
        m.when(isActive(m, i, index), () => {
          const address = m.let(m.add(i.scalar, m.shl(index, shift)));
          transfer(m, direction, eew, address, elementOffset(m, i.vd, index, eew), index);
        }),
    ),
  );
}

/** All fields of each active element; `distance` is from x[rs1] to an element's first field. */
function moveSegments<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  state: VectorState<V>,
  data: Data<V>,
  distance: (index: V) => V,
): void {
  const { direction, eew, fields } = data;
  forActive(m, i, state, (index) => {
    const base = m.let(m.add(i.scalar, distance(index)));
    m.forEach(
      m.constant(0),
      () => fields,
      (field) => {
        const address = m.let(m.add(base, m.mul(field, m.constant(bytesOf(eew)))));
        transfer(m, direction, eew, address, fieldOffset(m, i, data, field, index), index);
      },
    );
  });
}

/** emul of data or indices of width `eew`: eew / SEW * LMUL. */
function emulOfWidth<V>(m: VectorOps<V>, { lmul, sew }: VectorState<V>, eew: Sew): V {
  return m.let(m.add(m.sub(m.constant(log2(eew / 8)), sew), lmul));
}

const unitStride =
  (direction: Direction, eew: Sew): VectorMeaning =>
  (m, i) => {
    const state = stateOf(m);
    requireData(m, i, direction, eew, emulOfWidth(m, state, eew));
    moveConsecutive(m, i, direction, eew, state.vstart, state.vl);
    m.setVstart(m.constant(0));
  };

const unitStrideSegments =
  (direction: Direction, eew: Sew): VectorMeaning =>
  (m, i) => {
    const state = stateOf(m);
    const data = requireData(m, i, direction, eew, emulOfWidth(m, state, eew));
    const bytes = m.let(m.mul(data.fields, m.constant(bytesOf(eew))));
    moveSegments(m, i, state, data, (index) => m.mul(index, bytes));
    m.setVstart(m.constant(0));
  };

const strided =
  (direction: Direction, eew: Sew): VectorMeaning =>
  (m, i) => {
    const state = stateOf(m);
    const data = requireData(m, i, direction, eew, emulOfWidth(m, state, eew));
    moveSegments(m, i, state, data, (index) => m.mul(index, i.second));
    m.setVstart(m.constant(0));
  };

/** Several fields share no register with the indices; a single one only by the rules of widths. */
function requireIndices<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  state: VectorState<V>,
  data: Data<V>,
  indexEmul: V,
  indexCode: number,
): void {
  const { lmul, sew } = state;
  const dataEnd = m.add(i.vd, m.mul(data.size, data.fields));
  const indexEnd = m.add(i.vs2, fieldRegisters(m, indexEmul));
  const shared = m.and(m.ltU(i.vd, indexEnd), m.ltU(i.vs2, dataEnd));
  m.illegalWhen(m.and(m.ltU(m.constant(1), data.fields), shared));
  const code = m.constant(indexCode);
  m.when(m.ltU(code, sew), () => requireWider(m, i.vd, lmul, i.vs2, indexEmul));
  m.when(m.ltU(sew, code), () => requireNarrower(m, i.vd, lmul, i.vs2, indexEmul));
}

const indexed =
  (direction: Direction, eew: Sew): VectorMeaning =>
  (m, i) => {
    const state = stateOf(m);
    const indexEmul = emulOfWidth(m, state, eew);
    requireEmul(m, indexEmul);
    requireGroup(m, i.vs2, indexEmul);
    const data = requireData(m, i, direction, eew, state.lmul);
    if (direction === 'load') requireIndices(m, i, state, data, indexEmul, log2(eew / 8));
    m.bySew(state.sew, ALL_WIDTHS, (sew) =>
      moveSegments(m, i, state, { ...data, eew: sew }, (index) =>
        m.readElement(elementOffset(m, i.vs2, index, eew), eew, false),
      ),
    );
    m.setVstart(m.constant(0));
  };

/** Only element 0 traps; a later one that cannot be loaded, with all its fields, ends vl before it (section 31.7.7). */
const faultOnlyFirst =
  (eew: Sew): VectorMeaning =>
  (m, i) => {
    const state = stateOf(m);
    const data = requireData(m, i, 'load', eew, emulOfWidth(m, state, eew));
    const shift = m.constant(log2(eew / 8));
    const done = m.variable(m.constant(0));
    const isPlain = m.and(i.vm, m.eq(m.add(data.fields, state.vstart), m.constant(1)));
    m.when(m.and(isPlain, m.ltU(m.constant(0), state.vl)), () => {
      const offset = elementOffset(m, i.vd, m.constant(0), eew);
      done.set(m.moveBlock('load', i.scalar, offset, m.shl(state.vl, shift)));
    });
    m.when(m.eq(done.get(), m.constant(0)), () => loadUntilFault(m, i, state, data));
    m.setVstart(m.constant(0));
  };

function loadUntilFault<V>(
  m: VectorOps<V>,
  i: VectorOperands<V>,
  state: VectorState<V>,
  data: Data<V>,
): void {
  const { eew, fields } = data;
  const bytes = bytesOf(eew);
  const end = m.variable(state.vl);
  const forFields = (body: (field: V) => void): void =>
    m.forEach(m.constant(0), () => fields, body);
  const addressOf = (index: V, field: V): V =>
    m.let(m.add(i.scalar, m.mul(m.add(m.mul(index, fields), field), m.constant(bytes))));
  const tryElement = (index: V): void =>
    forFields((field) => {
      const { failed } = m.tryLoadMemory(addressOf(index, field), bytes);
      m.when(failed, () => end.set(index));
    });
  const loadElement = (index: V): void =>
    forFields((field) => {
      const offset = fieldOffset(m, i, data, field, index);
      transfer(m, 'load', eew, addressOf(index, field), offset, index);
    });
  m.forEach(
    state.vstart,
    () => end.get(),
    (index) =>
      m.when(isActive(m, i, index), () => {
        // All fields before the first write, for element 0 too: it traps whole.
        m.ifElse(
          m.eq(index, m.constant(0)),
          () => forFields((field) => void m.loadMemory(addressOf(index, field), bytes, index)),
          () => tryElement(index),
        );
        m.when(m.ltU(index, end.get()), () => loadElement(index));
      }),
  );
  m.setVl(end.get());
}

const FIELDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The rows of a width with their numbers of fields, which the meanings take from the word. */
function rowsOf(direction: Direction, eew: Sew): VectorInstruction[] {
  const letter = direction === 'load' ? 'l' : 's';
  const unit = unitStride(direction, eew);
  const segments = unitStrideSegments(direction, eew);
  const byStride = strided(direction, eew);
  const byIndex = indexed(direction, eew);
  return FIELDS.flatMap((fields): VectorInstruction[] => {
    const row = (
      name: string,
      mop: number,
      rest: Omit<VectorInstruction, 'name' | 'match'>,
    ): VectorInstruction => ({ name, match: encodingOf(direction, eew, mop, fields), ...rest });
    const indexedRow = (order: 'u' | 'o', mop: number): VectorInstruction =>
      row(`v${letter}${order}x${segment(fields)}ei${eew}.v`, mop, {
        mask: MASK,
        assembly: 'vd,(x1),vs2vm',
        shape: 'memory',
        meaning: byIndex,
      });
    return [
      row(`v${letter}${segment(fields)}e${eew}.v`, MOP.unit, {
        mask: MASK_WITH_LUMOP,
        assembly: 'vd,(x1)vm',
        shape: 'memory',
        meaning: fields === 1 ? unit : segments,
      }),
      row(`v${letter}s${segment(fields)}e${eew}.v`, MOP.strided, {
        mask: MASK,
        assembly: 'vd,(x1),x2vm',
        shape: 'strided',
        meaning: byStride,
      }),
      indexedRow('u', MOP.indexedUnordered),
      indexedRow('o', MOP.indexedOrdered),
    ];
  });
}

function faultOnlyFirstRows(eew: Sew): VectorInstruction[] {
  const meaning = faultOnlyFirst(eew);
  return FIELDS.map((fields) => ({
    name: `vl${segment(fields)}e${eew}ff.v`,
    match: encodingOf('load', eew, MOP.unit, fields) | (LUMOP.faultOnlyFirst << 20),
    mask: MASK_WITH_LUMOP,
    assembly: 'vd,(x1)vm',
    shape: 'memory',
    meaning,
  }));
}

/** vlm.v, vsm.v: the bytes of a mask of vl bits (section 31.7.4). */
function maskRow(direction: Direction): VectorInstruction {
  return {
    name: direction === 'load' ? 'vlm.v' : 'vsm.v',
    match: encodingOf(direction, 8, MOP.unit, 1) | (LUMOP.mask << 20) | (1 << 25),
    mask: 0xfff0707f,
    assembly: 'vd,(x1)',
    shape: 'memory',
    meaning: (m, i) => {
      const state = stateOf(m);
      const end = m.let(m.shrU(m.add(state.vl, m.constant(7)), m.constant(3)));
      moveConsecutive(m, i, direction, 8, state.vstart, end);
      m.setVstart(m.constant(0));
    },
  };
}

/** Whole registers, whatever vtype and vl are (section 31.7.9). */
function wholeRegisters(direction: Direction, eew: Sew, count: number): VectorInstruction {
  const name = direction === 'load' ? `vl${count}re${eew}.v` : `vs${count}r.v`;
  return {
    name,
    match: (encodingOf(direction, eew, MOP.unit, count) | (LUMOP.whole << 20) | (1 << 25)) >>> 0,
    mask: MASK_WHOLE,
    assembly: 'vd,(x1)',
    shape: 'memory',
    meaning: (m, i) => {
      requireGroup(m, i.vd, m.constant(log2(count)));
      const end = m.constant((count * VLENB) / bytesOf(eew));
      moveConsecutive(m, i, direction, eew, m.vstart(), end);
      m.setVstart(m.constant(0));
    },
  };
}

const COUNTS = [1, 2, 4, 8];

export const memoryRows = (): readonly VectorInstruction[] => [
  ...ALL_WIDTHS.flatMap((eew) => [...rowsOf('load', eew), ...rowsOf('store', eew)]),
  maskRow('load'),
  maskRow('store'),
  ...ALL_WIDTHS.flatMap(faultOnlyFirstRows),
  ...ALL_WIDTHS.flatMap((eew) => COUNTS.map((count) => wholeRegisters('load', eew, count))),
  ...COUNTS.map((count) => wholeRegisters('store', 8, count)),
];
