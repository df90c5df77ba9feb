/** A file that cannot be booted: the message says what is wrong with it, and what to do where there is something. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
