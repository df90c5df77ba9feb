/** CSRs of physical memory protection: privileged spec 20240411, section 3.7.1; mseccfg: Smepmp 1.0. */
import { CSR, PMP_ADDRESSES, PMP_ENTRIES } from '../isa/csr.ts';
import { type CsrRow, constant, give, stored } from './csr-row.ts';
import { SLOT } from './hart-state.ts';

/** Bits 55..2 of a physical address. */
const ADDRESS_HIGH = 0x003f_ffff;

function configs(k: number): CsrRow {
  if (8 * k >= PMP_ENTRIES) return constant(CSR.pmpcfg0 + 2 * k, 0);
  return {
    ...stored(CSR.pmpcfg0 + 2 * k, SLOT.pmpcfg + k),
    write: ({ pmp, low, high }) => {
      pmp.writeConfigs(8 * k, low);
      pmp.writeConfigs(8 * k + 4, high);
    },
    effect: 'pmp',
  };
}

function address(k: number): CsrRow {
  if (k >= PMP_ENTRIES) return constant(CSR.pmpaddr0 + k, 0);
  return {
    ...stored(CSR.pmpaddr0 + k, SLOT.pmpaddr + k),
    write: ({ state, pmp, low, high }) => {
      if (!pmp.isAddressLocked(k)) state.set(SLOT.pmpaddr + k, low, high & ADDRESS_HIGH);
    },
    effect: 'pmp',
  };
}

export const protectionRows = (): readonly CsrRow[] => [
  ...Array.from({ length: PMP_ADDRESSES }, (_, k) => address(k)),
  // RV64 has the even ones only.
  ...Array.from({ length: PMP_ADDRESSES / 8 }, (_, k) => configs(k)),
  {
    number: CSR.mseccfg,
    read: (port) => give(port, port.state.low(SLOT.mseccfg), 0),
    write: ({ pmp, low }) => pmp.writeSecurity(low),
    isAllowed: (_state, isa) => isa.has('smepmp'),
    effect: 'pmp',
  },
];
