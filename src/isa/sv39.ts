/**
 * Page tables and satp: privileged spec 20240411, sections 10.1.11 and 10.3 to 10.6. Sv48 and Sv57 differ from Sv39 by the
 * number of levels only.
 *
 *   Sv39 virtual address:  38..30 VPN[2]   29..21 VPN[1]   20..12 VPN[0]   11..0 offset; bits 63..39 equal bit 38
 *   PTE:  63 N   62..61 PBMT   60..54 reserved   53..10 PPN   9..8 RSW   7 D   6 A   5 G   4 U   3 X   2 W   1 R   0 V
 *   satp: 63..60 MODE   59..44 ASID   43..0 PPN
 */

export const PAGE_SIZE = 4096;

/** Bits of a page-table entry. A valid entry with R, W and X all clear points to the next level. */
export const PTE = {
  V: 1 << 0,
  R: 1 << 1,
  W: 1 << 2,
  X: 1 << 3,
  U: 1 << 4,
  G: 1 << 5,
  A: 1 << 6,
  D: 1 << 7,
  /** Reserved for software, two bits. */
  RSW: 3 << 8,
} as const;

/** R, W and X: none of them in a pointer to the next level. */
export const PTE_LEAF = PTE.R | PTE.W | PTE.X;
/** Position of the PPN: physical address = (pte >> 10) << 12. */
export const PTE_PPN_SHIFT = 10;
export const PTE_BYTES = 8;
/** Upper word (bits 63..32) of an entry. */
export const PTE_HIGH = {
  /** Bits 53..32 of an entry: the PPN from bit 22 on. */
  PPN: 0x003f_ffff,
  RESERVED: 0x1fc0_0000,
  /** Svpbmt: memory type; 3 is reserved. Reserved as a whole while menvcfg.PBMTE is off. */
  PBMT: 0x6000_0000,
  /** Svnapot: the page is one of 16 in a naturally aligned 64 KiB. */
  N: 0x8000_0000,
} as const;
/** Svnapot: the low four bits of the PPN of a 64 KiB page, the only size there is. */
export const NAPOT_64K = 0b1000;

/** Bytes mapped by one leaf at level 0, 1, 2, 3, 4: page, megapage, gigapage, terapage, petapage. */
export const LEVEL_SIZE: readonly number[] = [2 ** 12, 2 ** 21, 2 ** 30, 2 ** 39, 2 ** 48];

export const SATP_MODE = {
  BARE: 0,
  SV39: 8,
  SV48: 9,
  SV57: 10,
} as const;

/** Levels of page tables by satp mode. */
export const LEVELS: Readonly<Record<number, number>> = {
  [SATP_MODE.SV39]: 3,
  [SATP_MODE.SV48]: 4,
  [SATP_MODE.SV57]: 5,
};

/** Fields of satp in its upper word (bits 63..32). The PPN is the low word and the low 12 bits of the upper one. */
export const SATP_HIGH = {
  MODE_SHIFT: 28,
  ASID_SHIFT: 12,
  ASID_MASK: 0xffff,
  PPN_MASK: 0xfff,
} as const;
