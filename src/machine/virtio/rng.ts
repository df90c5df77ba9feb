/** virtio entropy device: virtio 1.2, section 5.4. */
import type { Saved, StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';

const POOL_BYTES = 4096;

/** Fills the array with random bytes; a reproducible source saves where it stands. */
export interface EntropySource extends Partial<Saved> {
  (into: Uint8Array): void;
}

export class VirtioRng implements VirtioModel {
  readonly deviceId = 4;
  readonly queueCount = 1;
  readonly features = 0;
  readonly config = new Uint8Array(0);
  private readonly source: EntropySource;
  /** The host's generator does not write to shared memory, which guest RAM is. */
  private readonly pool = new Uint8Array(POOL_BYTES);

  constructor(source: EntropySource) {
    this.source = source;
  }

  reset(): void {
    // The source belongs to the host.
  }

  save(): StateValue {
    return { source: this.source.save?.() ?? {} };
  }

  restore(state: StateValue): void {
    this.source.restore?.(new StateFields('rng', state).value('source'));
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      let written = 0;
      for (const part of chain.writable) {
        for (let at = 0; at < part.length; at += POOL_BYTES) {
          const piece = this.pool.subarray(0, Math.min(POOL_BYTES, part.length - at));
          this.source(piece);
          part.set(piece, at);
        }
        written += part.length;
      }
      queue.put(chain, written);
    }
    transport.queueUsed(queue);
  }
}

/** Reproducible bytes for deterministic mode: xorshift32 (Marsaglia, 2003). Not for secrets. */
export function seededEntropy(seed: number): EntropySource {
  // Zero is the one state that the generator cannot leave.
  let state = seed >>> 0 || 0x9e37_79b9;
  const fill = (into: Uint8Array): void => {
    for (let i = 0; i < into.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      into[i] = state >>> 11;
    }
  };
  return Object.assign(fill, {
    save: (): StateValue => ({ state }),
    restore: (saved: StateValue): void => {
      state = new StateFields('entropy', saved).number('state');
    },
  });
}
