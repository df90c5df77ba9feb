/** CSRs of the vector extension: unprivileged spec 20240411, section 31.3. All need mstatus.VS to be other than off. */
import { CSR, MSTATUS } from '../isa/csr.ts';
import { VLENB } from '../isa/vector/vector-state.ts';
import { type CsrRow, constant, give } from './csr-row.ts';
import { HART } from './hart-layout.ts';
import { type HartState, SLOT } from './hart-state.ts';

function hasVector(state: HartState): boolean {
  return (state.low(SLOT.mstatus) & MSTATUS.VS) !== 0;
}

/** Bits of a word of the vector state. Writing them makes that state dirty. */
function vector(number: number, offset: number, mask: number, shift = 0): CsrRow {
  return {
    number,
    read: (port) => give(port, (port.state.word(offset) >>> shift) & mask, 0),
    write: ({ state, low }) => {
      const others = state.word(offset) & ~(mask << shift);
      state.setWord(offset, others | ((low & mask) << shift));
    },
    isAllowed: hasVector,
    effect: 'vector',
  };
}

function readOnly(number: number, offset: number): CsrRow {
  return {
    number,
    read: (port) => give(port, port.state.word(offset), port.state.word(offset + 4)),
    isAllowed: hasVector,
  };
}

/** Element indices: 0 to VLEN - 1. */
const VSTART_MASK = 8 * VLENB - 1;

export const vectorRows = (): readonly CsrRow[] => [
  vector(CSR.vstart, HART.VSTART, VSTART_MASK),
  vector(CSR.vxsat, HART.VCSR, 1),
  vector(CSR.vxrm, HART.VCSR, 3, 1),
  vector(CSR.vcsr, HART.VCSR, 7),
  readOnly(CSR.vl, HART.VL),
  readOnly(CSR.vtype, HART.VTYPE),
  { ...constant(CSR.vlenb, VLENB), isAllowed: hasVector },
];
