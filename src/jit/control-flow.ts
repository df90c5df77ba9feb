/** The control-flow graph of a region: basic blocks of one page, found from an entry along the edges that were executed. */
import { CSR } from '../isa/csr.ts';
import { decodeAt } from '../isa/decode.ts';
import type { Instruction } from '../isa/instruction.ts';
import { type OperandFields, operandsOf } from '../isa/operands.ts';
import { VECTOR_CARRIERS, VECTOR_SHAPES } from '../isa/vector/carriers.ts';
import { isVectorWord } from '../isa/vector/opcode.ts';
import { vectorTable } from '../isa/vector/vector-instructions.ts';
import { type RegisterSet, registersOf } from './register-set.ts';

const PAGE_BYTES = 4096;
const SLOTS_PER_PAGE = PAGE_BYTES / 2;
/** A region that is larger ends where another begins: both would hold the same code. */
const MAX_SHARED_INSTRUCTIONS = 128;
/** Beyond it a region's compile time grows faster than its use. Straight code that is longer goes on in a region of its own. */
const MAX_INSTRUCTIONS = 600;
const MAX_BLOCKS = 120;
const MAX_INDIRECT_TARGETS = 24;

/** What the interpreter knows about a page when a block of it is hot. Offsets are in bytes from the page's start. */
export interface RegionRequest {
  /** Host page: its number in the memory that all harts share. */
  readonly page: number;
  /** The page's halfwords. */
  readonly code: Uint16Array;
  /** The halfword after the page, where it was executed as the end of an instruction that begins in the page. */
  readonly next?: number | undefined;
  /** Per halfword: EXECUTED where an executed instruction begins, TRANSLATED where a region does, INTERPRETED where it is illegal, if only in this machine's ISA, or a debugger wants to be asked. */
  readonly executed: Uint8Array;
  readonly entry: number;
  /** Taken computed jumps, most frequent first: offset of the jump, offset of its target. */
  readonly indirect: readonly (readonly [site: number, target: number])[];
}

export const EXECUTED = 1;
export const TRANSLATED = 2;
export const INTERPRETED = 3;

export interface DecodedInstruction {
  readonly offset: number;
  readonly length: 2 | 4;
  readonly row: Instruction;
  readonly fields: OperandFields;
  readonly reads: RegisterSet;
  readonly writes: RegisterSet;
  /** Its second halfword, where that lies in the next page, which may be another one each time. */
  readonly second?: number | undefined;
}

/** How a block ends. Targets are page offsets, and may lie outside the page. */
export type Terminator =
  | { readonly kind: 'branch'; readonly taken: number; readonly next: number }
  | { readonly kind: 'jump'; readonly target: number }
  | { readonly kind: 'indirect'; readonly targets: readonly number[] }
  /** The instruction there is the interpreter's. */
  | { readonly kind: 'stop'; readonly at: number }
  /** Of the block that dispatches (dispatch.ts): goes where the region was entered, or where an edge through it leads. */
  | { readonly kind: 'dispatch'; readonly targets: readonly number[] };

/** Start of the block that dispatches: no instruction begins at an odd address. */
export const DISPATCH = 1;

export interface Block {
  readonly start: number;
  /** With the branch or jump that ends the block, if any. */
  readonly instructions: readonly DecodedInstruction[];
  readonly terminator: Terminator;
}

/** Blocks by start; a target that is no key is an exit. */
export interface ControlFlow {
  readonly entry: number;
  readonly blocks: ReadonlyMap<number, Block>;
  /** Where the region may be entered. Absent: at `entry` only. */
  readonly entries?: readonly number[];
  /** Edges that go through DISPATCH, by the block that they leave. */
  readonly dispatched?: ReadonlyMap<number, ReadonlySet<number>>;
}

export function successorsOf(terminator: Terminator): readonly number[] {
  if (terminator.kind === 'branch') return [terminator.taken, terminator.next];
  if (terminator.kind === 'jump') return [terminator.target];
  return 'targets' in terminator ? terminator.targets : [];
}

