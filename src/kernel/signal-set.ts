/** Sets of signals as two 32-bit words: bit n-1 is signal n. Linux: sigset_t. */

export interface SignalSet {
  /** Signals 1 to 32. */
  low: number;
  /** Signals 33 to 64. */
  high: number;
}

export function emptySet(): SignalSet {
  return { low: 0, high: 0 };
}

export function copySet(set: SignalSet): SignalSet {
  return { low: set.low, high: set.high };
}

/** Set of the given signals, for constants. */
export function setOf(...signals: readonly number[]): SignalSet {
  const set = emptySet();
  for (const signal of signals) addSignal(set, signal);
  return set;
}

export function hasSignal(set: SignalSet, signal: number): boolean {
  return signal <= 32
    ? ((set.low >>> (signal - 1)) & 1) === 1
    : ((set.high >>> (signal - 33)) & 1) === 1;
}

export function addSignal(set: SignalSet, signal: number): void {
  if (signal <= 32) set.low |= 1 << (signal - 1);
  else set.high |= 1 << (signal - 33);
}

export function removeSignal(set: SignalSet, signal: number): void {
  if (signal <= 32) set.low &= ~(1 << (signal - 1));
  else set.high &= ~(1 << (signal - 33));
}

export function assignSet(target: SignalSet, source: SignalSet): void {
  target.low = source.low;
  target.high = source.high;
}

/** Lowest signal that is in `set` and not in `blocked`; 0 when there is none. */
export function lowestSignal(set: SignalSet, blocked: SignalSet): number {
  const low = set.low & ~blocked.low;
  if (low !== 0) return 32 - Math.clz32(low & -low);
  const high = set.high & ~blocked.high;
  return high === 0 ? 0 : 64 - Math.clz32(high & -high);
}

/** As in /proc/<pid>/status: 16 hexadecimal digits. */
export function formatSet(set: SignalSet): string {
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, '0');
  return hex(set.high) + hex(set.low);
}
