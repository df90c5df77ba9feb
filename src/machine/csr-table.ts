/** THE table of CSRs: what each reads as and which writes stick (WARL). Privileged spec 20240411, chapters 3 and 10. */
import {
  COUNTEREN,
  CSR,
  csrIsReadOnly,
  csrPrivilege,
  ENVCFG,
  FCSR_FRM_SHIFT,
  FS,
  MENVCFG_HIGH,
  MIP,
  MISA_HIGH,
  MISA_PRIVILEGES,
  MSTATUS,
  MSTATUS_HIGH,
  PRIVILEGE,
  SSTATUS_MASK,
  SSTATUS_MASK_HIGH,
  SUPERVISOR_INTERRUPTS,
} from '../isa/csr.ts';
import type { Isa } from '../isa/extensions.ts';
import { CAUSE } from '../isa/trap.ts';
import { lazily } from '../lib/lazily.ts';
import { type CsrPort, type CsrRow, constant, counterAllowed, give, stored } from './csr-row.ts';
import { counterRows } from './csr-table-counters.ts';
import { protectionRows } from './csr-table-protection.ts';
import { triggerRows } from './csr-table-triggers.ts';
import { vectorRows } from './csr-table-vector.ts';
import { HART } from './hart-layout.ts';
import { type HartState, SEIP_LINE, SEIP_SOFTWARE, SLOT, type Slot } from './hart-state.ts';

const ALL = 0xffff_ffff;
const TWO_32 = 0x1_0000_0000;

/** Exceptions that can be delegated: all but the environment call from M-mode. */
const DELEGABLE =
  Object.values(CAUSE).reduce<number>((bits, cause) => bits | (1 << cause), 0) &
  ~(1 << CAUSE.ECALL_FROM_M);

const MSTATUS_WRITABLE =
  MSTATUS.SIE |
  MSTATUS.MIE |
  MSTATUS.SPIE |
  MSTATUS.MPIE |
  MSTATUS.SPP |
  MSTATUS.MPP |
  MSTATUS.FS |
  MSTATUS.VS |
  MSTATUS.MPRV |
  MSTATUS.SUM |
  MSTATUS.MXR |
  MSTATUS.TVM |
  MSTATUS.TW |
  MSTATUS.TSR;
const SSTATUS_WRITABLE = MSTATUS_WRITABLE & SSTATUS_MASK;
const MIE_WRITABLE = MIP.SSIP | MIP.MSIP | MIP.STIP | MIP.MTIP | MIP.SEIP | MIP.MEIP;
const COUNTERS = COUNTEREN.CY | COUNTEREN.TM | COUNTEREN.IR | COUNTEREN.HPM;
/** Bit 0 is not part of an address (IALIGN is 16); vector mode 2 and 3 are reserved. */
const EPC_MASK = ~1;
const TVEC_MASK = ~2;

function statusHigh(low: number): number {
  const isDirty =
    (low & MSTATUS.FS) >>> MSTATUS.FS_SHIFT === FS.DIRTY || (low & MSTATUS.VS) === MSTATUS.VS;
  return (MSTATUS_HIGH.UXL_64 | MSTATUS_HIGH.SXL_64) + (isDirty ? MSTATUS_HIGH.SD : 0);
}

/** MPP holds U, S or M; writing the reserved value keeps what was there. */
function legalMpp(low: number, old: number): number {
  const reserved = 2 << MSTATUS.MPP_SHIFT;
  return (low & MSTATUS.MPP) === reserved ? (low & ~MSTATUS.MPP) | (old & MSTATUS.MPP) : low;
}

function writeStatus(port: CsrPort, writable: number): void {
  const old = port.state.low(SLOT.mstatus);
  // FS of a machine without F is read-only zero, and so is VS of one without V.
  const withFloat = port.isa.has('f') ? writable : writable & ~MSTATUS.FS;
  const mask = port.isa.has('v') ? withFloat : withFloat & ~MSTATUS.VS;
  const low = (old & ~mask) | (port.low & mask);
  port.state.set(SLOT.mstatus, legalMpp(low, old), 0);
}

function hasFloat(state: HartState): boolean {
  return (state.low(SLOT.mstatus) & MSTATUS.FS) !== 0;
}

function stimecmpEnabled(state: HartState): boolean {
  return state.high(SLOT.menvcfg) >>> 31 === 1;
}

