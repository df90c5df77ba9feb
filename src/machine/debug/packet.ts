/** Framing of the GDB remote serial protocol ("Debugging with GDB", appendix E.1). A payload is a string of bytes 0 to 255. */

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
const ESCAPE_XOR = 0x20;
const CONTROL_C = 0x03;
/** Announced as PacketSize; what is longer is thrown away. */
export const MAX_PACKET_BYTES = 0x8000;

export type PacketEvent =
  | { readonly kind: 'packet'; readonly payload: string }
  /** The checksum is wrong: the client is asked to send it again. */
  | { readonly kind: 'damaged' }
  /** The client did not understand the last answer. */
  | { readonly kind: 'again' }
  /** ^C */
  | { readonly kind: 'interrupt' };

type Place = 'outside' | 'payload' | 'escaped' | 'checksum';

/** Takes the stream from the client apart. */
export class PacketReader {
  private place: Place = 'outside';
  private payload: number[] = [];
  private sum = 0;
  private digits = '';

  feed(bytes: Uint8Array): PacketEvent[] {
    const events: PacketEvent[] = [];
    for (const byte of bytes) {
      const event = this.take(byte);
      if (event) events.push(event);
    }
    return events;
  }

  private take(byte: number): PacketEvent | undefined {
    switch (this.place) {
      case 'outside':
        return this.takeOutside(byte);
      case 'checksum':
        return this.takeDigit(byte);
      case 'payload':
      case 'escaped':
        this.takePayload(byte);
        return undefined;
    }
  }

  private takeOutside(byte: number): PacketEvent | undefined {
    if (byte === CONTROL_C) return { kind: 'interrupt' };
    if (byte === 0x2d) return { kind: 'again' };
    if (byte === DOLLAR) this.start();
    return undefined;
  }

  private start(): void {
    this.place = 'payload';
    this.payload = [];
    this.sum = 0;
  }

  private takePayload(byte: number): void {
    if (byte === DOLLAR) {
      this.start();
      return;
    }
    if (byte === HASH) {
      this.place = 'checksum';
      this.digits = '';
      return;
    }
    this.sum = (this.sum + byte) & 0xff;
    if (this.place === 'escaped') {
      this.payload.push(byte ^ ESCAPE_XOR);
      this.place = 'payload';
    } else if (byte === ESCAPE) {
      this.place = 'escaped';
    } else if (this.payload.length < MAX_PACKET_BYTES) {
      this.payload.push(byte);
    }
  }

  private takeDigit(byte: number): PacketEvent | undefined {
    this.digits += String.fromCharCode(byte);
    if (this.digits.length < 2) return undefined;
    this.place = 'outside';
    if (Number.parseInt(this.digits, 16) !== this.sum) return { kind: 'damaged' };
    return { kind: 'packet', payload: fromBytes(this.payload) };
  }
}

/** `$payload#checksum`, with what has a meaning escaped. */
export function encodePacket(payload: string): Uint8Array {
  const escaped = payload.replace(
    /[#$}*]/g,
    (character) => `}${String.fromCharCode(character.charCodeAt(0) ^ ESCAPE_XOR)}`,
  );
  let sum = 0;
  for (let i = 0; i < escaped.length; i++) sum = (sum + escaped.charCodeAt(i)) & 0xff;
  return toBytes(`$${escaped}#${sum.toString(16).padStart(2, '0')}`);
}

export function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function fromBytes(bytes: ArrayLike<number>): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Undefined where the text is not pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** A 64-bit number in hexadecimal digits, or undefined. */
export function parseAddress(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[0-9a-f]{1,16}$/i.test(text)) return undefined;
  return BigInt(`0x${text}`);
}

/** A number below 2^32 in hexadecimal digits, or undefined. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9a-f]{1,8}$/i.test(text)) return undefined;
  return Number.parseInt(text, 16);
}
