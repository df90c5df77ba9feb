/**
 * TLB look-ups that serve later blocks. A group's host address is kept in a local of its own while its base register stays as it is;
 * 0 stands for a group that does not lie in one page that can be accessed so: then each access looks itself up. What is known at a
 * block's start was looked up on every way to it. A group that was looked up for writing serves reads, not the reverse.
 */
import { type AccessGroup, groupsOf } from './access-groups.ts';
import { type ControlFlow, DISPATCH } from './control-flow.ts';
import { loopBlocks, predecessorsOf, type Structure } from './dominators.ts';
import { writesOf } from './register-set.ts';

/** Later accesses may widen a group to so many bytes: the wider it is, the more often it lies in two pages. */
const MAX_KEPT_SPAN = 256;
/** So many accesses are worth a look-up of their own: each access to a kept group tests whether there is an address. */
const MIN_OWN_MEMBERS = 5;

/** How an access uses its group: in the block that looks it up as one of several, or alone; or in a later block. */
export interface GroupSharing {
  readonly group: AccessGroup;
  readonly kind: 'shared' | 'alone' | 'kept';
}

/** Or its page was looked up before the loop's iteration, and the addend is in a local (strided-emitter.ts). */
export type Sharing = GroupSharing | { readonly kind: 'strided'; readonly addend: number };

/** By block and position in it, the accesses that share a look-up. */
export type AccessPlan = ReadonlyMap<number, ReadonlyMap<number, GroupSharing>>;

type Known = ReadonlySet<AccessGroup>;

export interface AccessOptions {
  /** Blocks may use what was looked up in others. */
  readonly keeping: boolean;
  /** So may accesses to tables (table-indices.ts). */
  readonly tables: boolean;
}

/** Whether `group` can use the look-up of `known`, perhaps a wider one. */
function serves(known: AccessGroup, group: AccessGroup): boolean {
  const span = Math.max(known.end, group.end) - Math.min(known.low, group.low);
  const isNear = span <= Math.max(MAX_KEPT_SPAN, known.end - known.low);
  return known.base === group.base && isNear && (known.writes || !group.writes);
}

class Planner {
  private readonly flow: ControlFlow;
  private readonly structure: Structure;
  private readonly isKeeping: boolean;
  private readonly withTables: boolean;
  private readonly predecessors: ReadonlyMap<number, readonly number[]>;
  private readonly knownAtEnd = new Map<number, Known>();
  private readonly plan = new Map<number, Map<number, GroupSharing>>();

  constructor(flow: ControlFlow, structure: Structure, { keeping, tables }: AccessOptions) {
    this.flow = flow;
    this.withTables = tables;
    this.structure = structure;
    // A table leads anywhere.
    this.isKeeping = keeping && !flow.blocks.has(DISPATCH);
    this.predecessors = predecessorsOf(structure);
  }

  private at(start: number): number {
    return this.structure.position.get(start) as number;
  }

  /** Mask of the x registers that a block writes. */
  private writtenIn(start: number): number {
    const instructions = this.flow.blocks.get(start)?.instructions ?? [];
    return instructions.reduce((mask, instruction) => mask | writesOf(instruction).x, 0);
  }

  /** Mask of the x registers that a loop writes. */
  private writtenInLoop(header: number): number {
    const inside = loopBlocks(header, this.predecessors, this.structure);
    return [...inside].reduce((mask, start) => mask | this.writtenIn(start), 0);
  }

  /** Groups whose address is known on every way to the block. */
  private knownAt(start: number): AccessGroup[] {
    const before = (this.predecessors.get(start) ?? []).filter(
      (from) => this.at(from) < this.at(start),
    );
    const [first, ...others] = before.map((from) => this.knownAtEnd.get(from) as Known);
    const all = [...(first ?? [])].filter((group) => others.every((known) => known.has(group)));
    if (!this.structure.loopHeaders.has(start)) return all;
    const written = this.writtenInLoop(start);
    return all.filter(({ base }) => ((written >>> base) & 1) === 0);
  }

  private planBlock(start: number): void {
    const instructions = this.flow.blocks.get(start)?.instructions ?? [];
    const sharings = new Map<number, GroupSharing>();
    const groups = groupsOf(instructions, this.withTables);
    let known = this.isKeeping ? this.knownAt(start) : [];
    instructions.forEach((instruction, position) => {
      const group = groups.find(({ members }) => members[0] === position);
      if (group !== undefined) known = this.place(group, known, sharings);
      const written = writesOf(instruction).x;
      if (written !== 0) known = known.filter(({ base }) => ((written >>> base) & 1) === 0);
    });
    this.plan.set(start, sharings);
    this.knownAtEnd.set(start, new Set(known));
  }

  /** A group is met: it uses a known one, or is looked up and known from now on. */
  private place(
    group: AccessGroup,
    known: AccessGroup[],
    sharings: Map<number, GroupSharing>,
  ): AccessGroup[] {
    const { members } = group;
    const kept =
      members.length < MIN_OWN_MEMBERS ? known.find((other) => serves(other, group)) : undefined;
    if (kept === undefined) {
      const kind = members.length > 1 ? 'shared' : 'alone';
      for (const position of members) sharings.set(position, { group, kind });
      return [...known, group];
    }
    kept.low = Math.min(kept.low, group.low);
    kept.end = Math.max(kept.end, group.end);
    kept.isKept = true;
    for (const position of members) sharings.set(position, { group: kept, kind: 'kept' });
    return known;
  }

  build(): AccessPlan {
    for (const start of this.structure.order) this.planBlock(start);
    for (const sharings of this.plan.values())
      for (const [position, { group, kind }] of sharings)
        if (kind === 'alone' && !group.isKept) sharings.delete(position);
    return this.plan;
  }
}

export function planAccesses(
  flow: ControlFlow,
  structure: Structure,
  options: AccessOptions,
): AccessPlan {
  return new Planner(flow, structure, options).build();
}
