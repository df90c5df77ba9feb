/** What a virtio-mmio window shows with no device behind it: device type 0 (virtio 1.2, section 4.2.2), no queue. */
import type { VirtioModel } from './mmio.ts';

export const EMPTY_SLOT: VirtioModel = {
  deviceId: 0,
  queueCount: 0,
  features: 0,
  config: new Uint8Array(0),
  notify: () => undefined,
  reset: () => undefined,
  save: () => ({}),
  restore: () => undefined,
};
