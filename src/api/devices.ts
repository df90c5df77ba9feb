/** The board's monitor: devices that come and go while the machine runs, as QEMU's device_add and device_del. */
import type { DeviceItem, PluggedDevice } from '../protocol.ts';
import { checkArgument, checkOptions, FLAG, type Shape, TEXT } from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { diskOption } from './disk-option.ts';
import { OptionError } from './errors.ts';
import { folderOf } from './options.ts';

/** A device to add: exactly one of the first three. */
export interface DeviceOptions {
  /** A disk file, written through; append ':ro' for read-only, ':cow' to keep what is written in memory. */
  disk?: string;
  /** A folder of the host as a 9p share; append ':ro' for read-only. In the guest: mount -t 9p TAG DIR. */
  mount?: string;
  /** A source of random bytes. */
  rng?: true;
  /** Of the share; default the device's name. */
  tag?: string;
  /** What it is removed by. Default: its kind and a number, such as disk1. */
  name?: string;
}

const SHAPE: Shape<DeviceOptions> = {
  disk: TEXT,
  mount: TEXT,
  rng: { takes: 'true', fits: (value) => value === true },
  tag: TEXT,
  name: TEXT,
};

/** A device of the machine; `slot` is its place on the board. */
export type DeviceInfo = Readonly<DeviceItem>;

function deviceOf({ disk, mount, rng, tag }: DeviceOptions): PluggedDevice {
  const given = [disk, mount, rng].filter((value) => value !== undefined);
  if (given.length !== 1) throw new OptionError('devices.add: name one of disk, mount, rng');
  if (tag !== undefined && mount === undefined) {
    throw new OptionError('devices.add: only a mount has a tag');
  }
  if (disk !== undefined) return { kind: 'disk', disk: diskOption(disk) };
  if (mount !== undefined) {
    return { kind: 'share', share: { tag: tag ?? '', ...folderOf(mount) } };
  }
  return { kind: 'rng' };
}

export class Devices {
  private readonly connection: Connection;
  /** Asked for so far. */
  private added = 0;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** What is in the slots, in their order. */
  async list(): Promise<DeviceInfo[]> {
    const { reply } = this.connection.request(
      (id) => ({ type: 'deviceList', id }),
      'devices.list',
      '',
    );
    return (await reply) as DeviceItem[];
  }

  /**
   * Put a device into a free slot. Resolves when the guest has seen to it: with Hartix's kernel a disk is in /dev then. Other
   * kernels are not told; Linux looks at a slot again when its address is written to
   * /sys/bus/platform/drivers/virtio-mmio/bind. Throws OptionError when it cannot be had, or no slot is free.
   */
  async add(options: DeviceOptions): Promise<DeviceInfo> {
    checkOptions('devices.add', options, SHAPE);
    const device = deviceOf(options);
    const { diskLocks } = this.connection;
    const place = `new ${++this.added}`;
    if (device.kind === 'disk') diskLocks.add(place, device.disk);
    try {
      const { reply } = this.connection.request(
        (id) => ({ type: 'deviceAdd', id, name: options.name ?? '', device }),
        'devices.add',
        options.name ?? '',
      );
      const item = (await reply) as DeviceItem;
      diskLocks.rename(place, item.name);
      return item;
    } finally {
      diskLocks.remove(place);
    }
  }

  /**
   * Take a device out, by its name: the guest lets go of it first, or with `pull` learns of it afterwards. Open descriptors of it
   * give ENODEV from then on, file systems EIO. Throws OptionError where there is none, or the guest cannot do without it.
   */
  async remove(name: string, options: { pull?: boolean } = {}): Promise<void> {
    checkArgument('devices.remove', 'name', name, TEXT);
    checkOptions('devices.remove', options, { pull: FLAG });
    const isPulled = options.pull ?? false;
    const { reply } = this.connection.request(
      (id) => ({ type: 'deviceRemove', id, name, isPulled }),
      'devices.remove',
      name,
    );
    await reply;
    this.connection.diskLocks.remove(name);
  }
}
