/** The devices in the virtio slots by their names, and the host's requests to add and remove some while the machine runs. */
import type { Clock } from '../machine/clock.ts';
import type { HotPlug, SlotOutcome } from '../machine/hot-plug.ts';
import type { VirtioModel } from '../machine/virtio/mmio.ts';
import type { DeviceItem, DeviceRequest, PluggedDevice, Reply } from '../protocol.ts';
import type { HostPort } from './host-port.ts';
import { createPlugged, type SlotContent } from './plugged-devices.ts';
import { RequestError } from './request-error.ts';

/** Virtio 1.2, section 5: device types. */
const KINDS: Readonly<Record<number, DeviceItem['kind']>> = {
  1: 'net',
  2: 'block',
  3: 'console',
  4: 'rng',
  5: 'balloon',
  9: '9p',
  18: 'input',
};
const PLUGGED_KINDS: Readonly<Record<PluggedDevice['kind'], DeviceItem['kind']>> = {
  disk: 'block',
  share: '9p',
  rng: 'rng',
};
/** What devices are called that got no name: this and a number. */
const PREFIXES: Readonly<Record<DeviceItem['kind'], string>> = {
  net: 'net',
  block: 'disk',
  console: 'console',
  rng: 'rng',
  balloon: 'balloon',
  '9p': 'mount',
  input: 'input',
};

export interface DeviceBayOptions {
  readonly hotPlug: HotPlug;
  readonly clock: Clock;
  readonly port: Pick<HostPort, 'post'>;
  /** Of a machine whose runs repeat. */
  readonly deterministicSeed: number | undefined;
}

export class DeviceBay {
  /** Something was added or removed since power-on. */
  hasChanged = false;
  private readonly options: DeviceBayOptions;
  private readonly bySlot = new Map<number, DeviceItem>();
  /** Those that came while the machine ran. */
  private readonly plugged = new Map<number, PluggedDevice>();
  /** Requests that wait for the guest, by slot. */
  private readonly waiting = new Map<number, number>();

  /** Takes the devices of power-on from the board, or those of a saved machine from `contents`. */
  constructor(options: DeviceBayOptions, contents: readonly SlotContent[] = []) {
    this.options = options;
    const { hotPlug } = options;
    this.hasChanged = contents.length > 0;
    for (const { item, device } of contents) {
      this.bySlot.set(item.slot, item);
      if (device) this.plugged.set(item.slot, device);
    }
    for (const { slot, model } of hotPlug.devices()) {
      const kind = kindOf(model);
      if (!this.bySlot.has(slot)) this.bySlot.set(slot, { name: this.freeName(kind), kind, slot });
    }
    hotPlug.onSettled = (slot, outcome) => this.settled(slot, outcome);
  }

  handle(request: DeviceRequest): void {
    try {
      if (request.type === 'deviceList') this.reply(request.id, this.list());
      else if (request.type === 'deviceAdd') this.add(request);
      else this.remove(request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.refuse(request.id, message);
    }
  }

  /** For a snapshot; nothing where the board is as it was at power-on. */
  get contents(): SlotContent[] {
    if (!this.hasChanged) return [];
    const filled = this.options.hotPlug.devices();
    return this.list().map((item) => ({
      item,
      device: this.plugged.get(item.slot),
      isPulled: !filled.some(({ slot }) => slot === item.slot),
    }));
  }

  private list(): DeviceItem[] {
    return [...this.bySlot.values()].sort((one, other) => one.slot - other.slot);
  }

  private add({ id, name, device }: Extract<DeviceRequest, { type: 'deviceAdd' }>): void {
    const { hotPlug } = this.options;
    const slot = hotPlug.freeSlot();
    if (slot === undefined) throw new RequestError('all slots of the board are taken');
    const kind = PLUGGED_KINDS[device.kind];
    const chosen = name || this.freeName(kind);
    if (this.find(chosen)) throw new RequestError(`there is a device '${chosen}' already`);
    const item = { name: chosen, kind, slot };
    const model = createPlugged(device, item, this.options);
    this.hasChanged = true;
    this.bySlot.set(slot, item);
    this.plugged.set(slot, device);
    this.waiting.set(slot, id);
    hotPlug.insert(slot, model);
  }

  private remove(request: Extract<DeviceRequest, { type: 'deviceRemove' }>): void {
    const { id, name, isPulled } = request;
    const slot = this.find(name)?.slot;
    if (slot === undefined) {
      const names = this.list().map((device) => device.name);
      throw new RequestError(`there is no device '${name}'; there are ${names.join(', ')}`);
    }
    if (this.waiting.has(slot)) throw new RequestError(`'${name}' is on its way in or out`);
    this.hasChanged = true;
    this.waiting.set(slot, id);
    this.options.hotPlug.remove(slot, isPulled);
  }

  /** The guest has seen to a slot. */
  private settled(slot: number, outcome: SlotOutcome): void {
    const device = this.bySlot.get(slot);
    const id = this.waiting.get(slot);
    this.waiting.delete(slot);
    if (outcome === 'ejected') {
      this.bySlot.delete(slot);
      this.plugged.delete(slot);
    }
    if (id === undefined || !device) return;
    if (outcome === 'refused') this.refuse(id, `the guest cannot do without '${device.name}'`);
    else this.reply(id, outcome === 'inserted' ? device : undefined);
  }

  private find(name: string): DeviceItem | undefined {
    return this.list().find((device) => device.name === name);
  }

  private freeName(kind: DeviceItem['kind']): string {
    let number = 0;
    while (this.find(`${PREFIXES[kind]}${number}`)) number++;
    return `${PREFIXES[kind]}${number}`;
  }

  private reply(id: number, value: Reply): void {
    this.options.port.post({ type: 'reply', id, value });
  }

  private refuse(id: number, message: string): void {
    const code = 'ERR_HARTIX_OPTION';
    this.options.port.post({ type: 'failure', id, errno: 0, code, message: `devices: ${message}` });
  }
}

function kindOf({ deviceId }: VirtioModel): DeviceItem['kind'] {
  const kind = KINDS[deviceId];
  if (!kind) throw new Error(`virtio device type ${deviceId} has no name`);
  return kind;
}
