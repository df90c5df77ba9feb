/** How a hart begins to run programs. */
import { COUNTEREN, ENVCFG, MSTATUS, PRIVILEGE } from '../isa/csr.ts';
import type { Hart } from '../machine/hart.ts';
import { SLOT } from '../machine/hart-state.ts';

/** User mode with floating point, the counters and cbo.zero open, as Linux has it; interrupts always end it. */
export function enterUserMode(hart: Hart): void {
  const { state } = hart;
  const counters = COUNTEREN.CY | COUNTEREN.TM | COUNTEREN.IR;
  state.set(SLOT.mstatus, MSTATUS.FS, 0);
  state.set(SLOT.mcounteren, counters, 0);
  state.set(SLOT.scounteren, counters, 0);
  state.set(SLOT.menvcfg, ENVCFG.CBZE, state.high(SLOT.menvcfg));
  state.set(SLOT.senvcfg, ENVCFG.CBZE, 0);
  hart.openMemory();
  hart.setPrivilege(PRIVILEGE.USER);
}
