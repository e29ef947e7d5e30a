/** C15: an uploaded file as its sender names it. */
export interface GivenFile {
  readonly name: string;
  readonly type: string;
  readonly data: Uint8Array<ArrayBuffer>;
}
