/** Privileged instructions: privileged spec 20240411, sections 3.3 (machine) and 10.2 (supervisor). */
import type { Instruction } from './instruction.ts';

/** That a register field is x0 says "all", which is not the same as a register that holds 0. */
function fence(name: string, match: number): Instruction {
  return {
    name,
    format: 'sfence',
    match,
    mask: 0xfe007fff,
    ends: 'system',
    exec: (m, i) =>
      m.sfenceVma(
        m.x(i.rs1),
        m.x(i.rs2),
        m.ne(m.and(i.imm, m.constant(0x1f)), m.constant(0)),
        m.ne(m.and(i.imm, m.constant(0x3e0)), m.constant(0)),
      ),
  };
}

export const PRIVILEGED: readonly Instruction[] = [
  {
    name: 'sret',
    format: 'none',
    match: 0x10200073,
    mask: 0xffffffff,
    ends: 'system',
    exec: (m) => m.trapReturn('s'),
  },
  {
    name: 'mret',
    format: 'none',
    match: 0x30200073,
    mask: 0xffffffff,
    ends: 'system',
    exec: (m) => m.trapReturn('m'),
  },
  {
    name: 'wfi',
    format: 'none',
    match: 0x10500073,
    mask: 0xffffffff,
    ends: 'system',
    exec: (m) => m.waitForInterrupt(),
  },
  fence('sfence.vma', 0x12000073),
];

/** Svinval: privileged spec, chapter 14. An invalidation is done at once, so that there is nothing to wait for or to order. */
export const SVINVAL: readonly Instruction[] = [
  fence('sinval.vma', 0x16000073),
  {
    name: 'sfence.w.inval',
    format: 'none',
    match: 0x18000073,
    mask: 0xffffffff,
    ends: 'system',
    exec: (m) => m.orderTranslations(),
  },
  {
    name: 'sfence.inval.ir',
    format: 'none',
    match: 0x18100073,
    mask: 0xffffffff,
    ends: 'system',
    exec: (m) => m.orderTranslations(),
  },
];
