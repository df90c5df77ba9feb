/** The back end of a disk that the user named. */
import type { Clock } from '../machine/clock.ts';
import { FileDisk } from '../machine/host/file-disk.ts';
import { RecordedDisk } from '../machine/host/recorded-disk.ts';
import type { BlockBackend } from '../machine/virtio/block.ts';
import { ModelledDisk } from '../machine/virtio/disk-model.ts';
import { OverlayDisk } from '../machine/virtio/overlay.ts';
import type { DiskOption } from '../protocol.ts';

/** Disks are made before the machine: `clock` is asked for when time passes. Throws node's errors for files that cannot be opened. */
export function openDisk(
  { path, isReadOnly, isCopied, model, recordPath }: DiskOption,
  clock: () => Clock | undefined,
): BlockBackend {
  const file = new FileDisk(path, isReadOnly || isCopied);
  const plain = isCopied ? new OverlayDisk(file) : file;
  const recorded = recordPath === undefined ? plain : new RecordedDisk(plain, recordPath);
  return model === undefined ? recorded : new ModelledDisk(recorded, model, clock);
}

/** What a disk says it is: a hard disk has a name that drivers know. */
export function diskSerial({ model }: DiskOption, name: string): string {
  return `hartix-${model === undefined ? '' : `${model}-`}${name}`;
}
