/** Whole files to and from a node that may live in another network: by a process there, since they are too large for lines. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const UPLOAD = `
  const [url, key, path, name, type] = process.argv.slice(1);
  require('node:fs').openAsBlob(path, { type }).then(async (file) => {
    const form = new FormData();
    form.append('file', file, name);
    const answer = await fetch(url + '/api/v1/files/upload', { method: 'POST', headers: { 'X-API-Key': key }, body: form });
    console.log(await answer.text());
  });`;

const DIGEST = `
  const [url, key, file] = process.argv.slice(1);
  fetch(url + '/api/v1/files/' + file, { headers: { 'X-API-Key': key } }).then(async (answer) => {
    const hash = require('node:crypto').createHash('sha256');
    let size = 0;
    for await (const piece of answer.body) { hash.update(piece); size += piece.length; }
    console.log(answer.status + ' ' + size + ' ' + hash.digest('hex'));
  });`;

/** A node's address and key, and the command that enters its network. */
export interface Reached {
  url: string;
  key: string;
  within: readonly string[];
}

async function there({ url, key, within }: Reached, script: string, ...args: string[]): Promise<string> {
  const [command = '', ...before] = [...within, process.execPath];
  const { stdout } = await run(command, [...before, '-e', script, url, key, ...args], { encoding: 'utf8' });
  return stdout;
}

/** Uploads the file at `path`; its id. */
export async function upload(node: Reached, path: string, name: string, type: string): Promise<string> {
  const answer = JSON.parse(await there(node, UPLOAD, path, name, type)) as { file_id?: string };
  if (answer.file_id === undefined) throw new Error(`${node.url} took no file: ${JSON.stringify(answer)}`);
  return answer.file_id;
}

/** Status, size and SHA-256 of a file as it is downloaded. */
export async function digest(node: Reached, file: string): Promise<string> {
  return (await there(node, DIGEST, file)).trim();
}
