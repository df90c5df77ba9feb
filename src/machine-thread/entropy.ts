/** Randomness for the guest: the host's generator, or a seeded one in deterministic mode. */
import { openSync, readSync } from 'node:fs';
import type { StateValue } from '../machine/state.ts';
import { StateFields } from '../machine/state-fields.ts';
import type { EntropySource } from '../machine/virtio/rng.ts';

/** splitmix32: equidistributed and fast; for address layout and reproducible runs, not for keys. */
function seededEntropy(seed: number): EntropySource {
  let state = seed >>> 0;
  const word = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return mixed ^ (mixed >>> 15);
  };
  const fill = (into: Uint8Array): void => {
    for (let i = 0; i < into.length; i += 4) {
      const value = word();
      for (let j = 0; j < 4 && i + j < into.length; j++) into[i + j] = value >>> (8 * j);
    }
  };
  return Object.assign(fill, {
    save: (): StateValue => ({ state }),
    restore: (saved: StateValue): void => {
      state = new StateFields('entropy', saved).number('state');
    },
  });
}

/** Of this thread, for good. */
let urandom: number | undefined;

/** The host's generator through its device: node:crypto takes 10 ms to load. */
function hostEntropy(): EntropySource {
  urandom ??= openSync('/dev/urandom', 'r');
  const file = urandom;
  return (into) => {
    for (let done = 0; done < into.length; )
      done += readSync(file, into, done, into.length - done, null);
  };
}

export function createEntropy(seed: number | undefined): EntropySource {
  return seed === undefined ? hostEntropy() : seededEntropy(seed);
}
