/** Zicsr, CSR instructions: unprivileged spec 20240411, chapter 6. */
import type { Instruction } from './instruction.ts';
import type { Ops } from './ops.ts';

type NewValue = <V, R>(m: Ops<V, R>, old: V, operand: V) => V;

/**
 * Swap forms always write. They also always read: the spec leaves the read out where rd is x0, for the sake of side
 * effects of reads, and no CSR here has any.
 */
const swap = (name: string, format: 'csr' | 'csri', match: number): Instruction => ({
  name,
  format,
  match,
  mask: 0x707f,
  ends: 'system',
  exec: (m, i) => {
    const old = m.readCsr(i.csr);
    m.writeCsr(i.csr, format === 'csr' ? m.x(i.rs1) : i.imm);
    m.setX(i.rd, old);
  },
});

/**
 * Set and clear forms do not write at all where the rs1 field is 0 (x0, or a zero immediate), so that read-only CSRs can
 * be read. `imm` is that field in both formats.
 */
const modify = (
  name: string,
  format: 'csr' | 'csri',
  match: number,
  newValue: NewValue,
): Instruction => ({
  name,
  format,
  match,
  mask: 0x707f,
  ends: 'system',
  exec: (m, i) => {
    const old = m.readCsr(i.csr);
    m.when(m.ne(i.imm, m.constant(0)), () =>
      m.writeCsr(i.csr, newValue(m, old, format === 'csr' ? m.x(i.rs1) : i.imm)),
    );
    m.setX(i.rd, old);
  },
});

const set: NewValue = (m, old, operand) => m.or(old, operand);
const clear: NewValue = (m, old, operand) => m.and(old, m.xor(operand, m.constant(-1)));

export const ZICSR: readonly Instruction[] = [
  swap('csrrw', 'csr', 0x1073),
  modify('csrrs', 'csr', 0x2073, set),
  modify('csrrc', 'csr', 0x3073, clear),
  swap('csrrwi', 'csri', 0x5073),
  modify('csrrsi', 'csri', 0x6073, set),
  modify('csrrci', 'csri', 0x7073, clear),
];
