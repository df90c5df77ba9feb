/** Devices that were put into a machine while it ran, and how a saved one gets them again. */
import type { Clock } from '../machine/clock.ts';
import type { HotPlug } from '../machine/hot-plug.ts';
import type { StateValue } from '../machine/state.ts';
import type { StateFields } from '../machine/state-fields.ts';
import { VirtioBlock } from '../machine/virtio/block.ts';
import type { VirtioModel } from '../machine/virtio/mmio.ts';
import { VirtioRng } from '../machine/virtio/rng.ts';
import type { DeviceItem, PluggedDevice } from '../protocol.ts';
import { diskSerial, openDisk } from './disk.ts';
import { createEntropy } from './entropy.ts';
import type { HostPort } from './host-port.ts';
import { RequestError } from './request-error.ts';
import { createVolumeDevice } from './volumes.ts';

/** What is in a slot of a board that is not as it was at power-on. */
export interface SlotContent {
  readonly item: DeviceItem;
  /** Undefined for a device of power-on. */
  readonly device: PluggedDevice | undefined;
  /** It was pulled out, which the guest is still to learn. */
  readonly isPulled: boolean;
}

export interface PluggedParts {
  readonly clock: Clock;
  readonly port: Pick<HostPort, 'post'>;
  /** Of a machine whose runs repeat. */
  readonly deterministicSeed: number | undefined;
}

/** Throws node's errors, and BackendError. */
export function createPlugged(
  device: PluggedDevice,
  { name, slot }: DeviceItem,
  { clock, port, deterministicSeed: seed }: PluggedParts,
): VirtioModel {
  switch (device.kind) {
    case 'disk':
      return new VirtioBlock(
        openDisk(device.disk, () => clock),
        diskSerial(device.disk, name),
      );
    case 'rng':
      // Not the bytes of the one that the machine has.
      return new VirtioRng(createEntropy(seed === undefined ? undefined : seed + slot));
    case 'share':
      return createVolumeDevice(device.share.tag || name, device.share, undefined, port);
  }
}

/** Throws RequestError for a device that can be of one machine, or of one process, only. */
export function checkSaved(contents: readonly SlotContent[], isForTwin: boolean): void {
  for (const { item, device } of contents) {
    if (device === undefined || device.kind === 'rng') continue;
    if (!isForTwin)
      throw new RequestError(
        `snapshot: '${item.name}' was added while the machine ran, and no snapshot names its file: remove it first`,
      );
    if (device.kind !== 'disk') continue;
    const { path, isReadOnly, isCopied, recordPath } = device.disk;
    if ((!isReadOnly && !isCopied) || recordPath !== undefined)
      throw new RequestError(
        `fork: disk '${path}' would be written by two machines; add it with ':cow'`,
      );
  }
}

/** No rows: all is as at power-on. */
export function saveContents(contents: readonly SlotContent[]): StateValue {
  return contents.map(({ item: { name, kind, slot }, device, isPulled }) => {
    const text = device === undefined ? '' : JSON.stringify(device);
    return { name, kind, slot, isPulled, device: text };
  });
}

const LAST_SLOT = 31;
const RNG: PluggedDevice = { kind: 'rng' };

/** `isTrusted`: of a machine of this process. Another's must not open files. Throws an Error for rows that cannot be. */
export function readContents(rows: readonly StateFields[], isTrusted: boolean): SlotContent[] {
  return rows.map((row) => {
    const text = row.string('device');
    const isForeign = !isTrusted && text !== '' && text !== JSON.stringify(RNG);
    if (isForeign) throw new Error('saved state of devices: one with a file');
    const device = text === '' ? undefined : (JSON.parse(text) as PluggedDevice);
    const kind = row.string('kind') as DeviceItem['kind'];
    const item = { name: row.string('name'), kind, slot: row.index('slot', LAST_SLOT) };
    return { item, device, isPulled: row.boolean('isPulled') };
  });
}

/** A board with the devices of power-on becomes as it was. Throws as createPlugged. */
export function plugAgain(
  hotPlug: HotPlug,
  contents: readonly SlotContent[],
  parts: PluggedParts,
): void {
  if (contents.length === 0) return;
  const kept = contents.filter(({ device, isPulled }) => device === undefined && !isPulled);
  for (const { slot } of hotPlug.devices())
    if (!kept.some(({ item }) => item.slot === slot)) hotPlug.take(slot);
  for (const { item, device, isPulled } of contents)
    if (device && !isPulled) hotPlug.place(item.slot, createPlugged(device, item, parts));
}
