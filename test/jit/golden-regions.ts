/** The regions whose text is kept: each shows one thing that the translator does. Branches give offsets from themselves. */
import {
  EXECUTED,
  INTERPRETED,
  type RegionRequest,
  TRANSLATED,
} from '../../src/jit/control-flow.ts';
import { assembleText } from '../support/assemble-text.ts';
import { requestFor } from '../support/region-request.ts';

type Targets = readonly (readonly [site: number, target: number])[];

const region = (text: string, entry = 0, indirect: Targets = []): RegionRequest =>
  requestFor(assembleText(text), entry, indirect);

/** As region, with what is known of the halfword at a page offset. */
function knowing(text: string, offset: number, state: number): RegionRequest {
  const request = region(text);
  request.executed[offset / 2] = state;
  return request;
}

/** At the end of a page, so that half of the last instruction lies in the next one. */
function acrossPageEnd(text: string): RegionRequest {
  const words = assembleText(text);
  const start = 4098 - 4 * words.length;
  const { code, executed, next } = { ...requestFor([], start), next: (words.at(-1) ?? 0) >>> 16 };
  words.forEach((word, k) => {
    code.set([word & 0xffff], start / 2 + 2 * k);
    if (k < words.length - 1) code.set([word >>> 16], start / 2 + 2 * k + 1);
    executed[start / 2 + 2 * k] = EXECUTED;
  });
  return { page: 0, code, executed, entry: start, indirect: [], next };
}

