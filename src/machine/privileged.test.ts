/**
 * test/support/bare-machine/privileged.S: what each of its tries must come to by the privileged spec 20240411, and by the
 * debug spec 1.0 for triggers. QEMU 10.0 agrees but where a comment says so.
 */
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  symbolsOf,
} from '../../test/support/bare-machine/bare-machine.ts';
import { ConformanceMachine, MODES } from '../../test/support/bare-machine/conformance-machine.ts';

const RAM = 0x8000_0000;
const VA = 0x4000_0000;
const LIMIT = 200_000;
/** What is noted where nothing trapped. */
const PASSED = 0xffff_ffff_ffff_ffffn;
const RECORD_BYTES = 16;

/** Causes, from table 14. */
const FETCH_ACCESS = 1;
const ILLEGAL = 2;
const BREAKPOINT = 3;
const LOAD_MISALIGNED = 4;
const LOAD_ACCESS = 5;
const STORE_MISALIGNED = 6;
const STORE_ACCESS = 7;
const CALL_U = 8;
const CALL_S = 9;
const CALL_M = 11;
const FETCH_PAGE = 12;
const LOAD_PAGE = 13;
const STORE_PAGE = 15;

/** Symbol and offset, or the value itself. */
type Value = number | readonly [symbol: string, offset: number];
/** What was tried, mcause and mtval; 'ok' and a0 where nothing trapped. */
type Row = readonly [what: string, cause: number | 'ok', value: Value];

const illegal = (what: string, bits: number): Row => [what, ILLEGAL, bits];
const fromU = (what: string): Row => [what, CALL_U, 0];
const fromS = (what: string): Row => [what, CALL_S, 0];
const words = (offset: number): Value => ['words', offset];

const INSTRUCTIONS: readonly Row[] = [
  illegal('mstatus in U', 0x3000_2573),
  illegal('mscratch in S', 0x3400_2573),
  illegal('sret in U', 0x1020_0073),
  illegal('mret in S', 0x3020_0073),
  // QEMU permits it.
  illegal('sfence.w.inval in U', 0x1800_0073),
  illegal('sfence.vma in U', 0x1200_0073),
  illegal('stimecmp in S without STCE', 0x14d0_2573),
  illegal('cycle in U without mcounteren', 0xc000_2573),
  illegal('satp in S under TVM', 0x1800_2573),
  illegal('sfence.vma in S under TVM', 0x1200_0073),
  illegal('sinval.vma in S under TVM', 0x1600_0073),
  fromS('sfence.inval.ir in S under TVM'),
  illegal('wfi in S under TW', 0x1050_0073),
  illegal('sret in S under TSR', 0x1020_0073),
  illegal('no instruction', 0x707f),
  illegal('16 zero bits', 0),
  ['ebreak', BREAKPOINT, ['ebreak_at', 0]],
  ['ecall in M', CALL_M, 0],
];

const PROTECTION: readonly Row[] = [
  fromU('load of what is readable'),
  ['store to it', STORE_ACCESS, words(8)],
  ['load of which half matches', LOAD_ACCESS, words(8)],
  fromU('load behind it'),
  fromU('load before it'),
  ['half a match in M', LOAD_ACCESS, words(8)],
  ['store of M: the entry is not locked', 'ok', 0],
  ['store of M as U', STORE_ACCESS, words(8)],
  ['amo of M as U beside it', 'ok', 0],
  ['lr of M as U', 'ok', 0],
  fromU('load before a range'),
  ['load in a range', LOAD_ACCESS, words(16)],
  ['byte at its end', LOAD_ACCESS, words(23)],
  fromU('load behind a range'),
  ['misaligned load that ends in it', LOAD_ACCESS, words(13)],
  ['fetch without X', FETCH_ACCESS, ['snippet', 0]],
  fromU('fetch behind that in the same page'),
  ['fetch of which the second half is not executable', FETCH_ACCESS, ['snippet', 4]],
];

