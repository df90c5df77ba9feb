/** The virtio devices of a foreign machine, in the order of their slots. */

import type { Clock } from '../../machine/clock.ts';
import { FileSink } from '../../machine/host/file-sink.ts';
import { HubPort } from '../../machine/network/hub.ts';
import { CapturedPort } from '../../machine/network/pcap.ts';
import { VirtioBlock } from '../../machine/virtio/block.ts';
import type { ConsolePort, VirtioConsole } from '../../machine/virtio/console.ts';
import type { VirtioModel } from '../../machine/virtio/mmio.ts';
import { VirtioNet } from '../../machine/virtio/net.ts';
import { VirtioRng } from '../../machine/virtio/rng.ts';
import {
  DOORBELL,
  type ForeignOptions,
  type ForeignRequest,
  type NetworkOption,
} from '../../protocol.ts';
import { diskSerial, openDisk } from '../disk.ts';
import { createEntropy } from '../entropy.ts';
import type { HostPort } from '../host-port.ts';
import { createVolumeDevice } from '../volumes.ts';
import type { Peripherals } from './peripherals.ts';
import type { Repetition } from './repeat.ts';

function networkCard(
  option: NetworkOption,
  nowNs: () => number,
  repetition: Repetition,
): VirtioNet {
  const { area, bells, port, mac, capture } = option;
  const end = new HubPort({ area, port, bells, bell: DOORBELL.WORDS * port + DOORBELL.REQUESTS });
  const captured =
    capture === undefined ? end : new CapturedPort(end, new FileSink(capture), nowNs);
  return new VirtioNet(repetition.network(captured), mac);
}

/** Nothing is ever typed there. */
const SILENCE = { read: () => 0 };

/** Throws node's errors for files that cannot be created. */
export function consolePorts(options: ForeignOptions): ConsolePort[] {
  return options.ports.map(({ name, path }) => {
    return { name, isConsole: false, source: SILENCE, sink: new FileSink(path) };
  });
}

/** Disks come first: their drivers number them by their slots. Throws node's errors for files that cannot be opened. */
export function virtioDevices(
  options: ForeignOptions,
  port: HostPort<ForeignRequest>,
  terminal: VirtioConsole,
  nowNs: () => number,
  repetition: Repetition,
  peripherals: Peripherals,
  clock: () => Clock | undefined,
): VirtioModel[] {
  const { network } = options;
  return [
    ...options.disks.map((disk, index) => {
      const serial = diskSerial(disk, `disk${index}`);
      return new VirtioBlock(openDisk(disk, clock), serial, options.harts);
    }),
    terminal,
    new VirtioRng(createEntropy(options.deterministicSeed)),
    ...(network ? [networkCard(network, nowNs, repetition)] : []),
    ...options.shares.map((share) =>
      createVolumeDevice(share.tag, share, options.volumeChannel, port),
    ),
    ...peripherals.models,
  ];
}
