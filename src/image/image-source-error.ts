/** What an image is to be made from, or the image itself, cannot be used; the message says why and what to do. */
export class ImageSourceError extends Error {
  override readonly name = 'ImageSourceError';
}
