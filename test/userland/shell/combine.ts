/** Systematic variation: one script for every combination of the lists. */
export function combine(
  lists: Readonly<Record<string, readonly string[]>>,
  template: string,
): string[] {
  let scripts = [template];
  for (const [name, values] of Object.entries(lists)) {
    scripts = scripts.flatMap((script) =>
      values.map((value) => script.replaceAll(`<${name}>`, () => value)),
    );
  }
  return scripts;
}

/** Every `step`-th script: enough of a large product that each value of each list is met with many others. */
export function thin(scripts: readonly string[], step: number): string[] {
  return scripts.filter((_, index) => index % step === 0);
}
