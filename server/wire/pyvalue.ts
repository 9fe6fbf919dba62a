/** Parsed JSON with the distinctions the signed bytes depend on (01 section 7.4). */

/** A float token, kept apart from an integer of the same value: `1.0` is not `1` in signed bytes. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** An object; a map, so that `__proto__` is a key like any other and `"10"` stays before `"9"`. */
export type PyObject = Map<string, PyValue>;

/** A parsed value. A `number` is a safe integer, a `bigint` any other integer. */
export type PyValue = null | boolean | string | number | bigint | PyFloat | PyValue[] | PyObject;
