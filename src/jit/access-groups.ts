/**
 * Loads and stores of a block that go through the same unchanged base register: one TLB look-up serves the group where all
 * of it lies in one page. JIT.md, "The TLB check".
 */
import type { DecodedInstruction } from './control-flow.ts';
import { registerUseOf } from './register-use.ts';
import { TableIndices } from './table-indices.ts';

/** Offsets farther apart than this hardly ever lie in one page. */
const MAX_SPAN = 1024;
/** Registers. */
const TABLES = 32;

export interface AccessGroup {
  readonly base: number;
  /** Lowest offset from the base register, and the end of the last access. */
  low: number;
  end: number;
  /** Look up in the write table. */
  writes: boolean;
  /** Positions in the block; the first one looks up. */
  readonly members: number[];
  /** Accesses of later blocks use it, too (kept-checks.ts). */
  isKept: boolean;
  /** Page offset of a load that waits for one before it (pointer-chases.ts), if one is among them. */
  chase?: number;
}

interface Access {
  readonly base: number;
  readonly offset: number;
  readonly size: number;
  readonly writes: boolean;
  /** Through a register that is the base plus what is only bounded. */
  readonly isIndexed: boolean;
}

/** A plain load or store through a register; atomics look up themselves. */
function accessOf(
  { row, fields }: DecodedInstruction,
  indices: TableIndices | undefined,
): Access | undefined {
  const { access } = registerUseOf(row);
  const { rs1, imm } = fields;
  if (access === undefined || rs1 === 0) return undefined;
  const indexed = indices?.of(rs1);
  const size = access.size + (indexed === undefined ? 0 : indexed.bound - 1);
  if (indexed === undefined || size > MAX_SPAN)
    return { base: rs1, offset: imm, isIndexed: false, ...access };
  return { base: indexed.base, offset: imm, size, writes: access.writes, isIndexed: true };
}

function fits(group: AccessGroup, { offset, size }: Access): boolean {
  const low = Math.min(group.low, offset);
  return Math.max(group.end, offset + size) - low <= MAX_SPAN;
}

function join(group: AccessGroup, { offset, size, writes }: Access, position: number): void {
  group.low = Math.min(group.low, offset);
  group.end = Math.max(group.end, offset + size);
  group.writes ||= writes;
  group.members.push(position);
}

/** The groups of a block in the order of their first members, also those of one. */
export function groupsOf(block: readonly DecodedInstruction[], withTables: boolean): AccessGroup[] {
  const indices = withTables ? new TableIndices() : undefined;
  /** By base register; those of tables, which are wide, behind the others. */
  const open = new Map<number, AccessGroup>();
  const groups: AccessGroup[] = [];
  block.forEach((instruction, position) => {
    const access = accessOf(instruction, indices);
    if (access !== undefined) {
      const key = access.base + (access.isIndexed ? TABLES : 0);
      let group = open.get(key);
      if (group === undefined || !fits(group, access)) {
        const { base, offset } = access;
        group = { base, low: offset, end: offset, writes: false, members: [], isKept: false };
        open.set(key, group);
        groups.push(group);
      }
      join(group, access, position);
    }
    if (registerUseOf(instruction.row).writesX) {
      open.delete(instruction.fields.rd);
      open.delete(instruction.fields.rd + TABLES);
    }
    indices?.follow(instruction);
  });
  return groups;
}
