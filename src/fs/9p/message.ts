/** 9P2000.L messages on the wire, from the client's side: plan9 intro(5); diod, protocol.md; Linux, include/net/9p/9p.h. */
import { EIO, fail } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { Timestamp } from '../inode.ts';

/** Requests; a reply's type is one more. */
export const Tlerror = 6;
export const Tstatfs = 8;
export const Tlopen = 12;
export const Tlcreate = 14;
export const Tsymlink = 16;
export const Tmknod = 18;
export const Treadlink = 22;
export const Tgetattr = 24;
export const Tsetattr = 26;
export const Treaddir = 40;
export const Tfsync = 50;
export const Tlink = 70;
export const Tmkdir = 72;
export const Trenameat = 74;
export const Tunlinkat = 76;
export const Tversion = 100;
export const Tattach = 104;
export const Twalk = 110;
export const Tread = 116;
export const Twrite = 118;
export const Tclunk = 120;

/** size[4] type[1] tag[2] */
export const HEADER_BYTES = 7;
/** A target of a symbolic link, PATH_MAX, in its message. */
export const LINK_REPLY_BYTES = HEADER_BYTES + 2 + 4096;
/** What a read's or write's message has beside the data, rounded up: P9_IOHDRSZ. */
export const IO_HEADER_BYTES = 24;

/** Builds one request. */
export class Request {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = HEADER_BYTES;

  /** Room for `capacity` bytes behind the header; all of it is sent. Strings take 2 + length. */
  constructor(type: number, tag: number, capacity: number) {
    this.bytes = new Uint8Array(HEADER_BYTES + capacity);
    this.view = new DataView(this.bytes.buffer);
    this.view.setUint32(0, this.bytes.length, true);
    this.bytes[4] = type;
    this.view.setUint16(5, tag, true);
  }

  u16(value: number): this {
    this.view.setUint16(this.advance(2), value, true);
    return this;
  }

  u32(value: number): this {
    this.view.setUint32(this.advance(4), value, true);
    return this;
  }

  u64(value: number): this {
    this.u32(value % 2 ** 32);
    return this.u32(Math.floor(value / 2 ** 32));
  }

  /** Seconds may be negative: two's complement. */
  time(time: Timestamp): this {
    this.u32(time.seconds >>> 0);
    this.u32(Math.floor(time.seconds / 2 ** 32) >>> 0);
    return this.u64(time.nanoseconds);
  }

  string(text: string): this {
    this.u16(text.length);
    this.bytes.set(toBytes(text), this.advance(text.length));
    return this;
  }

  /** The next `length` bytes, for the caller to fill. */
  space(length: number): Uint8Array {
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  finish(): Uint8Array {
    return this.bytes;
  }

  private advance(count: number): number {
    const { at } = this;
    this.at += count;
    return at;
  }
}

/** qid[13]: which file it is, and a version that changes with its content. */
export interface Qid {
  readonly type: number;
  readonly version: number;
  readonly path: number;
}

/** Takes one reply apart. A message that ends early gives EIO. */
export class Reply {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = HEADER_BYTES;

  constructor(bytes: Uint8Array) {
    if (bytes.length < HEADER_BYTES) throw fail(EIO, '9p reply without a header');
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get type(): number {
    return this.bytes[4] as number;
  }

  /** Bytes that are left. */
  get rest(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    return this.bytes[this.take(1)] as number;
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** Exact below 2^53. */
  u64(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  time(): Timestamp {
    const low = this.u32();
    const seconds = (this.u32() | 0) * 2 ** 32 + low;
    return { seconds, nanoseconds: this.u64() };
  }

  string(): string {
    const length = this.u16();
    const at = this.take(length);
    return fromBytes(this.bytes, at, at + length);
  }

  /** A view of the reply's own bytes. */
  data(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  qid(): Qid {
    return { type: this.u8(), version: this.u32(), path: this.u64() };
  }

  private take(count: number): number {
    const { at } = this;
    if (at + count > this.bytes.length) throw fail(EIO, '9p reply is too short');
    this.at += count;
    return at;
  }
}
