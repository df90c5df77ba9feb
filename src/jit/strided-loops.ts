/**
 * Loops that walk through memory: of some addresses it is known how they grow in an iteration, or that they stay the same. While all of them stay
 * in their pages, one look-up each serves many iterations (strided-emitter.ts).
 */
import { type Block, type ControlFlow, type DecodedInstruction, DISPATCH } from './control-flow.ts';
import { latchLevels, loopBlocks, predecessorsOf, type Structure } from './dominators.ts';
import type { AccessPlan, GroupSharing, Sharing } from './kept-checks.ts';
import { Followed, type FollowedAccess, type Sum } from './loop-values.ts';
import { TableIndices } from './table-indices.ts';

/** Larger ones are seldom the inner loops, and all code of a loop comes twice. */
const MAX_BLOCKS = 12;
const MAX_INSTRUCTIONS = 80;
/** Accesses of an iteration farther apart are looked up apart. */
const MAX_SPAN = 1024;
/** With larger steps a page has too few iterations. */
const MAX_STEP = 512;
/** Each wants a register of the host's. */
const MAX_GROUPS = 4;

export interface StridedGroup {
  /** Whose values at the header are added up, one or two. */
  readonly registers: readonly number[];
  /** Lowest offset of an iteration's accesses from the sum, and the end of the last. */
  low: number;
  end: number;
  /** What an iteration adds to the sum. */
  readonly step: number;
  /** Look up in the write table. */
  writes: boolean;
}

export interface StridedLoop {
  readonly header: number;
  readonly inside: ReadonlySet<number>;
  readonly groups: readonly StridedGroup[];
  /** By block and position in it. */
  readonly groupOf: ReadonlyMap<number, ReadonlyMap<number, StridedGroup>>;
  /** Those accesses that use another group's look-up, as they do in iterations with look-ups. */
  readonly others: ReadonlyMap<number, ReadonlyMap<number, GroupSharing>>;
}

interface Place extends FollowedAccess {
  readonly start: number;
  readonly position: number;
}

const isCall = ({ row, fields }: DecodedInstruction): boolean =>
  (row.name === 'jal' || row.name === 'jalr') && fields.rd !== 0;

class Finder {
  private readonly flow: ControlFlow;
  private readonly structure: Structure;
  private readonly accesses: AccessPlan;
  private readonly header: number;
  private readonly inside: ReadonlySet<number>;
  private readonly predecessors: ReadonlyMap<number, readonly number[]>;
  /** By block, what is known at its end. */
  private readonly ends = new Map<number, Followed>();
  private readonly places: Place[] = [];
  private readonly groups: StridedGroup[] = [];
  private readonly groupOf = new Map<number, Map<number, StridedGroup>>();

  constructor(
    flow: ControlFlow,
    structure: Structure,
    accesses: AccessPlan,
    predecessors: ReadonlyMap<number, readonly number[]>,
    header: number,
  ) {
    this.flow = flow;
    this.structure = structure;
    this.accesses = accesses;
    this.header = header;
    this.predecessors = predecessors;
    // Of loops that share the header the innermost.
    const latches = [...latchLevels(header, predecessors, structure)]
      .filter(([, level]) => level === 0)
      .map(([latch]) => latch);
    this.inside = loopBlocks(header, predecessors, structure, latches);
  }

  private block(start: number): Block {
    return this.flow.blocks.get(start) as Block;
  }

  /** An innermost loop that is left by branches and jumps only, and that is no recursion: those have few iterations. */
  private isSmall(): boolean {
    const { inside, header, structure } = this;
    if (inside.size > MAX_BLOCKS) return false;
    let count = 0;
    for (const start of inside) {
      const { instructions, terminator } = this.block(start);
      if (start !== header && structure.loopHeaders.has(start)) return false;
      if (terminator.kind !== 'branch' && terminator.kind !== 'jump') return false;
      if (instructions.some(isCall)) return false;
      count += instructions.length;
    }
    return count <= MAX_INSTRUCTIONS;
  }

  /** Follow an iteration through the blocks. */
  private read(): void {
    for (const start of this.structure.order) {
      if (!this.inside.has(start)) continue;
      const ways = start === this.header ? [] : (this.predecessors.get(start) ?? []);
      const known = Followed.merge(ways.map((from) => this.ends.get(from) as Followed));
      const indices = new TableIndices();
      for (const [position, instruction] of this.block(start).instructions.entries()) {
        const { rs1, imm } = instruction.fields;
        const indexed = indices.of(rs1);
        const base = indexed && known.sumOf(indexed.base);
        const access = known.run(instruction);
        indices.follow(instruction);
        if (access === undefined) continue;
        if (access.address !== undefined || indexed === undefined || base === undefined) {
          this.places.push({ ...access, start, position });
          continue;
        }
        const address = { ...base, offset: base.offset + imm };
        const size = access.size + indexed.bound - 1;
        this.places.push({ ...access, address, size, start, position });
      }
      this.ends.set(start, known);
    }
  }

