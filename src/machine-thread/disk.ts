/** The back end of a disk that the user named. */
import type { Clock } from '../machine/clock.ts';
import { FileDisk } from '../machine/host/file-disk.ts';
import { RecordedDisk } from '../machine/host/recorded-disk.ts';
import type { BlockBackend } from '../machine/virtio/block-backend.ts';
import { ModelledDisk } from '../machine/virtio/disk-model.ts';
import { MemoryDisk, OverlayDisk } from '../machine/virtio/overlay.ts';
import { VolatileDisk } from '../machine/virtio/volatile-disk.ts';
import { WornDisk } from '../machine/virtio/worn-disk.ts';
import type { DiskOption } from '../protocol.ts';

/** Of a disk without a file. */
const UNNAMED_BYTES = 64 * 2 ** 20;

function emptyDisk(): BlockBackend {
  return new MemoryDisk(new Uint8Array(UNNAMED_BYTES), false);
}

function fileDisk(path: string, isReadOnly: boolean, isCopied: boolean): BlockBackend {
  const file = new FileDisk(path, isReadOnly || isCopied);
  return isCopied ? new OverlayDisk(file) : file;
}

/** Disks are made before the machine: `clock` is asked for when time passes. Throws node's errors for files that cannot be opened. */
export function openDisk(
  { path, isReadOnly, isCopied, model, recordPath, cache, wrongBits }: DiskOption,
  clock: () => Clock | undefined,
): BlockBackend {
  const plain = path === '' ? emptyDisk() : fileDisk(path, isReadOnly, isCopied);
  const recorded = recordPath === undefined ? plain : new RecordedDisk(plain, recordPath);
  const worn = wrongBits === undefined ? recorded : new WornDisk(recorded, wrongBits);
  const cached = cache === undefined ? worn : new VolatileDisk(worn, cache === 'lying');
  return model === undefined ? cached : new ModelledDisk(cached, model, clock);
}

/** What a disk says it is: a hard disk has a name that drivers know. */
export function diskSerial({ model }: DiskOption, name: string): string {
  return `hartix-${model === undefined ? '' : `${model}-`}${name}`;
}
