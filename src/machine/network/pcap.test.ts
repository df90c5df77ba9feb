/** Captures, byte by byte as the draft describes the format. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSink } from '../host/file-sink.ts';
import { CapturedPort } from './pcap.ts';

/** An ARP request for 10.0.0.2 from 10.0.0.1 (RFC 826). */
const ARP = Uint8Array.from([
  ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0, 0, 1, 8, 6],
  ...[0, 1, 8, 0, 6, 4, 0, 1],
  ...[0x52, 0x54, 0, 0, 0, 1, 10, 0, 0, 1],
  ...[0, 0, 0, 0, 0, 0, 10, 0, 0, 2],
]);

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;
if (!hasTcpdump) console.warn('SKIPPED in part: tcpdump is missing (apt-get install tcpdump)');

describe('a capture', () => {
  it('has what was sent and received, with times', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hartix-pcap-'));
    const path = join(folder, 'net.pcap');
    const sent: Uint8Array[] = [];
    const arriving = [ARP.slice(0, 20)];
    const port = {
      send: (bytes: Uint8Array) => void sent.push(bytes),
      receive: () => arriving.shift(),
    };
    const file = new FileSink(path);
    let now = 1_767_225_600e9;
    const captured = new CapturedPort(port, file, () => now);
    captured.send(ARP);
    now += 1_500_000_000;
    expect([captured.receive(), captured.receive()]).toEqual([ARP.slice(0, 20), undefined]);
    file.close();
    expect(sent).toEqual([ARP]);
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(24 + 16 + 42 + 16 + 20);
    expect([...bytes.subarray(0, 8)]).toEqual([0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0]);
    expect([20, 24, 28, 32, 36].map((at) => bytes.readUInt32LE(at))).toEqual([
      1, 1_767_225_600, 0, 42, 42,
    ]);
    expect([...bytes.subarray(40, 82)]).toEqual([...ARP]);
    expect([82, 86, 90, 94].map((at) => bytes.readUInt32LE(at))).toEqual([
      1_767_225_601, 500_000_000, 20, 20,
    ]);
    if (hasTcpdump) {
      const { stdout } = spawnSync('tcpdump', ['-nr', path, '--nano'], { env: { TZ: 'UTC' } });
      expect(stdout.toString()).toContain(
        '00:00:00.000000000 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      );
    }
    rmSync(folder, { recursive: true });
  });
});