/** Where a block's edge to a target leads. */
export function destinationOf({ dispatched }: ControlFlow, from: number, to: number): number {
  return dispatched?.get(from)?.has(to) === true ? DISPATCH : to;
}

/** Where a block's edges inside the region lead. */
export function destinationsOf(flow: ControlFlow, { start, terminator }: Block): number[] {
  const targets = successorsOf(terminator).filter((to) => flow.blocks.has(to));
  return [...new Set(targets.map((to) => destinationOf(flow, start, to)))];
}

/** rdtime: csrrs from x0, the one CSR instruction that programs execute all the time, and that changes nothing. */
function isTimeRead({ name }: Instruction, { csr, imm }: OperandFields): boolean {
  return name === 'csrrs' && csr === CSR.time && imm === 0;
}

/** Of fflags, and reads of frm and fcsr: floor, comparisons and conversions of C save and restore the flags. */
export function isFlagAccess({ name, format }: Instruction, { csr, imm }: OperandFields): boolean {
  if (format !== 'csr' && format !== 'csri') return false;
  const isRead = imm === 0 && !name.startsWith('csrrw');
  return csr === CSR.fflags || (isRead && (csr === CSR.frm || csr === CSR.fcsr));
}

/** What was decoded of a page, for its other blocks and entries: by what is the page's alone in all requests for it. */
const decodedPages = new WeakMap<Uint8Array, (DecodedInstruction | null | undefined)[]>();

/**
 * Decode the instruction at a page offset; undefined for one that the interpreter must execute: also one that it never came to, behind a
 * load that always faults or in a page whose content has changed since its entry was hot. Whether this machine has it nobody has looked.
 */
function instructionAt(request: RegionRequest, offset: number): DecodedInstruction | undefined {
  const state = request.executed[offset >> 1];
  if (state !== EXECUTED && state !== TRANSLATED) return undefined;
  let page = decodedPages.get(request.executed);
  if (page === undefined) {
    page = new Array(SLOTS_PER_PAGE);
    decodedPages.set(request.executed, page);
  }
  let instruction = page[offset >> 1];
  if (instruction === undefined) {
    instruction = decodeInRegion(request, offset) ?? null;
    page[offset >> 1] = instruction;
  }
  return instruction ?? undefined;
}

function decodeInRegion(request: RegionRequest, offset: number): DecodedInstruction | undefined {
  const low = request.code[offset >> 1] ?? 0;
  const high = request.code[(offset >> 1) + 1] ?? request.next;
  const decoded = decodeAt(low, high ?? 0);
  if (decoded === undefined) return decodeVectorInRegion(low, high ?? 0, offset);
  if (offset + decoded.length > PAGE_BYTES && high === undefined) return undefined;
  const { row, word, length } = decoded;
  const fields = operandsOf(row.format, word);
  const isTrap = row.ends === 'block' && row.format === 'none';
  if (
    (row.ends === 'system' && !isTimeRead(row, fields) && !isFlagAccess(row, fields)) ||
    isTrap ||
    fields.rm === 5 ||
    fields.rm === 6
  )
    return undefined;
  const straddles = offset + length > PAGE_BYTES;
  const second = straddles ? high : undefined;
  return { offset, length, row, fields, ...registersOf(row, fields), second };
}

/** As a row of generated code (isa/vector/carriers.ts); the interpreter marks it as illegal where the ISA has no V. */
function decodeVectorInRegion(
  low: number,
  high: number,
  offset: number,
): DecodedInstruction | undefined {
  if (!isVectorWord(low) || offset + 4 > PAGE_BYTES) return undefined;
  const word = ((high << 16) | low) >>> 0;
  const table = vectorTable();
  const vector = table.decode(word);
  const row = vector && VECTOR_CARRIERS[VECTOR_SHAPES.indexOf(vector.shape)];
  if (vector === undefined || row === undefined) return undefined;
  const fields = { ...operandsOf('vector', word), csr: table.numberOf(vector) };
  return { offset, length: 4, row, fields, ...registersOf(row, fields) };
}

