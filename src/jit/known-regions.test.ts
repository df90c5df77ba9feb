/** Regions that one engine asked for are given to others where they fit. */
import { expect, it } from 'vitest';
import { EXECUTED, INTERPRETED, type RegionRequest } from './control-flow.ts';
import { KnownRegions } from './known-regions.ts';

const MODULE = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));

function request(page: number, entry: number, changes: Record<number, number> = {}): RegionRequest {
  const code = new Uint16Array(2048).fill(1);
  for (const [halfword, value] of Object.entries(changes)) code[Number(halfword)] = value;
  return { page, entry, code, executed: new Uint8Array(2048).fill(EXECUTED), indirect: [] };
}

it('finds a region by its page, entry and bytes', () => {
  const known = new KnownRegions();
  const region = { module: MODULE, name: 'r3', covered: new Uint16Array([4, 5, 6]), byteLength: 8 };
  known.remember(request(7, 8), region);
  expect(known.find(request(7, 8))).toMatchObject(region);
  expect(known.find(request(6, 8))).toBeUndefined();
  expect(known.find(request(7, 10))).toBeUndefined();
  // Bytes that the region was not made from do not matter.
  expect(known.find(request(7, 8, { 7: 2 }))).toMatchObject(region);
  expect(known.find(request(7, 8, { 6: 2 }))).toBeUndefined();
});

it('does not give a region over an instruction that a debugger wants to be asked about', () => {
  const known = new KnownRegions();
  const covered = new Uint16Array([4, 5, 6]);
  known.remember(request(7, 8), { module: MODULE, name: 'r0', covered, byteLength: 8 });
  const marked = request(7, 8);
  marked.executed[5] = INTERPRETED;
  expect(known.find(marked)).toBeUndefined();
});

it('forgets the oldest', () => {
  const known = new KnownRegions();
  const covered = new Uint16Array([0]);
  for (let page = 0; page <= 4096; page++)
    known.remember(request(page, 0), { module: MODULE, name: 'r0', covered, byteLength: 8 });
  expect(known.find(request(0, 0))).toBeUndefined();
  expect(known.find(request(1, 0))).toBeDefined();
});