  /** What every iteration adds to a register. */
  private stepOf(register: number): number | undefined {
    const steps = (this.predecessors.get(this.header) ?? [])
      .filter((from) => this.inside.has(from))
      .map((latch) => this.ends.get(latch)?.sumOf(register))
      .map((value) => (value?.registers.join() === `${register}` ? value.offset : undefined));
    const [first] = steps;
    return steps.every((step) => step === first) ? first : undefined;
  }

  private stepOfSum({ registers }: Sum): number | undefined {
    let total = 0;
    for (const register of registers) {
      const step = this.stepOf(register);
      if (step === undefined) return undefined;
      total += step;
    }
    return total;
  }

  private sharingOf({ start, position }: Place): GroupSharing | undefined {
    return this.accesses.get(start)?.get(position);
  }

  /** Accesses with a step, but for those of groups of which others have none. */
  private followed(): (Place & { address: Sum; step: number })[] {
    const steps = new Map<Place, number>();
    for (const place of this.places) {
      const { address, size } = place;
      const step = address?.registers.length ? this.stepOfSum(address) : undefined;
      if (step !== undefined && size <= MAX_SPAN) steps.set(place, step);
    }
    const isMixed = (place: Place): boolean => {
      const group = this.sharingOf(place)?.group;
      if (group === undefined) return false;
      return this.places.some(
        (other) => !steps.has(other) && this.sharingOf(other)?.group === group,
      );
    };
    return [...steps]
      .filter(([place]) => !isMixed(place))
      .map(([place, step]) => ({ ...place, address: place.address as Sum, step }));
  }

  private join(access: Place & { address: Sum; step: number }): void {
    const { address, size, step, start, position } = access;
    const { registers, offset } = address;
    const end = offset + size;
    const fits = (other: StridedGroup): boolean =>
      other.registers.join() === registers.join() &&
      Math.max(other.end, end) - Math.min(other.low, offset) <= MAX_SPAN;
    let group = this.groups.find(fits);
    if (group === undefined) {
      group = { registers, low: offset, end, step, writes: false };
      this.groups.push(group);
    }
    group.low = Math.min(group.low, offset);
    group.end = Math.max(group.end, end);
    group.writes ||= access.writes;
    const ofBlock = this.groupOf.get(start) ?? new Map<number, StridedGroup>();
    this.groupOf.set(start, ofBlock.set(position, group));
  }

  find(): StridedLoop | undefined {
    if (!this.isSmall()) return undefined;
    this.read();
    for (const access of this.followed()) this.join(access);
    const { header, inside, groups, groupOf } = this;
    const isSlow = groups.every(({ step }) => Math.abs(step) <= MAX_STEP);
    if (groups.length === 0 || groups.length > MAX_GROUPS || !isSlow) return undefined;
    const others = new Map<number, Map<number, GroupSharing>>();
    for (const start of inside) {
      const ofBlock = [...(this.accesses.get(start) ?? [])];
      const left = ofBlock.filter(([position]) => !groupOf.get(start)?.has(position));
      others.set(start, new Map(left));
    }
    return { header, inside, groups, groupOf, others };
  }
}

/** By header; `isTaken`: that loop is done otherwise. */
export function stridedLoops(
  flow: ControlFlow,
  structure: Structure,
  accesses: AccessPlan,
  isTaken: (header: Block) => boolean,
): ReadonlyMap<number, StridedLoop> {
  const found = new Map<number, StridedLoop>();
  if (flow.blocks.has(DISPATCH)) return found;
  const predecessors = predecessorsOf(structure);
  for (const header of structure.loopHeaders) {
    if (isTaken(flow.blocks.get(header) as Block)) continue;
    const loop = new Finder(flow, structure, accesses, predecessors, header).find();
    if (loop) found.set(header, loop);
  }
  return found;
}

/** How the accesses of a block are looked up in iterations without look-ups of their own; by group, the local of its addend. */
export function sharingsIn(
  { groupOf, others }: StridedLoop,
  start: number,
  addends: ReadonlyMap<StridedGroup, number>,
): ReadonlyMap<number, Sharing> {
  const sharings = new Map<number, Sharing>(others.get(start));
  for (const [position, group] of groupOf.get(start) ?? [])
    sharings.set(position, { kind: 'strided', addend: addends.get(group) as number });
  return sharings;
}