/** Page offsets that registers hold for certain, from auipc: so `auipc` + `jalr` is a direct jump. */
class KnownAddresses {
  private readonly offsets = new Map<number, number>();

  follow({ offset, row, fields }: DecodedInstruction): void {
    if (row.name === 'auipc' && fields.rd !== 0) this.offsets.set(fields.rd, offset + fields.imm);
    else this.offsets.delete(fields.rd); // Also where rd is an f register: to forget is safe.
  }

  target({ fields }: DecodedInstruction): number | undefined {
    const base = this.offsets.get(fields.rs1);
    return base === undefined ? undefined : (base + fields.imm) & ~1;
  }
}

function terminatorOf(
  request: RegionRequest,
  last: DecodedInstruction,
  known: KnownAddresses,
): Terminator {
  const { offset, length, row, fields } = last;
  if (row.format === 'B')
    return { kind: 'branch', taken: offset + fields.imm, next: offset + length };
  if (row.format === 'J') return { kind: 'jump', target: offset + fields.imm };
  const target = known.target(last);
  if (target !== undefined) return { kind: 'jump', target };
  const targets = request.indirect.filter(([site]) => site === offset).map(([, to]) => to);
  return { kind: 'indirect', targets: [...new Set(targets)].slice(0, MAX_INDIRECT_TARGETS) };
}

/** The straight run from `start` to its terminator, or to another leader. */
function decodeBlock(
  request: RegionRequest,
  start: number,
  isLeader: (offset: number) => boolean,
): Block {
  const instructions: DecodedInstruction[] = [];
  const known = new KnownAddresses();
  let offset = start;
  for (;;) {
    const isFull = instructions.length === MAX_INSTRUCTIONS;
    if (offset >= PAGE_BYTES || isFull || (offset !== start && isLeader(offset)))
      return { start, instructions, terminator: { kind: 'jump', target: offset } };
    const instruction = instructionAt(request, offset);
    if (instruction === undefined)
      return { start, instructions, terminator: { kind: 'stop', at: offset } };
    instructions.push(instruction);
    if (instruction.row.ends === 'block')
      return { start, instructions, terminator: terminatorOf(request, instruction, known) };
    known.follow(instruction);
    offset += instruction.length;
  }
}

/**
 * Undefined where nothing can be translated at the entry. An entry that no jump leads to, as where a slice once ended, does not
 * divide the block around it: what it runs into is in the region twice, so that a loop keeps its shape.
 */
export function discover(request: RegionRequest): ControlFlow | undefined {
  const leaders = new Set<number>();
  const queue = [request.entry];
  let instructions = 0;
  const isWanted = (offset: number): boolean => {
    const state = offset >= 0 && offset < PAGE_BYTES ? request.executed[offset >> 1] : 0;
    return state === EXECUTED || (state === TRANSLATED && instructions < MAX_SHARED_INSTRUCTIONS);
  };
  for (let start = queue.shift(); start !== undefined; start = queue.shift()) {
    const run = decodeBlock(request, start, (offset) => leaders.has(offset));
    instructions += run.instructions.length;
    if (instructions >= MAX_INSTRUCTIONS) break;
    for (const target of successorsOf(run.terminator)) {
      if (leaders.has(target) || !isWanted(target) || leaders.size >= MAX_BLOCKS) continue;
      leaders.add(target);
      if (target !== request.entry) queue.push(target);
    }
  }
  const blocks = new Map<number, Block>();
  const isLeader = (offset: number): boolean => leaders.has(offset);
  const reach = [request.entry];
  for (let start = reach.pop(); start !== undefined; start = reach.pop()) {
    if (blocks.has(start)) continue;
    const block = decodeBlock(request, start, isLeader);
    blocks.set(start, block);
    reach.push(...successorsOf(block.terminator).filter(isLeader));
  }
  const isEmpty = blocks.get(request.entry)?.instructions.length === 0;
  return isEmpty ? undefined : { entry: request.entry, blocks };
}
