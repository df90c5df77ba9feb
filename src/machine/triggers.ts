/**
 * Debug triggers of one hart, as its own software arms them: RISC-V debug specification 1.0, chapter 5 (Sdtrig). Address
 * matches (mcontrol, mcontrol6) that raise a breakpoint exception before the access. Without tcontrol, section 5.4, rule 1
 * keeps a handler from trapping at itself. While none is armed nothing asks here.
 */
import { MSTATUS, PRIVILEGE } from '../isa/csr.ts';
import { CAUSE } from '../isa/trap.ts';
import { type HartState, SLOT } from './hart-state.ts';

export const TRIGGERS = 4;

/** tdata1, upper word: bits 63..60. */
const TYPE_SHIFT = 28;
export const TRIGGER_TYPE = { MCONTROL: 2, MCONTROL6: 6, DISABLED: 15 } as const;

/** tdata1 of mcontrol and mcontrol6, lower word. Other fields are zero: any size, the address, before, not chained. */
const FIELD = {
  LOAD: 1 << 0,
  STORE: 1 << 1,
  EXECUTE: 1 << 2,
  U: 1 << 3,
  S: 1 << 4,
  M: 1 << 6,
  MATCH: 15 << 7,
  MATCH_SHIFT: 7,
  /** hit of mcontrol, hit0 of mcontrol6. */
  HIT: 1 << 20,
  HIT0: 1 << 22,
} as const;
const ENABLES = FIELD.LOAD | FIELD.STORE | FIELD.EXECUTE;
const MODES = FIELD.U | FIELD.S | FIELD.M;
const MATCH = { EQUAL: 0, NAPOT: 1, GREATER_OR_EQUAL: 2, LESS: 3 } as const;

const MODE_OF: Readonly<Record<number, number>> = {
  [PRIVILEGE.USER]: FIELD.U,
  [PRIVILEGE.SUPERVISOR]: FIELD.S,
  [PRIVILEGE.MACHINE]: FIELD.M,
};
const PAGE_BYTES = 4096n;
const ADDRESSES = 1n << 64n;

/** An armed trigger. Addresses are 64 bits; nobody looks at them while none is armed. */
interface Armed {
  readonly index: number;
  readonly bits: number;
  /** [start, end) */
  readonly start: bigint;
  readonly end: bigint;
}

const wide = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

/** Naturally aligned, as large as the ones at the end of tdata2 say. */
function napot(address: bigint): readonly [bigint, bigint] {
  const bytes = (~address & (address + 1n)) * 2n;
  const start = (address / bytes) * bytes;
  return [start, start + bytes];
}

function matched(kind: number, address: bigint): readonly [start: bigint, end: bigint] {
  switch (kind) {
    case MATCH.NAPOT:
      return napot(address);
    case MATCH.GREATER_OR_EQUAL:
      return [address, ADDRESSES];
    case MATCH.LESS:
      return [0n, address];
    default:
      return [address, address + 1n];
  }
}

/** tdata1 as it may be: [low, high]. mcontrol says (maskmax) that it has no NAPOT match. */
export function legalTrigger(low: number, high: number): readonly [low: number, high: number] {
  const type = high >>> TYPE_SHIFT;
  if (type !== TRIGGER_TYPE.MCONTROL && type !== TRIGGER_TYPE.MCONTROL6) {
    return [0, (TRIGGER_TYPE.DISABLED << TYPE_SHIFT) >>> 0];
  }
  const isOld = type === TRIGGER_TYPE.MCONTROL;
  const match = (low & FIELD.MATCH) >>> FIELD.MATCH_SHIFT;
  const isKnown = match <= MATCH.LESS && !(isOld && match === MATCH.NAPOT);
  const kept = ENABLES | MODES | (isOld ? FIELD.HIT : FIELD.HIT0);
  return [(low & kept) | (isKnown ? low & FIELD.MATCH : 0), (type << TYPE_SHIFT) >>> 0];
}

export class Triggers {
  private readonly state: HartState;
  private armed: readonly Armed[] = [];
  /** Any that matches instructions, any that matches loads or stores. */
  hasCode = false;
  hasData = false;

