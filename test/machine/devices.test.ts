/** Devices that programs drive through the API, against a bare driver written from virtio 1.2; disks that keep nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OptionError, openMachine } from '../../src/index.ts';
import { assemble } from '../support/bare-machine/bare-machine.ts';

const RAM = 0x8000_0000;
const folder = mkdtempSync(join(tmpdir(), 'hartix-devices-'));
const kernel = join(folder, 'devices.elf');
const port = join(folder, 'port');

beforeAll(() => writeFileSync(kernel, assemble(join(import.meta.dirname, 'devices.c'), RAM)));
afterAll(() => rmSync(folder, { recursive: true }));

it('asks the balloon, presses keys, moves the pointer, and writes a port to its file', async () => {
  const machine = await openMachine({
    kernel,
    memory: '16M',
    devices: ['balloon', 'keyboard', 'tablet'],
    ports: { log: port },
  });
  try {
    // Console, entropy, balloon, input, input: virtio 1.2, section 5.
    await machine.waitFor('devices 3 4 5 18 18\n');
    machine.setBalloon(5 * 2 ** 20);
    await machine.waitFor('pages 1280\n');
    expect((await machine.statistics())['balloonPages']).toBe(0);
    machine.key(30, true);
    await machine.waitFor('event 1 30 1\nevent 0 0 0\n');
    machine.pointer(1, 0.5);
    await machine.waitFor('event 3 0 32767\nevent 3 1 16384\nevent 0 0 0\n');
    machine.button('RIGHT', true);
    await machine.waitFor('event 1 273 1\nevent 0 0 0\n');
    machine.key(30, true);
    machine.key(30, false);
    await machine.waitFor('event 1 30 0\n');
    machine.key(1, true);
    expect(await machine.halted).toBe(0);
    expect(readFileSync(port, 'utf8')).toBe('from port 1\n');
  } finally {
    await machine.close();
  }
});

it('says which device is missing', async () => {
  const machine = await openMachine({ kernel, memory: '16M', ports: { log: port } });
  try {
    expect(() => machine.setBalloon(0)).toThrow(OptionError);
    expect(() => machine.key(1, true)).toThrow('the machine has no keyboard');
  } finally {
    await machine.close();
  }
  await expect(openMachine({ kernel, devices: ['joystick' as never] })).rejects.toThrow(
    "there is no 'joystick'",
  );
});

it('records what devices are told, and the window, and tells them the same again', async () => {
  const log = join(folder, 'inputs.log');
  const options = {
    kernel,
    memory: '16M',
    devices: ['balloon', 'keyboard', 'tablet'] as const,
    ports: { log: port },
  };
  const run = async (
    how: { deterministic: number; record: string } | { replay: string; translate?: boolean },
  ) => {
    const machine = await openMachine({ ...options, ...how });
    let output = '';
    machine.output.on('data', (bytes: Uint8Array) => {
      output += new TextDecoder().decode(bytes);
      if ('replay' in how) return;
      // One after the other, each once the guest has answered the last.
      const steps = [
        () => machine.setBalloon(5 * 2 ** 20),
        () => machine.key(30, true),
        () => machine.resize({ rows: 50, columns: 132 }),
        () => machine.pointer(1, 0.5),
        () => machine.button('LEFT', true),
      ];
      const lines = output.split('\n').length - 1;
      while (done < Math.min(lines, steps.length)) steps[done++]?.();
      // The end, which comes from another device.
      if (output.includes('event 1 272 1\n')) machine.key(1, true);
    });
    let done = 0;
    try {
      expect(await machine.halted).toBe(0);
      const { traceHash, difference } = machine;
      return { output, traceHash, difference };
    } finally {
      await machine.close();
    }
  };
  const recorded = await run({ deterministic: 3, record: log });
  expect(recorded.output).toContain('pages 1280\n');
  expect(recorded.output).toContain('event 1 272 1\n');
  expect(await run({ replay: log })).toEqual(recorded);
  expect(await run({ replay: log, translate: false })).toEqual(recorded);
  const damaged = readFileSync(log, 'utf8').replace(/("door":"host","bytes":")../, '$100');
  writeFileSync(log, damaged);
  await expect(run({ replay: log })).rejects.toThrow(/damaged request/);
});
