import { describe, expect, it } from 'vitest';
import {
  endLine,
  headerLine,
  inputLine,
  type LoggedInput,
  type Position,
  parseInputLog,
} from './input-log.ts';
import { RecordingDoors, ReplayingDoors } from './inputs.ts';

const header = { seed: 7, machine: '{"harts":1}' };
const input = { retired: 5, ticks: 6, door: 'console', bytes: Uint8Array.of(0, 255) };

describe('an input log', () => {
  const text = headerLine(header) + inputLine(input) + endLine('0123456789abcdef');

  it('comes back as it was written, also cut short between two lines', () => {
    expect(parseInputLog(text)).toEqual({ header, inputs: [input], hash: '0123456789abcdef' });
    const cut = headerLine(header) + inputLine(input);
    expect(parseInputLog(cut)).toEqual({ header, inputs: [input], hash: undefined });
  });

  it('is refused where it is something else', () => {
    expect(() => parseInputLog('')).toThrow(/no input log/);
    expect(() => parseInputLog('{"format":"other"}')).toThrow(/no input log/);
    expect(() => parseInputLog(text.replace('"version":1', '"version":2'))).toThrow(/version 2/);
    expect(() => parseInputLog(text.replace('"seed":7', '"seed":"x"'))).toThrow(/line 1/);
    expect(() => parseInputLog(text.replace('00ff', '00f'))).toThrow(/line 2 .* no input/);
    expect(() => parseInputLog(`${headerLine(header)}[`)).toThrow(/line 2 .* damaged/);
    expect(() => parseInputLog(text + inputLine(input))).toThrow(/behind its end/);
  });
});

describe('doors', () => {
  let position: Position = { retired: 0, ticks: 0 };
  const at = (retired: number, ticks = retired): void => {
    position = { retired, ticks };
  };
  const read = (source: { read(into: Uint8Array): number }, room = 8): string => {
    const into = new Uint8Array(room);
    return String.fromCharCode(...into.subarray(0, source.read(into)));
  };

  it('give in a replay what they gave when it was recorded, at the same place', () => {
    const typed = ['', 'ab', '', 'c'];
    const log: LoggedInput[] = [];
    const recording = new RecordingDoors(
      () => position,
      (entry) => log.push(entry),
    );
    const stream = recording.stream('console', {
      read: (into) => {
        const bytes = new TextEncoder().encode(typed.shift());
        into.set(bytes);
        return bytes.length;
      },
    });
    const receive = recording.frames('network', () => Uint8Array.of(position.retired));
    const readAt = (source: typeof stream, places: readonly number[]): string[] =>
      places.map((retired) => {
        at(retired);
        return read(source);
      });
    const seen = readAt(stream, [10, 20, 30, 40]);
    expect(seen).toEqual(['', 'ab', '', 'c']);
    at(50);
    receive();
    const replay = new ReplayingDoors(() => position, log);
    const again = replay.stream('console');
    const frames = replay.frames('network');
    expect(readAt(again, [10, 20, 20, 30, 40])).toEqual(['', 'ab', '', '', 'c']);
    expect(replay.left).toBe(1);
    expect(frames()).toBeUndefined();
    at(50);
    expect(frames()).toEqual(Uint8Array.of(50));
    expect(replay.left).toBe(0);
    expect(replay.difference).toBeUndefined();
  });

  it('notice that the place of an input was passed', () => {
    const replay = new ReplayingDoors(() => position, [input]);
    at(5, 6);
    expect(replay.difference).toBeUndefined();
    expect(read(replay.stream('console'), 1)).toBe('');
    at(5, 7);
    expect(replay.difference).toMatch(/input 1 .* instruction 5, tick 6/);
    at(6, 0);
    expect(replay.difference).toMatch(/passed/);
  });
});