/** Supervisor software, timer and external bits of mip. The timer's is not writable while Sstc drives it. */
function writeMip(port: CsrPort): void {
  const { state, low } = port;
  const writable = MIP.SSIP | (stimecmpEnabled(state) ? 0 : MIP.STIP);
  state.setMip(low & writable, true);
  state.setMip(~low & writable, false);
  const sources = state.low(SLOT.seipSources);
  // A read-modify-write must not make the line's state sticky: SEIP read as 1 because of the line writes nothing.
  const isEcho = (low & MIP.SEIP) !== 0 && sources === SEIP_LINE;
  state.setSeipSource(SEIP_SOFTWARE, (low & MIP.SEIP) !== 0 && !isEcho);
}

function writeSip(port: CsrPort): void {
  const { state, low } = port;
  const writable = MIP.SSIP & state.low(SLOT.mideleg);
  state.setMip(low & writable, true);
  state.setMip(~low & writable, false);
}

/** FIOM and what cache-block instructions may do: CBIE holds 0, 1 or 3 (CMO 1.0, chapter 3). */
function legalEnvironment({ state, low }: CsrPort, slot: Slot): number {
  const kept = low & (ENVCFG.FIOM | ENVCFG.CBIE | ENVCFG.CBCFE | ENVCFG.CBZE);
  const isReserved = (low & ENVCFG.CBIE) === ENVCFG.CBIE_RESERVED;
  return isReserved ? (kept & ~ENVCFG.CBIE) | (state.low(slot) & ENVCFG.CBIE) : kept;
}

/** What menvcfg can switch on of the privileged extensions: its upper word. */
function environmentHigh(isa: Isa): number {
  return (
    (isa.has('sstc') ? MENVCFG_HIGH.STCE : 0) |
    (isa.has('svpbmt') ? MENVCFG_HIGH.PBMTE : 0) |
    (isa.has('svadu') ? MENVCFG_HIGH.ADUE : 0)
  );
}

/**
 * menvcfg at reset, upper word: page types and updates of A and D are on, as on QEMU, for software that knows of neither.
 */
export function environmentAtReset(isa: Isa): number {
  return environmentHigh(isa) & (MENVCFG_HIGH.PBMTE | MENVCFG_HIGH.ADUE);
}

/** satp is written whole or, with a mode that is not implemented, not at all (section 10.1.11). */
function writeSatp(port: CsrPort): void {
  const mode = port.high >>> 28;
  if (mode !== 0 && (mode < 8 || mode > port.maxSatpMode)) return;
  if (mode === 0) port.state.set(SLOT.satp, 0, 0);
  else port.state.set(SLOT.satp, port.low, port.high);
}

/** Writing fflags, frm or fcsr makes the floating-point state dirty. */
function float(number: number, read: CsrRow['read'], write: CsrRow['read']): CsrRow {
  return { number, read, write, isAllowed: hasFloat, effect: 'float' };
}

const FRM_MASK = 7;
const FFLAGS_MASK = 0x1f;

