/** The parts of a Device or VirtioModel for tests that have nothing to reset and nothing to save. */
export const stateless = {
  reset: (): void => undefined,
  save: () => ({}),
  restore: (): void => undefined,
};
