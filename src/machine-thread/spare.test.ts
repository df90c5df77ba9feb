import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { MachineOptions } from '../protocol.ts';
import { HostPort } from './host-port.ts';
import { rehearse } from './spare.ts';

const folder = mkdtempSync(join(tmpdir(), 'hartix-spare-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is ready for another machine where the likely one cannot be made', () => {
  const path = join(folder, 'snapshot');
  writeFileSync(path, 'something else');
  const port = new HostPort(undefined, new Int32Array(new SharedArrayBuffer(64)));
  const likely: Partial<MachineOptions> = { restore: { kind: 'file', path, isShipped: false } };
  expect(rehearse(likely as MachineOptions, port)).toBeUndefined();
});