const table = (): readonly CsrRow[] => [
  float(
    CSR.fflags,
    (port) => give(port, port.state.word(HART.FFLAGS), 0),
    ({ state, low }) => state.setWord(HART.FFLAGS, low & FFLAGS_MASK),
  ),
  float(
    CSR.frm,
    (port) => give(port, port.state.word(HART.FRM), 0),
    ({ state, low }) => state.setWord(HART.FRM, low & FRM_MASK),
  ),
  float(
    CSR.fcsr,
    (port) => {
      const { state } = port;
      give(port, (state.word(HART.FRM) << FCSR_FRM_SHIFT) | state.word(HART.FFLAGS), 0);
    },
    ({ state, low }) => {
      state.setWord(HART.FFLAGS, low & FFLAGS_MASK);
      state.setWord(HART.FRM, (low >>> FCSR_FRM_SHIFT) & FRM_MASK);
    },
  ),

  {
    number: CSR.time,
    read: (port) => {
      const ticks = port.now();
      give(port, ticks >>> 0, Math.floor(ticks / TWO_32));
    },
    isAllowed: counterAllowed(COUNTEREN.TM),
  },

  {
    number: CSR.sstatus,
    read: (port) => {
      const low = port.state.low(SLOT.mstatus);
      give(port, low & SSTATUS_MASK, (statusHigh(low) & SSTATUS_MASK_HIGH) >>> 0);
    },
    write: (port) => writeStatus(port, SSTATUS_WRITABLE),
    effect: 'status',
  },
  {
    number: CSR.sie,
    read: (port) => give(port, port.state.low(SLOT.mie) & port.state.low(SLOT.mideleg), 0),
    write: ({ state, low }) => {
      const delegated = state.low(SLOT.mideleg);
      state.set(SLOT.mie, (state.low(SLOT.mie) & ~delegated) | (low & delegated), 0);
    },
    effect: 'status',
  },
  {
    number: CSR.sip,
    read: (port) => give(port, port.state.mip & port.state.low(SLOT.mideleg), 0),
    write: writeSip,
    effect: 'status',
  },
  stored(CSR.stvec, SLOT.stvec, TVEC_MASK),
  stored(CSR.scounteren, SLOT.scounteren, COUNTERS, 0),
  {
    ...stored(CSR.senvcfg, SLOT.senvcfg),
    write: (port) => port.state.set(SLOT.senvcfg, legalEnvironment(port, SLOT.senvcfg), 0),
    effect: 'status',
  },
  stored(CSR.sscratch, SLOT.sscratch),
  stored(CSR.sepc, SLOT.sepc, EPC_MASK),
  stored(CSR.scause, SLOT.scause),
  stored(CSR.stval, SLOT.stval),
  {
    ...stored(CSR.stimecmp, SLOT.stimecmp, ALL, ALL, 'timer'),
    isAllowed: (state, isa) =>
      isa.has('sstc') &&
      (state.privilege === PRIVILEGE.MACHINE ||
        (stimecmpEnabled(state) && (state.low(SLOT.mcounteren) & COUNTEREN.TM) !== 0)),
  },
  {
    number: CSR.satp,
    read: (port) => give(port, port.state.low(SLOT.satp), port.state.high(SLOT.satp)),
    write: writeSatp,
    isAllowed: (state) =>
      state.privilege === PRIVILEGE.MACHINE || (state.low(SLOT.mstatus) & MSTATUS.TVM) === 0,
    effect: 'satp',
  },

  constant(CSR.mvendorid, 0),
  constant(CSR.marchid, 0),
  constant(CSR.mimpid, 0),
  { number: CSR.mhartid, read: (port) => give(port, port.state.id, 0) },
  constant(CSR.mconfigptr, 0),

  {
    number: CSR.mstatus,
    read: (port) => {
      const low = port.state.low(SLOT.mstatus);
      give(port, low, statusHigh(low));
    },
    write: (port) => writeStatus(port, MSTATUS_WRITABLE),
    effect: 'status',
  },
  {
    number: CSR.misa,
    read: (port) => give(port, port.isa.letterBits | MISA_PRIVILEGES, MISA_HIGH),
  },
  stored(CSR.medeleg, SLOT.medeleg, DELEGABLE, 0),
  stored(CSR.mideleg, SLOT.mideleg, SUPERVISOR_INTERRUPTS, 0, 'status'),
  stored(CSR.mie, SLOT.mie, MIE_WRITABLE, 0, 'status'),
  stored(CSR.mtvec, SLOT.mtvec, TVEC_MASK),
  stored(CSR.mcounteren, SLOT.mcounteren, COUNTERS, 0),
  {
    ...stored(CSR.menvcfg, SLOT.menvcfg),
    write: (port) => {
      const high = port.high & environmentHigh(port.isa);
      port.state.set(SLOT.menvcfg, legalEnvironment(port, SLOT.menvcfg), high);
    },
    effect: 'environment',
  },
  stored(CSR.mscratch, SLOT.mscratch),
  stored(CSR.mepc, SLOT.mepc, EPC_MASK),
  stored(CSR.mcause, SLOT.mcause),
  stored(CSR.mtval, SLOT.mtval),
  {
    number: CSR.mip,
    read: (port) => give(port, port.state.mip, 0),
    write: writeMip,
    effect: 'status',
  },

  ...counterRows(),
  ...protectionRows(),
  ...triggerRows(),
  ...vectorRows(),
];

const CSR_NUMBERS = 4096;
const byNumber = lazily(() => {
  const rows: (CsrRow | undefined)[] = Array.from({ length: CSR_NUMBERS });
  for (const row of table()) rows[row.number] = row;
  return rows;
});

/** The row of a CSR, or undefined when it does not exist or must not be accessed so from here. */
export function accessibleCsr(csr: number, isWrite: boolean, port: CsrPort): CsrRow | undefined {
  const { state, isa } = port;
  const row = byNumber()[csr];
  if (!row || csrPrivilege(csr) > state.privilege) return undefined;
  if (isWrite && csrIsReadOnly(csr)) return undefined;
  return row.isAllowed && !row.isAllowed(state, isa) ? undefined : row;
}
