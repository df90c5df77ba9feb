/** CSRs of the debug triggers: RISC-V debug specification 1.0, section 5.7. */
import { CSR } from '../isa/csr.ts';
import { type CsrRow, constant, give } from './csr-row.ts';
import { type HartState, SLOT } from './hart-state.ts';
import { legalTrigger, TRIGGER_TYPE, TRIGGERS } from './triggers.ts';

/** tinfo: a bit per type that tdata1 can have; the version of the specification, 1.0, in bits 31..24. */
const TYPES = Object.values(TRIGGER_TYPE).reduce((bits, type) => bits | (1 << type), 0);
const VERSION_1_0 = 1 << 24;

const selected = (state: HartState): number => state.low(SLOT.tselect);

export const triggerRows = (): readonly CsrRow[] => [
  {
    number: CSR.tselect,
    read: (port) => give(port, selected(port.state), 0),
    // A number that no trigger has is not taken: that is how software counts them.
    write: ({ state, low, high }) => {
      if (high === 0 && low >>> 0 < TRIGGERS) state.set(SLOT.tselect, low, 0);
    },
  },
  {
    number: CSR.tdata1,
    read: (port) => {
      const slot = SLOT.tdata1 + selected(port.state);
      give(port, port.state.low(slot), port.state.high(slot));
    },
    write: ({ state, low, high }) =>
      state.set(SLOT.tdata1 + selected(state), ...legalTrigger(low, high)),
    effect: 'trigger',
  },
  {
    number: CSR.tdata2,
    read: (port) => {
      const slot = SLOT.tdata2 + selected(port.state);
      give(port, port.state.low(slot), port.state.high(slot));
    },
    write: ({ state, low, high }) => state.set(SLOT.tdata2 + selected(state), low, high),
    effect: 'trigger',
  },
  // No contexts to compare with.
  constant(CSR.tdata3, 0),
  constant(CSR.tinfo, VERSION_1_0 | TYPES),
];
