/** What follows from privilege, mstatus, satp and envcfg: how addresses are translated, which cache-block instructions may run. */
import { ENVCFG, MENVCFG_HIGH, MSTATUS, PRIVILEGE } from '../isa/csr.ts';
import { LEVELS, PAGE_SIZE, SATP_HIGH } from '../isa/sv39.ts';
import { type HartState, SLOT } from './hart-state.ts';
import type { Translation } from './mmu.ts';

const TWO_32 = 0x1_0000_0000;

/** envcfg bits of the cache-block instructions that may be executed now (CMO spec, section 2.8). */
export function allowedCacheBlocks(state: HartState): number {
  const all = ENVCFG.CBIE | ENVCFG.CBCFE | ENVCFG.CBZE;
  if (state.privilege === PRIVILEGE.MACHINE) return all;
  const machine = state.low(SLOT.menvcfg) & all;
  return state.privilege === PRIVILEGE.SUPERVISOR ? machine : machine & state.low(SLOT.senvcfg);
}

/** `status` is the lower word of mstatus where SUM and MXR count, else 0. */
export function setTranslation(
  t: Translation,
  state: HartState,
  privilege: number,
  status: number,
): void {
  const high = state.high(SLOT.satp);
  const levels = LEVELS[high >>> SATP_HIGH.MODE_SHIFT] ?? 0;
  t.privilege = privilege;
  t.levels = privilege === PRIVILEGE.MACHINE ? 0 : levels;
  t.root = ((high & SATP_HIGH.PPN_MASK) * TWO_32 + state.low(SLOT.satp)) * PAGE_SIZE;
  t.sum = privilege === PRIVILEGE.SUPERVISOR && (status & MSTATUS.SUM) !== 0;
  t.mxr = (status & MSTATUS.MXR) !== 0;
  const environment = state.high(SLOT.menvcfg);
  t.updates = (environment & MENVCFG_HIGH.ADUE) !== 0;
  t.pbmt = (environment & MENVCFG_HIGH.PBMTE) !== 0;
}
