/** virtio 9P transport: virtio 1.2, section 5.9; one message per buffer, answered at once. */

import type { StateValue } from '../state.ts';
import type { FileBackend } from './9p/backend.ts';
import { HEADER_BYTES, MAX_MESSAGE_BYTES } from './9p/message.ts';
import { NinePServer } from './9p/server.ts';
import { gather, lengthOf, scatter } from './chain.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import type { Chain } from './queue.ts';

const F_MOUNT_TAG = 0;

/** What answers messages: a server, or what stands before one. */
export type MessageServer = Pick<NinePServer, 'answer' | 'reset' | 'save' | 'restore'>;

export class Virtio9p implements VirtioModel {
  readonly deviceId = 9;
  readonly queueCount = 1;
  readonly features = 1 << F_MOUNT_TAG;
  /** u16 length of the tag, then the tag. */
  readonly config: Uint8Array;
  private readonly server: MessageServer;

  /** `tag` is what the guest mounts by. Throws where the backend's root cannot be read. */
  constructor(tag: string, backend: FileBackend | MessageServer) {
    const name = new TextEncoder().encode(tag);
    this.config = new Uint8Array(2 + name.length);
    new DataView(this.config.buffer).setUint16(0, name.length, true);
    this.config.set(name, 2);
    this.server = 'answer' in backend ? backend : new NinePServer(backend);
  }

  reset(): void {
    this.server.reset();
  }

  save(): StateValue {
    return this.server.save();
  }

  restore(state: StateValue): void {
    this.server.restore(state);
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      queue.put(chain, this.serve(chain));
    }
    transport.queueUsed(queue);
  }

  /** Returns the length of the reply; 0 for what is no message, or where the reply does not fit. */
  private serve(chain: Chain): number {
    const message = gather(chain.readable, MAX_MESSAGE_BYTES);
    if (message.length < HEADER_BYTES) return 0;
    const reply = this.server.answer(message);
    return lengthOf(chain.writable) < reply.length ? 0 : scatter(chain.writable, reply);
  }
}
