/**
 * Control and status registers: privileged spec 20240411, tables 3 to 8 (numbers), chapters 3 and 10 (fields). Bits 9:8 of a
 * number are the lowest privilege that may access it, bits 11:10 equal to 3 make it read-only.
 *
 * Field masks are 32-bit numbers; a register with fields above bit 31 has a second group of masks for its upper word.
 */

export const CSR = {
  // Unprivileged floating point
  fflags: 0x001,
  frm: 0x002,
  fcsr: 0x003,
  // Vector (unprivileged spec, section 31.3)
  vstart: 0x008,
  vxsat: 0x009,
  vxrm: 0x00a,
  vcsr: 0x00f,
  vl: 0xc20,
  vtype: 0xc21,
  vlenb: 0xc22,
  // Unprivileged counters
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  // Supervisor
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  stimecmp: 0x14d,
  satp: 0x180,
  // Machine information
  mvendorid: 0xf11,
  marchid: 0xf12,
  mimpid: 0xf13,
  mhartid: 0xf14,
  mconfigptr: 0xf15,
  // Machine trap setup and handling
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  menvcfg: 0x30a,
  mseccfg: 0x747,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  // Machine memory protection: pmpcfg0, pmpcfg2 … and pmpaddr0 … pmpaddr63 (PMP below)
  pmpcfg0: 0x3a0,
  pmpaddr0: 0x3b0,
  // Debug triggers (triggers.ts)
  tselect: 0x7a0,
  tdata1: 0x7a1,
  tdata2: 0x7a2,
  tdata3: 0x7a3,
  tinfo: 0x7a4,
  // Machine counters; mhpmcounter3 … 31 and mhpmevent3 … 31 follow these (HPM below)
  mcycle: 0xb00,
  minstret: 0xb02,
} as const;

/** Number of pmpaddr registers, of which the first 16 are implemented. */
export const PMP_ADDRESSES = 64;
export const PMP_ENTRIES = 16;
/** First numbers and count of the performance-monitoring counters and events. */
export const HPM = {
  FIRST_COUNTER: 3,
  COUNT: 29,
  /** Counters 3 to 18 count; those behind them are read-only zero. */
  IMPLEMENTED: 16,
  hpmcounter3: 0xc03,
  mhpmcounter3: 0xb03,
  mhpmevent3: 0x323,
} as const;

/** Floating-point exception flags (fflags): unprivileged spec, section 20.2. */
export const FFLAGS = {
  /** Inexact */ NX: 1,
  /** Underflow */ UF: 2,
  /** Overflow */ OF: 4,
  /** Divide by zero */ DZ: 8,
  /** Invalid operation */ NV: 16,
} as const;

/** Rounding modes (frm and the rm field); 5 and 6 are reserved. */
export const ROUNDING = {
  /** To nearest, ties to even */ RNE: 0,
  /** Towards zero */ RTZ: 1,
  /** Down */ RDN: 2,
  /** Up */ RUP: 3,
  /** To nearest, ties to the larger magnitude */ RMM: 4,
  /** In the rm field only: as frm says */ DYNAMIC: 7,
} as const;

/** fcsr: frm at bits 7:5, fflags at 4:0. */
export const FCSR_FRM_SHIFT = 5;

export const PRIVILEGE = { USER: 0, SUPERVISOR: 1, MACHINE: 3 } as const;

/** mstatus, lower word. */
export const MSTATUS = {
  SIE: 1 << 1,
  MIE: 1 << 3,
  SPIE: 1 << 5,
  UBE: 1 << 6,
  MPIE: 1 << 7,
  SPP: 1 << 8,
  VS: 3 << 9,
  MPP: 3 << 11,
  MPP_SHIFT: 11,
  /** 0 off, 1 initial, 2 clean, 3 dirty */
  FS: 3 << 13,
  FS_SHIFT: 13,
  XS: 3 << 15,
  MPRV: 1 << 17,
  SUM: 1 << 18,
  MXR: 1 << 19,
  TVM: 1 << 20,
  TW: 1 << 21,
  TSR: 1 << 22,
} as const;

/** mstatus, upper word: UXL and SXL are 2 (64 bits); SD says that FS, VS or XS is dirty. */
export const MSTATUS_HIGH = {
  UXL: 3 << 0,
  UXL_64: 2 << 0,
  SXL: 3 << 2,
  SXL_64: 2 << 2,
  SBE: 1 << 4,
  MBE: 1 << 5,
  SD: 0x8000_0000,
} as const;

/** The part of mstatus that sstatus shows, lower and upper word. */
export const SSTATUS_MASK =
  MSTATUS.SIE |
  MSTATUS.SPIE |
  MSTATUS.UBE |
  MSTATUS.SPP |
  MSTATUS.VS |
  MSTATUS.FS |
  MSTATUS.XS |
  MSTATUS.SUM |
  MSTATUS.MXR;
export const SSTATUS_MASK_HIGH = MSTATUS_HIGH.UXL + MSTATUS_HIGH.SD;

/** Values of the FS field. */
export const FS = { OFF: 0, INITIAL: 1, CLEAN: 2, DIRTY: 3 } as const;

/** mip and mie bits; sip and sie show the supervisor ones where mideleg delegates them. */
export const MIP = {
  SSIP: 1 << 1,
  MSIP: 1 << 3,
  STIP: 1 << 5,
  MTIP: 1 << 7,
  SEIP: 1 << 9,
  MEIP: 1 << 11,
} as const;

/** mideleg: the supervisor interrupts can be delegated. */
export const SUPERVISOR_INTERRUPTS = MIP.SSIP | MIP.STIP | MIP.SEIP;

/** mcounteren and scounteren: the counters that the next lower privilege may read; bit n for hpmcounter n. */
export const COUNTEREN = {
  CY: 1 << 0,
  TM: 1 << 1,
  IR: 1 << 2,
  HPM: ((1 << HPM.IMPLEMENTED) - 1) << HPM.FIRST_COUNTER,
} as const;

/** menvcfg, lower and upper word; senvcfg has FIOM and the CB* fields. */
export const ENVCFG = {
  FIOM: 1 << 0,
  CBIE: 3 << 4,
  CBIE_RESERVED: 2 << 4,
  CBCFE: 1 << 6,
  CBZE: 1 << 7,
} as const;
export const MENVCFG_HIGH = { ADUE: 1 << 29, PBMTE: 1 << 30, STCE: 0x8000_0000 } as const;

/** mseccfg: Smepmp 1.0, section 2. */
export const MSECCFG = {
  /** Machine-mode lockdown */ MML: 1 << 0,
  /** Machine-mode allow-list policy */ MMWP: 1 << 1,
  /** Rule locking bypass */ RLB: 1 << 2,
} as const;

/** One byte of pmpcfg; A says how pmpaddr gives the range. Privileged spec, section 3.7.1. */
export const PMPCFG = {
  R: 1 << 0,
  W: 1 << 1,
  X: 1 << 2,
  A: 3 << 3,
  OFF: 0 << 3,
  TOR: 1 << 3,
  NA4: 2 << 3,
  NAPOT: 3 << 3,
  L: 1 << 7,
} as const;

/** misa: bit 0 is extension A, bit 25 Z; S and U say which privileges there are. MXL (2 is 64 bits) in the top two bits of the upper word. */
export const MISA_PRIVILEGES = (1 << 18) | (1 << 20);
export const MISA_HIGH = 0x8000_0000;

/** Lowest privilege that may access a CSR. */
export function csrPrivilege(csr: number): number {
  return (csr >>> 8) & 3;
}

export function csrIsReadOnly(csr: number): boolean {
  return csr >>> 10 === 3;
}
