/** Which words vector instructions have: OP-V, and LOAD-FP and STORE-FP with widths that scalars do not use (section 31.4). */

const OP_V = 0x57;
const LOAD_FP = 0x07;
const STORE_FP = 0x27;
/** funct3: 1 to 4 are floating-point loads and stores. */
const isVectorWidth = (width: number): boolean => width === 0 || width >= 5;

/** `low`: the first halfword of an instruction, or more of it. */
export function isVectorWord(low: number): boolean {
  const opcode = low & 0x7f;
  if (opcode === OP_V) return true;
  return (opcode === LOAD_FP || opcode === STORE_FP) && isVectorWidth((low >>> 12) & 7);
}
