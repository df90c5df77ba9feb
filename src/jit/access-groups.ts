/**
 * Loads and stores of a block that go through the same unchanged base register: one TLB look-up serves the group where all
 * of it lies in one page. JIT.md, "The TLB check".
 */
import type { DecodedInstruction } from './control-flow.ts';
import { registerUseOf } from './register-use.ts';

/** Offsets farther apart than this hardly ever lie in one page. */
const MAX_SPAN = 1024;

export interface AccessGroup {
  /** Lowest offset from the base register, and the end of the last access. */
  low: number;
  end: number;
  /** Look up in the write table. */
  writes: boolean;
  /** Positions in the block; the first one looks up. */
  readonly members: number[];
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

/** By position in the block, the group of each access that shares one. */
export function groupAccesses(block: readonly DecodedInstruction[]): Map<number, AccessGroup> {
  const open = new Map<number, AccessGroup>();
  const groups: AccessGroup[] = [];
  block.forEach((instruction, position) => {
    const access = accessOf(instruction);
    if (access !== undefined) {
      let group = open.get(access.base);
      if (group === undefined || !fits(group, access)) {
        group = { low: access.offset, end: access.offset, writes: false, members: [] };
        open.set(access.base, group);
        groups.push(group);
      }
      join(group, access, position);
    }
    if (registerUseOf(instruction.row).writesX) open.delete(instruction.fields.rd);
  });
  const shared = groups.filter((group) => group.members.length > 1);
  return new Map(
    shared.flatMap((group) => group.members.map((position) => [position, group] as const)),
  );
}
