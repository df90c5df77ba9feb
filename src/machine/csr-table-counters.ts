/** CSRs of the performance counters: privileged spec 20240411, sections 3.1.10 to 3.1.12. */
import { CSR, HPM } from '../isa/csr.ts';
import { COUNTER, inhibit, readCounter, setEvent, writeCounter } from './counters.ts';
import { type CsrRow, constant, counterAllowed, give, stored } from './csr-row.ts';
import { SLOT } from './hart-state.ts';

/** The machine's register of a counter, and what lower privileges see of it. */
function counter(machine: number, user: number, index: number): CsrRow[] {
  const read: CsrRow['read'] = (port) => give(port, ...readCounter(port.state, index));
  return [
    { number: user, read, isAllowed: counterAllowed(1 << index) },
    {
      number: machine,
      read,
      write: ({ state, low, high }) => writeCounter(state, index, low, high),
    },
  ];
}

/** Counters beyond the implemented ones are zero, and mcounteren's bits for them, too. */
function unimplemented(k: number): CsrRow[] {
  return [
    constant(HPM.mhpmcounter3 + k, 0),
    constant(HPM.mhpmevent3 + k, 0),
    { ...constant(HPM.hpmcounter3 + k, 0), isAllowed: counterAllowed(0) },
  ];
}

function performance(k: number): CsrRow[] {
  const index = HPM.FIRST_COUNTER + k;
  return [
    ...counter(HPM.mhpmcounter3 + k, HPM.hpmcounter3 + k, index),
    {
      ...stored(HPM.mhpmevent3 + k, SLOT.events + index),
      write: ({ state, low, high }) => setEvent(state, index, high === 0 ? low : 0),
    },
  ];
}

export const counterRows = (): readonly CsrRow[] => [
  ...counter(CSR.mcycle, CSR.cycle, COUNTER.CYCLE),
  ...counter(CSR.minstret, CSR.instret, COUNTER.INSTRET),
  ...Array.from({ length: HPM.COUNT }, (_, k) =>
    k < HPM.IMPLEMENTED ? performance(k) : unimplemented(k),
  ).flat(),
  {
    ...stored(CSR.mcountinhibit, SLOT.mcountinhibit),
    write: ({ state, low }) => inhibit(state, low),
  },
];
