/**
 * What generated code has for vector instructions: one row per shape, of which the operand `csr` is the number of the
 * meaning (VectorTable.meanings) and `imm` the instruction's word.
 */
import type { Instruction } from '../instruction.ts';
import type { Operands, Ops } from '../ops.ts';
import type { VectorShape } from './vector-instruction.ts';

type Exec = <V, R>(m: Ops<V, R>, i: Operands<V, R>) => void;

const EXEC: Readonly<Record<VectorShape, Exec>> = {
  plain: (m, i) => void m.vector(i.csr, i.imm, m.constant(0), m.constant(0)),
  x: (m, i) => void m.vector(i.csr, i.imm, m.x(i.rs1), m.constant(0)),
  f: (m, i) => void m.vector(i.csr, i.imm, m.f(i.rs1), m.constant(0)),
  toX: (m, i) => m.setX(i.rd, m.vector(i.csr, i.imm, m.constant(0), m.constant(0))),
  toF: (m, i) => m.setF(i.rd, m.vector(i.csr, i.imm, m.constant(0), m.constant(0))),
  xToX: (m, i) => m.setX(i.rd, m.vector(i.csr, i.imm, m.x(i.rs1), m.constant(0))),
  xxToX: (m, i) => m.setX(i.rd, m.vector(i.csr, i.imm, m.x(i.rs1), m.x(i.rs2))),
  memory: (m, i) => void m.vector(i.csr, i.imm, m.x(i.rs1), m.constant(0)),
  strided: (m, i) => void m.vector(i.csr, i.imm, m.x(i.rs1), m.x(i.rs2)),
};

export const VECTOR_SHAPES = Object.keys(EXEC) as readonly VectorShape[];

export const VECTOR_CARRIERS: readonly Instruction[] = VECTOR_SHAPES.map((shape) => ({
  name: `vector ${shape}`,
  format: 'vector',
  match: 0,
  mask: 0,
  exec: EXEC[shape],
}));
