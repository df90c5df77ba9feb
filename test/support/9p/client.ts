/** A hand-written 9P2000.L client for tests: requests as lists of fields, by the protocol's documentation. */

type Field = { bits: 8 | 16 | 32 | 64; value: number } | { text: string } | { bytes: Uint8Array };

export const u8 = (value: number): Field => ({ bits: 8, value });
export const u16 = (value: number): Field => ({ bits: 16, value });
export const u32 = (value: number): Field => ({ bits: 32, value });
export const u64 = (value: number): Field => ({ bits: 64, value });
export const str = (text: string): Field => ({ text });
export const data = (bytes: Uint8Array): Field => ({ bytes });

function encode(field: Field): number[] {
  if ('bytes' in field) return [...field.bytes];
  if ('text' in field) {
    const bytes = [...new TextEncoder().encode(field.text)];
    return [bytes.length & 0xff, bytes.length >>> 8, ...bytes];
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(field.value), true);
  return [...new Uint8Array(view.buffer, 0, field.bits / 8)];
}

/** The server answered Rlerror. */
export class RemoteError extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

export class TestClient {
  private readonly answer: (message: Uint8Array) => Uint8Array;
  private nextFid = 1;

  constructor(answer: (message: Uint8Array) => Uint8Array) {
    this.answer = answer;
    this.call(100, u32(65536), str('9P2000.L'));
    this.call(104, u32(0), u32(0xffff_ffff), str('root'), str(''), u32(0));
  }

  /** The reply's body as a view; throws RemoteError for Rlerror. */
  call(type: number, ...fields: Field[]): DataView {
    const body = fields.flatMap(encode);
    const size = body.length + 7;
    const head = [size & 0xff, (size >>> 8) & 0xff, (size >>> 16) & 0xff, size >>> 24];
    const reply = this.answer(Uint8Array.from([...head, type, 0x34, 0x12, ...body]));
    const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
    if (view.getUint32(0, true) !== reply.length) throw new Error('wrong size in the reply');
    if (view.getUint16(5, true) !== 0x1234) throw new Error('wrong tag in the reply');
    const result = new DataView(reply.buffer, reply.byteOffset + 7, reply.length - 7);
    if (view.getUint8(4) === 7) throw new RemoteError(result.getUint32(0, true));
    if (view.getUint8(4) !== type + 1) throw new Error('wrong type of the reply');
    return result;
  }

  /** A new fid at a path from the root; throws RemoteError(2) where only a part of it exists. */
  walk(...names: string[]): number {
    const fid = this.nextFid++;
    const reply = this.call(110, u32(0), u32(fid), u16(names.length), ...names.map(str));
    if (reply.getUint16(0, true) !== names.length) throw new RemoteError(2);
    return fid;
  }

  open(flags: number, ...names: string[]): number {
    const fid = this.walk(...names);
    this.call(12, u32(fid), u32(flags));
    return fid;
  }

  create(flags: number, mode: number, name: string, ...directory: string[]): number {
    const fid = this.walk(...directory);
    this.call(14, u32(fid), str(name), u32(flags), u32(mode), u32(0));
    return fid;
  }

  read(fid: number, offset = 0, count = 4096): string {
    const reply = this.call(116, u32(fid), u64(offset), u32(count));
    const length = reply.getUint32(0, true);
    return new TextDecoder().decode(
      new Uint8Array(reply.buffer, reply.byteOffset + 4, length).slice(),
    );
  }

  write(fid: number, text: string, offset = 0): number {
    const bytes = new TextEncoder().encode(text);
    return this.call(118, u32(fid), u64(offset), u32(bytes.length), data(bytes)).getUint32(0, true);
  }

  /** Names of an open directory, read in pieces of `count` bytes. */
  list(fid: number, count = 8192): string[] {
    const names: string[] = [];
    for (let offset = 0; ; ) {
      const reply = this.call(40, u32(fid), u64(offset), u32(count));
      const end = 4 + reply.getUint32(0, true);
      if (end === 4) return names;
      for (let at = 4; at < end; ) {
        offset = Number(reply.getBigUint64(at + 13, true));
        const length = reply.getUint16(at + 22, true);
        names.push(
          new TextDecoder().decode(
            new Uint8Array(reply.buffer, reply.byteOffset + at + 24, length).slice(),
          ),
        );
        at += 24 + length;
      }
    }
  }

  attributes(fid: number): { mode: number; uid: number; gid: number; nlink: number; size: number } {
    const reply = this.call(24, u32(fid), u64(0x7ff));
    return {
      mode: reply.getUint32(21, true),
      uid: reply.getUint32(25, true),
      gid: reply.getUint32(29, true),
      nlink: Number(reply.getBigUint64(33, true)),
      size: Number(reply.getBigUint64(49, true)),
    };
  }

  clunk(fid: number): void {
    this.call(120, u32(fid));
  }
}
