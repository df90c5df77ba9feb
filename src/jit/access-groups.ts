/**
 * Loads and stores of a block that go through the same unchanged base register: one TLB look-up serves the group where all
 * of it lies in one page. JIT.md, "The TLB check".
 */
import type { DecodedInstruction } from './control-flow.ts';
import { registerUseOf } from './register-use.ts';

/** Offsets farther apart than this hardly ever lie in one page. */
const MAX_SPAN = 1024;

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
}

/** A plain load or store through a register; atomics look up themselves. */
function accessOf({ row, fields }: DecodedInstruction): Access | undefined {
  const { access } = registerUseOf(row);
  if (access === undefined || fields.rs1 === 0) return undefined;
  return { base: fields.rs1, offset: fields.imm, ...access };
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
export function groupsOf(block: readonly DecodedInstruction[]): AccessGroup[] {
  const open = new Map<number, AccessGroup>();
  const groups: AccessGroup[] = [];
  block.forEach((instruction, position) => {
    const access = accessOf(instruction);
    if (access !== undefined) {
      let group = open.get(access.base);
      if (group === undefined || !fits(group, access)) {
        const { base, offset } = access;
        group = { base, low: offset, end: offset, writes: false, members: [], isKept: false };
        open.set(base, group);
        groups.push(group);
      }
      join(group, access, position);
    }
    if (registerUseOf(instruction.row).writesX) open.delete(instruction.fields.rd);
  });
  return groups;
}
