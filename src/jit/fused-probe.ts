/** Whether this host's f64x2.relaxed_madd rounds once: then it is fmadd.d. */

/**
 * (module (func (export "f") (result i32) …)): (1 + 2^-30)^2 - (1 + 2^-29) == 2^-60, which only one rounding gives.
 * Written out, because who asks may not have binaryen at hand.
 */
function probeModule(): Uint8Array {
  const double = (value: number): number[] => [
    0x44, // f64.const
    ...new Uint8Array(new Float64Array([value]).buffer),
  ];
  const splat = (value: number): number[] => [...double(value), 0xfd, 0x14];
  const body = [
    0, // no locals
    ...splat(1 + 2 ** -30),
    ...splat(1 + 2 ** -30),
    ...splat(-(1 + 2 ** -29)),
    ...[0xfd, 0x87, 0x02], // f64x2.relaxed_madd
    ...[0xfd, 0x21, 0], // f64x2.extract_lane 0
    ...double(2 ** -60),
    0x61, // f64.eq
    0x0b, // end
  ];
  const section = (id: number, content: readonly number[]): number[] => [
    id,
    content.length,
    ...content,
  ];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 1, 0x7f]), // type: () -> i32
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]), // export "f"
    ...section(10, [1, body.length, ...body]),
  );
}

let answer: boolean | undefined;

export function isMultiplyAddFused(): boolean {
  if (answer === undefined) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probeModule()), {});
    answer = exports['f']?.() === 1;
  }
  return answer;
}
