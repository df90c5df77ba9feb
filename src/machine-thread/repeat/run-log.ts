/**
 * The file of `hartix record`: a first line that says what was recorded, then frames of what came into the machine, each item with its
 * place in the run. A frame is u32 length of its items, u32 length as stored, u32 CRC-32 of that, raw deflate of v8.serialize(LogItem[]).
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { MachineOptions, Request } from '../../protocol.ts';
import type { RunPosition } from './witness.ts';

export type LogItem = { readonly at: RunPosition } & (
  | /** The host was heard between two events. */ { readonly kind: 'ring' }
  | { readonly kind: 'request'; readonly request: Request }
  | /** A 9p share's answer; `message` is the CRC-32 of what was asked. */ {
      readonly kind: 'share';
      readonly tag: string;
      readonly message: number;
      readonly reply: Uint8Array;
    }
  | /** Nothing came; the trace hash was this. */ { readonly kind: 'check'; readonly hash: string }
  | { readonly kind: 'end'; readonly hash: string }
);

/** What must be the same for the run to be the same. */
export interface LogHeader {
  readonly options: Pick<
    MachineOptions,
    | 'memoryBytes'
    | 'mounts'
    | 'disks'
    | 'hasConsole'
    | 'windowSize'
    | 'environment'
    | 'deterministicSeed'
    | 'epochNs'
    | 'faults'
    | 'limits'
    | 'schedule'
    | 'commandLine'
    | 'isa'
  >;
  /** Of the root and the tools' image: RunLogError where they are others. */
  readonly images: readonly string[];
}

export interface RunLog {
  readonly header: LogHeader;
  readonly items: readonly LogItem[];
  /** The file ends before the recording did. */
  readonly isCut: boolean;
}

const MAGIC = 'hartix run log';
const VERSION = 1;
const FRAME_HEADER_BYTES = 12;
/** Items are written when there are so many bytes of payload, or so much time has passed since the last were. */
const FRAME_BYTES = 64 * 1024;
const FRAME_MS = 500;
const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/** No recording, or one that cannot be used; the message says why. */
export class RunLogError extends Error {
  override readonly name = 'RunLogError';
}

export class RunLogWriter {
  private readonly file: number;
  private items: LogItem[] = [];
  private bytes = 0;
  private writtenMs = performance.now();

  /** Throws RunLogError where it cannot be written. */
  constructor(path: string, header: LogHeader) {
    try {
      this.file = openSync(path, 'w');
    } catch (cause) {
      // 'ENOENT: no such file or directory, open …'
      const [reason] = (cause as Error).message.split(',');
      throw new RunLogError(`record: cannot write '${path}': ${reason}`, { cause });
    }
    const text = JSON.stringify(header);
    writeSync(this.file, `${MAGIC} ${VERSION} ${crc32(text).toString(16)} ${text}\n`);
  }

  add(item: LogItem): void {
    this.items.push(item);
    this.bytes += sizeOf(item);
    if (this.bytes >= FRAME_BYTES || performance.now() - this.writtenMs >= FRAME_MS) this.flush();
  }

  /** Nothing comes after this. */
  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    if (this.items.length === 0) return;
    const plain = serialize(this.items);
    const stored = deflateRawSync(plain, { level: 1 });
    const head = Buffer.alloc(FRAME_HEADER_BYTES);
    head.writeUInt32LE(plain.length, 0);
    head.writeUInt32LE(stored.length, 4);
    head.writeUInt32LE(crc32(stored), 8);
    writeSync(this.file, Buffer.concat([head, stored]));
    this.items = [];
    this.bytes = 0;
    this.writtenMs = performance.now();
  }
}

function sizeOf(item: LogItem): number {
  if (item.kind === 'share') return 64 + item.reply.length;
  const isInput = item.kind === 'request' && item.request.type === 'input';
  return 64 + (isInput ? (item.request.bytes?.length ?? 0) : 0);
}

/** Throws RunLogError. */
export function readRunLog(path: string): RunLog {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (cause) {
    throw new RunLogError(`cannot read '${path}'`, { cause });
  }
  const line = file.indexOf('\n');
  const header = parseHeader(file.subarray(0, Math.max(0, line)).toString('utf8'), path);
  const items: LogItem[] = [];
  let at = line + 1;
  while (at < file.length) {
    const frame = frameAt(file, at, path);
    if (frame === undefined) return { header, items, isCut: true };
    for (const item of frame.items) items.push(item);
    at = frame.end;
  }
  return { header, items, isCut: items.at(-1)?.kind !== 'end' };
}

function parseHeader(line: string, path: string): LogHeader {
  const match = /^hartix run log (\d+) ([0-9a-f]+) (\{.*\})$/s.exec(line);
  if (!match) throw new RunLogError(`'${path}' is no recording of hartix record`);
  const [, version, checksum = '', text = ''] = match;
  if (Number(version) !== VERSION) {
    throw new RunLogError(
      `'${path}' has version ${version} of the format, this Hartix reads ${VERSION}: replay it with the one that made it`,
    );
  }
  if (crc32(text) !== Number.parseInt(checksum, 16))
    throw new RunLogError(`'${path}' is damaged: its first line was altered`);
  return JSON.parse(text) as LogHeader;
}

/** Undefined where the file ends before the frame does. Throws RunLogError. */
function frameAt(
  file: Buffer,
  at: number,
  path: string,
): { items: readonly LogItem[]; end: number } | undefined {
  if (at + FRAME_HEADER_BYTES > file.length) return undefined;
  const [plainBytes, storedBytes] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)];
  const start = at + FRAME_HEADER_BYTES;
  const damaged = (cause?: unknown) =>
    new RunLogError(`'${path}' is damaged: the frame at byte ${at} was altered`, { cause });
  if (plainBytes > MAX_FRAME_BYTES || storedBytes > MAX_FRAME_BYTES) throw damaged();
  if (start + storedBytes > file.length) return undefined;
  const stored = file.subarray(start, start + storedBytes);
  if (crc32(stored) !== file.readUInt32LE(at + 8)) throw damaged();
  try {
    const plain = inflateRawSync(stored, { maxOutputLength: plainBytes + 1 });
    const items: unknown = deserialize(plain);
    if (plain.length !== plainBytes || !Array.isArray(items)) throw damaged();
    return { items: items as LogItem[], end: start + storedBytes };
  } catch (cause) {
    throw cause instanceof RunLogError ? cause : damaged(cause);
  }
}
