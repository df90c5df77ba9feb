/** How the requests of a machine come in: at once, in order, written down, or from a recording. Decided once, by the options. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Scheduler } from '../../kernel/scheduler.ts';
import type { Clock } from '../../machine/clock.ts';
import type { MessageServer } from '../../machine/virtio/9p.ts';
import type { MachineOptions } from '../../protocol.ts';
import type { HostPort } from '../host-port.ts';
import { Recording } from './recording.ts';
import { Replaying } from './replaying.ts';
import { OpenGate, OrderedGate, PacedGate, type RequestGate } from './request-gate.ts';
import { type LogHeader, type RunLog, RunLogError, RunLogWriter, readRunLog } from './run-log.ts';
import type { Witness } from './witness.ts';

const SAMPLE_BYTES = 4096;
const SAMPLES = 64;

/** Its size, and the CRC-32 of samples of it, the first of them the superblock's: reading all of an image would take seconds. */
function fingerprint(path: string): string {
  const { size } = statSync(path);
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(SAMPLE_BYTES);
    let sum = 0;
    for (let i = 0; i < SAMPLES; i++) {
      const count = readSync(file, bytes, 0, SAMPLE_BYTES, Math.floor((size / SAMPLES) * i));
      sum = crc32(bytes.subarray(0, count), sum);
    }
    return `${size} bytes, ${sum.toString(16)}`;
  } finally {
    closeSync(file);
  }
}

function imagesOf({ rootImage, toolsImage, disks }: MachineOptions): string[] {
  const paths = [rootImage, ...(toolsImage === undefined ? [] : [toolsImage])];
  return [...paths, ...disks.map(({ path }) => path)].map(fingerprint);
}

function headerOf(options: MachineOptions): LogHeader {
  const { memoryBytes, mounts, disks, hasConsole, windowSize, environment } = options;
  const { deterministicSeed, epochNs, faults, schedule, limits, commandLine, isa } = options;
  return {
    options: {
      ...{ memoryBytes, mounts, disks, hasConsole, windowSize, environment },
      ...{ deterministicSeed, epochNs, faults, schedule, limits, commandLine, isa },
    },
    images: imagesOf(options),
  };
}

export interface GateParts {
  readonly port: HostPort;
  /** Given by functions, for they are made after this. */
  readonly scheduler: () => Scheduler | undefined;
  readonly clock: () => Clock | undefined;
}

export class Repetition {
  readonly options: MachineOptions;
  readonly gate: RequestGate;
  readonly recording: Recording | undefined;
  readonly replaying: Replaying | undefined;

  /** Throws RunLogError, and node's errors. */
  constructor(given: MachineOptions, parts: GateParts) {
    const { recordFile, replayFile } = given;
    const log = replayFile === undefined ? undefined : readRunLog(replayFile);
    this.options = log ? { ...given, ...log.header.options } : given;
    if (log) checkImages(log, this.options);
    this.replaying = log && new Replaying(log, parts.port);
    const live = liveGate(this.options, parts);
    this.recording =
      recordFile === undefined
        ? undefined
        : new Recording(new RunLogWriter(recordFile, headerOf(given)), live);
    this.gate = this.replaying ?? this.recording ?? live;
  }

  attach(witness: Witness): void {
    this.replaying?.attach(witness);
    this.recording?.attach(witness);
  }

  /** What answers for a mount: `make` opens the folder or volume. */
  share(tag: string, make: () => MessageServer): MessageServer {
    if (this.replaying) return this.replaying.share(tag);
    return this.recording ? this.recording.share(tag, make()) : make();
  }
}

function checkImages({ header }: RunLog, options: MachineOptions): void {
  const images = imagesOf(options);
  header.images.forEach((image, index) => {
    if (images[index] === image) return;
    const name = index === 0 ? 'root image (--rootfs)' : `disk ${index}`;
    throw new RunLogError(
      `replay: the ${name} is another one (${images[index] ?? 'none'}) than was recorded (${image})`,
    );
  });
}

function liveGate(options: MachineOptions, { port, scheduler, clock }: GateParts): RequestGate {
  if (options.deterministicSeed === undefined) return new OpenGate(port);
  return options.isPaced ? new PacedGate(port, clock) : new OrderedGate(port, scheduler, clock);
}
