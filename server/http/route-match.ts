/**
 * Finds the entry for a path: literal paths by one look-up, then the ones with parameters, in order. Paths are exact:
 * case counts, and so does a slash at the end (04 section 1.4).
 */

/** Parameters of a path, decoded. */
export type PathParams = Readonly<Record<string, string>>;

interface Pattern<T> {
  segments: readonly string[];
  entry: T;
}

const NO_PARAMS: PathParams = {};

/** A table of paths. `:name` as a whole segment is a parameter, which matches anything but nothing. */
export class RouteTable<T> {
  readonly #literal = new Map<string, T>();
  readonly #patterns: Pattern<T>[] = [];

  constructor(entries: Iterable<readonly [path: string, entry: T]>) {
    for (const [path, entry] of entries) {
      if (path.includes('/:')) this.#patterns.push({ segments: path.split('/'), entry });
      else this.#literal.set(path, entry);
    }
  }

  /**
   * The entry of a path as it stands in the request, and its parameters.
   * @throws {URIError} when a parameter is no percent-encoded UTF-8.
   */
  find(path: string): { entry: T; params: PathParams } | null {
    const literal = this.#literal.get(path);
    if (literal !== undefined) return { entry: literal, params: NO_PARAMS };
    const given = path.split('/');
    for (const { segments, entry } of this.#patterns) {
      if (fits(segments, given)) return { entry, params: paramsOf(segments, given) };
    }
    return null;
  }
}

function fits(segments: readonly string[], given: readonly string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, at) => (segment.startsWith(':') ? given[at] !== '' : given[at] === segment))
  );
}

function paramsOf(segments: readonly string[], given: readonly string[]): PathParams {
  const params: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    if (segment.startsWith(':')) params[segment.slice(1)] = decodeURIComponent(given[at] ?? '');
  }
  return params;
}
