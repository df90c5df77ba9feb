import { describe, expect, it } from 'vitest';
import { encodePacket, fromHex, PacketReader, toBytes } from './packet.ts';

/** The examples of "Debugging with GDB", appendix E.1. */
describe('packets', () => {
  const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

  it('have a checksum modulo 256', () => {
    expect(text(encodePacket('OK'))).toBe('$OK#9a');
    expect(text(encodePacket(''))).toBe('$#00');
    expect(text(encodePacket('a}b'))).toBe('$a}]b#9d');
  });

  it('are found in a stream that comes in pieces', () => {
    const reader = new PacketReader();
    expect(reader.feed(toBytes('++$m8000'))).toEqual([]);
    expect(reader.feed(toBytes('0000,4#'))).toEqual([]);
    const sum = [...'m80000000,4'].reduce((all, c) => (all + c.charCodeAt(0)) & 0xff, 0);
    const events = reader.feed(toBytes(`${sum.toString(16)}\u0003-`));
    expect(events).toEqual([
      { kind: 'packet', payload: 'm80000000,4' },
      { kind: 'interrupt' },
      { kind: 'again' },
    ]);
  });

  it('carry any byte, escaped', () => {
    const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    expect(new PacketReader().feed(encodePacket(all))).toEqual([{ kind: 'packet', payload: all }]);
  });

  it('are refused with a wrong checksum', () => {
    expect(new PacketReader().feed(toBytes('$OK#9b'))).toEqual([{ kind: 'damaged' }]);
  });

  it('hexadecimal text must be whole bytes', () => {
    expect(fromHex('00fF')).toEqual(Uint8Array.of(0, 255));
    expect(fromHex('0')).toBeUndefined();
    expect(fromHex('0g')).toBeUndefined();
  });
});
