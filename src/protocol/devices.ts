/** Devices of the board: what is put in and taken out while it runs, in messages. Types only. */
import type { DiskOption, ShareOption } from './thread-options.ts';

/** What the user's program does with its peripherals. */
export type PeripheralRequest =
  /** The guest shall give away this much of its memory in all. */
  | { type: 'balloon'; bytes: number }
  /** Linux's key code. */
  | { type: 'key'; code: number; isDown: boolean }
  /** From the left and upper edge, 0 to 1. */
  | { type: 'pointer'; x: number; y: number }
  | { type: 'button'; button: 'LEFT' | 'RIGHT' | 'MIDDLE'; isDown: boolean };

/** A device that is put into a machine while it runs. */
export type PluggedDevice =
  | { kind: 'disk'; disk: DiskOption }
  | { kind: 'share'; share: ShareOption }
  | { kind: 'rng' };

/** Of the board's monitor. */
export type DeviceRequest =
  /** name: '' for one that is free. The reply is a DeviceItem, once the guest has seen it. */
  | { type: 'deviceAdd'; id: number; name: string; device: PluggedDevice }
  /** isPulled: without asking the guest. The reply comes when it is out. */
  | { type: 'deviceRemove'; id: number; name: string; isPulled: boolean }
  /** The reply is DeviceItem[]. */
  | { type: 'deviceList'; id: number };

/** A device in a virtio slot. */
export interface DeviceItem {
  name: string;
  kind: 'block' | 'net' | 'console' | 'rng' | 'balloon' | '9p' | 'input';
  slot: number;
}
