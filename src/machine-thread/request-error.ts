/** A request that the host cannot grant, in words for its user; errors of the guest are KernelErrors. */
export class RequestError extends Error {}