const TRANSLATION: readonly Row[] = [
  ['load of S', 'ok', 0x1111],
  ['load of U from a page of S', LOAD_PAGE, VA],
  ['load of U', 'ok', 0x1111],
  ['load of S from a page of U', LOAD_PAGE, VA],
  ['the same under SUM', 'ok', 0x1111],
  ['fetch of S from a page of U under SUM', FETCH_PAGE, VA],
  ['load from a page with X only', LOAD_PAGE, VA],
  ['the same under MXR', 'ok', 0x1111],
  ['W without R', LOAD_PAGE, VA],
  ['bit 54', LOAD_PAGE, VA],
  ['bit 60', STORE_PAGE, VA],
  ['A in a pointer', LOAD_PAGE, VA],
  ['U in a pointer', LOAD_PAGE, VA],
  ['misaligned superpage', STORE_PAGE, VA],
  ['fetch from it', FETCH_PAGE, VA],
  ['leaf at an address without memory', LOAD_ACCESS, VA],
  ['table at an address without memory', STORE_ACCESS, VA],
  ['address that is not canonical', LOAD_PAGE, 2 ** 38],
  ['A clear under Svade', LOAD_PAGE, VA],
  ['D clear under Svade, load', 'ok', 0x1111],
  ['D clear under Svade, store', STORE_PAGE, VA],
  ['D clear under Svadu, store', 'ok', 0x1111],
  ['flags after that', 'ok', 0xcf],
  ['A clear under Svadu', 'ok', 0x1111],
  ['flags after that', 'ok', 0x4f],
  ['PBMT 1 without PBMTE', LOAD_PAGE, VA],
  ['PBMT 1', 'ok', 0x1111],
  ['PBMT 2', 'ok', 0x1111],
  ['PBMT 3', LOAD_PAGE, VA],
  ['PBMT in a pointer', LOAD_PAGE, VA],
  ['64 KiB page, sixth piece', 'ok', 0x5555],
  ['other size of page', LOAD_PAGE, VA],
  ['N in a pointer', LOAD_PAGE, VA],
  ['Sv48', 'ok', 0x1111],
  ['not canonical in Sv48', LOAD_PAGE, 2 ** 47],
  ['Sv57', 'ok', 0x1111],
  ['not canonical in Sv57', LOAD_PAGE, 2 ** 56],
  ['second half of an instruction', FETCH_PAGE, VA + 0x1000],
  ['second half of a load', LOAD_PAGE, VA + 0x1000],
  ['second half of a store', STORE_PAGE, VA + 0x1000],
  // QEMU reports the page fault: the order of the two is free.
  ['misaligned amo', STORE_MISALIGNED, VA + 0xffe],
  ['misaligned lr', LOAD_MISALIGNED, VA + 0xffe],
  ['load where nothing is', LOAD_ACCESS, 0],
  ['fetch where nothing is', FETCH_ACCESS, 0],
  ['load through a protected table', LOAD_ACCESS, VA],
  ['store through it', STORE_ACCESS, VA],
  ['fetch through it', FETCH_ACCESS, VA],
  ['page of address space 0', 'ok', 0x1111],
  ['of 1', 'ok', 0x1111],
  ['after a fence of it in 1', LOAD_PAGE, VA],
  ['after a fence of the page in 0', LOAD_PAGE, VA],
];

const TRIGGERS: readonly Row[] = [
  ['load that is matched', BREAKPOINT, words(0)],
  ['store to it', 'ok', 0x1111],
  // QEMU watches eight bytes.
  ['load behind it', 'ok', 0],
  ['store that is matched', BREAKPOINT, words(0)],
  // QEMU fires.
  ['the same with MIE clear', 'ok', 0],
  ['instruction that is matched', BREAKPOINT, ['snippet', 0]],
  fromU('another one of its page'),
  ['that one, with all above an address', BREAKPOINT, ['snippet', 6]],
  fromU('disarmed'),
];

const LOCKS: readonly Row[] = [
  ['locked configuration', 'ok', 0x91_0000],
  ['locked address', 'ok', 32],
  ['load of M where a locked entry permits it', 'ok', 5],
  ['store of M where it does not', STORE_ACCESS, words(32)],
  ['store of M behind it', 'ok', 5],
];

const EXPECTED = [...INSTRUCTIONS, ...PROTECTION, ...TRANSLATION, ...TRIGGERS, ...LOCKS];

describe.skipIf(!hasInterpreter())('the privileged architecture', () => {
  it.each(MODES)('is what the specification says, %s', (mode) => {
    const elf = assemble('privileged.S', RAM);
    const symbols = symbolsOf(elf);
    const conformance = new ConformanceMachine(mode, 16);
    const { machine } = conformance;
    conformance.load(elf);
    expect(conformance.run(LIMIT, () => machine.powerOffStatus !== undefined)).toBe(true);
    const at = (value: Value): number =>
      typeof value === 'number' ? value : (symbols.get(value[0]) ?? Number.NaN) + value[1];
    const first = at(['begin_signature', 0]) - RAM;
    const view = new DataView(
      machine.memory.u8.slice(first, at(['end_signature', 0]) - RAM).buffer,
    );
    const found = EXPECTED.map(([what], index) => {
      const cause = view.getBigUint64(index * RECORD_BYTES, true);
      const value = view.getBigUint64(index * RECORD_BYTES + 8, true);
      return [what, cause === PASSED ? 'ok' : Number(cause), Number(value)];
    });
    expect(found).toEqual(EXPECTED.map(([what, cause, value]) => [what, cause, at(value)]));
    // Nothing was tried beyond those.
    expect(view.getBigUint64(EXPECTED.length * RECORD_BYTES, true)).toBe(0n);
  });
});