  constructor(state: HartState) {
    this.state = state;
  }

  reset(): void {
    for (let index = 0; index < TRIGGERS; index++) {
      this.state.set(SLOT.tdata1 + index, ...legalTrigger(0, 0));
    }
    this.update();
  }

  /** Follow a change of the registers. */
  update(): void {
    const { state } = this;
    const armed: Armed[] = [];
    for (let index = 0; index < TRIGGERS; index++) {
      const bits = state.low(SLOT.tdata1 + index);
      if ((bits & ENABLES) === 0 || (bits & MODES) === 0) continue;
      const slot = SLOT.tdata2 + index;
      const kind = (bits & FIELD.MATCH) >>> FIELD.MATCH_SHIFT;
      const [start, end] = matched(kind, wide(state.low(slot), state.high(slot)));
      armed.push({ index, bits, start, end });
    }
    this.armed = armed;
    this.hasCode = armed.some(({ bits }) => (bits & FIELD.EXECUTE) !== 0);
    this.hasData = armed.some(({ bits }) => (bits & (FIELD.LOAD | FIELD.STORE)) !== 0);
  }

  /** Offsets in the page of this address at which instructions are matched. */
  *codeOffsets(low: number, high: number): Generator<number> {
    const page = wide(low, high) & -PAGE_BYTES;
    for (const { bits, start, end } of this.armed) {
      if ((bits & FIELD.EXECUTE) === 0) continue;
      const last = end < page + PAGE_BYTES ? end : page + PAGE_BYTES;
      // Instructions lie at even addresses.
      let at = start > page ? start + (start & 1n) : page;
      for (; at < last; at += 2n) yield Number(at - page);
    }
  }

  /** Whether accesses to the page of this address are matched: they must all be asked for. */
  watchesPage(low: number, high: number): boolean {
    const page = wide(low, high) & -PAGE_BYTES;
    return this.armed.some(
      ({ bits, start, end }) =>
        (bits & (FIELD.LOAD | FIELD.STORE)) !== 0 && start < page + PAGE_BYTES && end > page,
    );
  }

  /** Whether the instruction at this address must not run: a trigger has fired. */
  hitsCode(low: number, high: number): boolean {
    return this.fires(FIELD.EXECUTE, wide(low, high), 1n) !== undefined;
  }

  /** The address that a trigger fired at, among the bytes that an access touches. */
  hitsData(
    low: number,
    high: number,
    bytes: number,
    isLoad: boolean,
    isStore: boolean,
  ): bigint | undefined {
    const kinds = (isLoad ? FIELD.LOAD : 0) | (isStore ? FIELD.STORE : 0);
    return this.fires(kinds, wide(low, high), BigInt(bytes));
  }

  private fires(kinds: number, address: bigint, bytes: bigint): bigint | undefined {
    const { state } = this;
    const mode = MODE_OF[state.privilege] ?? 0;
    const hit = this.armed.find(
      ({ bits, start, end }) =>
        (bits & kinds) !== 0 && (bits & mode) !== 0 && start < address + bytes && end > address,
    );
    if (hit === undefined || !this.isNative()) return undefined;
    const slot = SLOT.tdata1 + hit.index;
    const isOld = state.high(slot) >>> TYPE_SHIFT === TRIGGER_TYPE.MCONTROL;
    state.set(slot, hit.bits | (isOld ? FIELD.HIT : FIELD.HIT0), state.high(slot));
    return hit.start > address ? hit.start : address;
  }

  /** Section 5.4, rule 1: not where the breakpoint's own handler may be running. */
  private isNative(): boolean {
    const { state } = this;
    const status = state.low(SLOT.mstatus);
    if (state.privilege === PRIVILEGE.MACHINE) return (status & MSTATUS.MIE) !== 0;
    if (state.privilege !== PRIVILEGE.SUPERVISOR) return true;
    const isDelegated = ((state.low(SLOT.medeleg) >>> CAUSE.BREAKPOINT) & 1) === 1;
    return !isDelegated || (status & MSTATUS.SIE) !== 0;
  }
}