export const REGIONS: Readonly<Record<string, RegionRequest>> = {
  // Arithmetic
  immediates: region(`addi x5, x6, -1; slti x7, x6, 10; sltiu x8, x6, 10; xori x9, x6, -1
    ori x10, x6, 15; andi x11, x6, 255; ecall`),
  registers:
    region(`add x5, x6, x7; sub x8, x6, x7; sll x9, x6, x7; slt x10, x6, x7; sltu x11, x6, x7
    xor x12, x6, x7; srl x13, x6, x7; sra x14, x6, x7; ecall`),
  words:
    region(`addiw x5, x6, 1; addw x7, x5, x6; subw x8, x7, x5; sllw x9, x8, x6; sraw x10, x9, x6
    slliw x11, x10, 3; srliw x12, x11, 2; sraiw x13, x12, 1; ecall`),
  'sign-extension-chain': region(
    'addw x5, x6, x7; addw x5, x5, x7; addiw x5, x5, 0; sext.b x5, x5; ecall',
  ),
  rotations:
    region(`srliw x7, x6, 25; slliw x5, x6, 7; or x5, x5, x7; srliw x7, x5, 2; slliw x5, x5, 30
    xor x5, x5, x7; slli x8, x6, 13; srli x9, x6, 51; add x8, x8, x9; ecall`),
  'shifts-to-and-fro': region(`slli x5, x5, 32; srli x5, x5, 32; slli x6, x6, 32; srli x6, x6, 30
    slli x7, x7, 48; srai x7, x7, 48; slli x8, x8, 56; srli x9, x8, 56; ecall`),
  'zero-register': region('addi x0, x6, 1; add x5, x0, x6; sub x7, x0, x6; sltu x8, x0, x6; ecall'),
  'constant-pair': region(
    'lui x5, 0x12345; addi x5, x5, 0x678; lui x6, 0x80000; addiw x6, x6, -1; ecall',
  ),
  'constant-address': region('auipc x5, 1; addi x5, x5, 16; ld x6, 8(x5); ecall'),
  multiply: region(
    'mul x5, x6, x7; mulh x8, x6, x7; mulhu x9, x6, x7; mulhsu x10, x6, x7; mulw x11, x6, x7; ecall',
  ),
  divide: region('div x5, x6, x7; divu x8, x6, x7; rem x9, x6, x7; remu x10, x6, x7; ecall'),
  'divide-words': region(
    'divw x5, x6, x7; divuw x8, x6, x7; remw x9, x6, x7; remuw x10, x6, x7; ecall',
  ),
  'address-generation': region(
    'sh1add x5, x6, x7; sh3add x8, x6, x7; add.uw x9, x6, x7; slli.uw x10, x6, 4; ecall',
  ),
  'bit-manipulation': region(`clz x5, x6; ctz x7, x6; cpop x8, x6; rev8 x9, x6; andn x10, x6, x7
    max x11, x6, x7; minu x12, x6, x7; rol x13, x6, x7; ecall`),
  'conditional-zero': region('czero.eqz x5, x6, x7; czero.nez x8, x6, x7; or x5, x5, x8; ecall'),
  // Memory
  'load-sizes': region(
    'lb x5, 0(x20); lbu x6, 1(x21); lh x7, 2(x22); lhu x8, 4(x23); lw x9, 8(x24); lwu x10, 12(x25); ecall',
  ),
  'store-sizes': region('sb x5, 0(x20); sh x6, 2(x21); sw x7, 4(x22); sd x8, 8(x23); ecall'),
  'shared-check': region(
    'ld x5, 0(x20); ld x6, 8(x20); ld x7, 16(x20); add x5, x5, x6; add x5, x5, x7; ecall',
  ),
  'shared-check-with-store': region(
    'ld x5, 0(x20); ld x6, 8(x20); sd x5, 8(x20); sd x6, 0(x20); ecall',
  ),
  'kept-check': region(
    'ld x5, 0(x20); beq x5, x0, 12; ld x6, 8(x20); add x5, x5, x6; lw x7, 16(x20); ecall',
  ),
  'kept-check-for-writing': region(
    'ld x5, 0(x20); sd x5, 8(x20); beq x5, x0, 8; sw x5, 16(x20); ld x7, 24(x20); ecall',
  ),
  'entries-of-a-table': region(
    'andi x5, x5, 63; sh2add x6, x5, x20; lw x7, 0(x6); srliw x8, x8, 26; sh2add x9, x8, x20; lw x10, 0(x9); ecall',
  ),
  'base-that-changes': region(
    'ld x5, 0(x20); ld x6, 8(x20); addi x20, x20, 16; ld x7, 0(x20); ld x8, 8(x20); ecall',
  ),
  'load-to-its-base': region('ld x5, 0(x5); bne x5, x0, -4; ecall'),
  'table-of-links': region(
    'and x5, x5, x6; slli x5, x5, 1; add x5, x5, x7; lhu x5, 0(x5); bltu x8, x5, -16; ecall',
  ),
  'list-with-keys': region('ld x6, 8(x5); ld x5, 0(x5); bne x6, x7, -8; ecall'),
  'stack-frame':
    region(`addi x2, x2, -32; sd x1, 24(x2); sd x8, 16(x2); sd x9, 8(x2); addi x8, x10, 1
    ld x9, 8(x2); ld x8, 16(x2); ld x1, 24(x2); addi x2, x2, 32; jalr x0, 0(x1)`),
  'copy-loop': region(
    'ld x7, 0(x5); sd x7, 0(x6); addi x5, x5, 8; addi x6, x6, 8; addi x8, x8, -1; bne x8, x0, -20; ecall',
  ),
  'byte-loop': region('lbu x7, 0(x5); addi x5, x5, 1; bne x7, x0, -8; ecall'),
  'atomic-add': region(
    'amoadd.w x5, x6, (x7); amoadd.d x8, x6, (x7); amoswap.w x9, x6, (x7); ecall',
  ),
  'atomic-minimum': region('amomin.w x5, x6, (x7); amomaxu.d x8, x6, (x7); ecall'),
  'load-reserved': region(
    'lr.w x5, (x7); bne x5, x6, 12; sc.w x8, x9, (x7); bne x8, x0, -12; ecall',
  ),
  'compare-and-swap': region('amocas.w x5, x6, (x7); ecall'),
  fence: region('sd x5, 0(x6); ntl.all; pause; ld x7, 0(x6); ecall'),
  // rw,w; r,rw; tso; then two that are not weaker: rw,rw and w,r.
  'weaker-fences': region(`sd x5, 0(x6); fence 0, 3, 1; sd x5, 8(x6); fence 0, 2, 3; fence 8, 3, 3
    fence 0, 3, 3; ld x7, 0(x6); fence 0, 1, 2; ecall`),
  // Control flow
  branches: region(`beq x5, x6, 24; bne x5, x6, 20; blt x5, x6, 16; bge x5, x6, 12; bltu x5, x6, 8
    bgeu x5, x6, 4; ecall`),
  'compare-and-branch': region(
    'slt x7, x5, x6; bne x7, x0, 8; addi x8, x8, 1; sltiu x7, x5, 1; beq x7, x0, -16; ecall',
  ),
  diamond: region('beq x5, x0, 12; addi x6, x6, 1; jal x0, 8; addi x6, x6, 2; jal x0, -16'),
  'nested-loops':
    region(`addi x6, x0, 10; add x7, x7, x6; addi x6, x6, -1; bne x6, x0, -8; addi x5, x5, -1
    bne x5, x0, -20; ecall`),
  'nested-loops-from-inside': region(
    `addi x6, x0, 10; add x7, x7, x6; addi x6, x6, -1; bne x6, x0, -8; addi x5, x5, -1
    bne x5, x0, -20; ecall`,
    4,
  ),
  'loop-with-two-exits': region(
    'ld x6, 0(x5); beq x6, x0, 16; addi x5, x5, 8; bne x5, x7, -12; jal x0, 64; ecall',
  ),
  irreducible: region(
    'beq x5, x0, 8; addi x6, x6, 1; addi x7, x7, 1; bne x7, x8, -8; bne x6, x8, -12; ecall',
  ),
  'endless-loop': region('jal x0, 0'),
  'call-and-return': region(
    'auipc x1, 0; jalr x1, 16(x1); addi x8, x8, -1; bne x8, x0, -12; add x10, x10, x8; jalr x0, 0(x1)',
    0,
    [[20, 8]],
  ),
  recursion: region(
    'addi x2, x2, -16; sd x1, 8(x2); beq x10, x0, 12; addi x10, x10, -1; jal x1, -16; ld x1, 8(x2); addi x2, x2, 16; jalr x0, 0(x1)',
    0,
    [[28, 20]],
  ),
  'computed-jump': region(
    'ld x5, 0(x6); jalr x0, 0(x5); addi x7, x7, 1; jal x0, -12; addi x7, x7, 2; jal x0, -20; addi x7, x7, 3; jal x0, -28',
    0,
    [
      [4, 16],
      [4, 8],
      [4, 24],
    ],
  ),
  'computed-jump-elsewhere': region('addi x5, x5, 8; jalr x1, 0(x5)'),
  'jump-to-another-page': region('addi x5, x5, 1; jal x0, 8192'),
  'instruction-in-two-pages': acrossPageEnd('addi x5, x5, 1; sd x5, 8(x6)'),
  'entry-in-the-middle': region('addi x5, x5, 1; addi x6, x6, 1; bne x5, x6, -4; ecall', 4),
  'illegal-ahead': knowing('addi x5, x5, 1; addi x6, x6, 1; jal x0, -8', 4, INTERPRETED),
  'region-of-another-entry': knowing(
    'addi x5, x5, 1; bne x5, x6, 8; jal x0, -8; addi x7, x7, 1; jal x0, -16',
    12,
    TRANSLATED,
  ),
  'csr-ends-it': region('addi x5, x5, 1; csrrs x6, 0xc00, x0; jal x0, -8'),
  // Floating point
  'floating-sum': region('fadd.d f1, f1, f2; addi x8, x8, -1; bne x8, x0, -8; ecall'),
  'floating-memory': region('fld f1, 0(x5); flw f2, 8(x5); fsd f1, 16(x5); fsw f2, 24(x5); ecall'),
  'floating-multiply-add': region('fmadd.d f1, f2, f3, f1; fnmsub.d f4, f2, f3, f4; ecall'),
  'floating-divide': region('fdiv.d f1, f2, f3; fsqrt.d f4, f1; ecall'),
  'floating-compare': region(
    'flt.d x5, f1, f2; bne x5, x0, 8; fmv.x.d x6, f1; feq.d x7, f1, f2; ecall',
  ),
  'floating-convert': region(
    'fcvt.d.w f1, x5; fcvt.w.d x6, f1; fcvt.d.s f2, f3; fcvt.s.d f4, f1; ecall',
  ),
  'floating-sign': region(
    'fsgnj.d f1, f2, f3; fsgnjn.d f4, f2, f2; fsgnjx.d f5, f2, f2; fmin.d f6, f1, f2; ecall',
  ),
};
