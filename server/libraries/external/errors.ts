/** What goes wrong with another asset service. Its own words are never repeated: they are a stranger's. */

/** `away`: nothing can be done with it now; `refused`: one asset cannot be exchanged, others can. */
export type ServiceErrorCode = 'service_away' | 'service_refused';

export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  constructor(code: ServiceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
