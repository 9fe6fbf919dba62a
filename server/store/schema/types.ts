/** How a shared table is described: enough to create it, and to complete an older one (03 section 2.1). */
export interface SharedTable {
  readonly name: string;
  /** Column and constraint list, the text between the parentheses of CREATE TABLE. */
  readonly columns: string;
  /** Whole CREATE INDEX IF NOT EXISTS statements. */
  readonly indexes: readonly string[];
}
