/** A bug in Hartix itself, as opposed to an error that a guest caused: never converted to an errno. */

export class Panic extends Error {
  override readonly name = 'Panic';
}

export function panic(message: string): never {
  throw new Panic(message);
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) panic(message);
}
