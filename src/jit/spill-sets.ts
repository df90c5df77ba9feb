/**
 * What is stored where an instruction fails. Each place has its exact set; a set stores what it has beyond the largest of the others
 * that lies in it, and goes on there, so that all of them together are hardly longer than the largest.
 */
import { EMPTY, isSame, minus, type RegisterSet, registersIn } from './register-set.ts';

export interface SpillSet {
  readonly stored: RegisterSet;
  /** The one to go on with, which comes later; undefined where all is stored. */
  readonly next: number | undefined;
}

const sizeOf = ({ x, f }: RegisterSet): number => registersIn(x).length + registersIn(f).length;

/** From the sets of all instructions that may fail, by block and instruction. */
export function spillSetsOf(dirty: ReadonlyMap<number, readonly (RegisterSet | undefined)[]>): {
  spillSets: SpillSet[];
  spillSetOf: Map<number, readonly (number | undefined)[]>;
} {
  const different: RegisterSet[] = [];
  for (const sets of dirty.values()) {
    for (const set of sets)
      if (set && !different.some((other) => isSame(other, set))) different.push(set);
  }
  const ordered = different.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const spillSets = ordered.map((set, index): SpillSet => {
    const within = (other: RegisterSet, at: number): boolean =>
      at > index && isSame(minus(other, set), EMPTY);
    const next = ordered.findIndex(within);
    if (next < 0) return { stored: set, next: undefined };
    return { stored: minus(set, ordered[next] ?? EMPTY), next };
  });
  const numberOf = (set: RegisterSet | undefined): number | undefined =>
    set && ordered.findIndex((other) => isSame(other, set));
  const spillSetOf = new Map([...dirty].map(([start, sets]) => [start, sets.map(numberOf)]));
  return { spillSets, spillSetOf };
}
