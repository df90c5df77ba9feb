/** The text of a few regions: a change of the translator shows as a difference. `vitest -u` writes them anew. */
import { expect, it } from 'vitest';
import { encodeR } from '../../src/isa/encode.ts';
import type { RegionRequest } from '../../src/jit/control-flow.ts';
import { without } from '../../src/jit/optimisations.ts';
import { buildRegions } from '../../src/jit/translate.ts';
import { add, addi, auipc, beq, bne, ecall, jal, jalr, ld, sd } from '../support/assembler.ts';
import { requestFor } from '../support/region-request.ts';

const faddD = (rd: number, rs1: number, rs2: number): number => encodeR(0x0200_7053, rd, rs1, rs2);

const REGIONS: Readonly<Record<string, RegionRequest>> = {
  'copy-loop': requestFor([
    ld(7, 0, 5),
    sd(7, 0, 6),
    addi(5, 5, 8),
    addi(6, 6, 8),
    addi(8, 8, -1),
    bne(8, 0, -20),
    ecall,
  ]),
  'call-and-return': requestFor(
    [auipc(1, 0), jalr(1, 16, 1), addi(8, 8, -1), bne(8, 0, -12), add(10, 10, 8), jalr(0, 0, 1)],
    0,
    [[20, 8]],
  ),
  diamond: requestFor([beq(5, 0, 12), addi(6, 6, 1), jal(0, 8), addi(6, 6, 2), jal(0, -16)]),
  'floating-sum': requestFor([faddD(1, 1, 2), addi(8, 8, -1), bne(8, 0, -8), ecall]),
};

/** One function of the module's text. */
function functionOf(text: string): string {
  const start = text.indexOf(' (func $r0');
  return text.slice(start, text.lastIndexOf(')'));
}

it.each(Object.entries(REGIONS))('%s', async (name, request) => {
  // Hints would show as source locations that are not the same twice.
  const { module } = buildRegions([request], without('branchHints'));
  expect(module.validate()).toBe(1);
  await expect(functionOf(module.emitText())).toMatchFileSnapshot(`golden/${name}.wat`);
  module.dispose();
});
