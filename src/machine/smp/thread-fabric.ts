/** The fabric of harts that have a thread each. */
import type { HartFabric, RemoteFence } from '../fabric.ts';
import { HartState } from '../hart-state.ts';
import type { PhysicalMemory } from '../memory.ts';
import type { Peers } from './peers.ts';
import { askFence } from './requests.ts';

export class ThreadFabric implements HartFabric {
  readonly harts: number;
  private readonly peers: Peers;
  private readonly states: readonly HartState[];

  constructor(memory: PhysicalMemory, peers: Peers) {
    this.harts = peers.harts;
    this.peers = peers;
    this.states = Array.from({ length: peers.harts }, (_unused, id) => new HartState(memory, id));
  }

  setPending(hart: number, bits: number, isPending: boolean): void {
    this.states[hart]?.setMip(bits, isPending);
    if (isPending) this.wake(hart);
  }

  fence(mask: number, fence: RemoteFence): void {
    askFence(this.peers, mask, fence);
  }

  wake(hart: number): void {
    if (hart >= this.harts) return;
    const box = this.peers.box(hart);
    // This thread is awake.
    if (box === this.peers.own) box.raiseAttention();
    else box.ring();
  }
}
