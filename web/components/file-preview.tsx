/**
 * What is in a file (05 section 10.7, F-4): tables of CSV as tables, Markdown as in messages, other texts as they stand, all read
 * as text, so that nothing of it can run here; a PDF by the browser's own viewer, in a frame that its answer sandboxes.
 */
import { useEffect, useState } from 'preact/hooks';
import { PDF, type Attachment } from '../state/attachments.ts';
import { tableOf } from '../state/delimited.ts';
import { api } from '../state/session.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Markdown } from './markdown.tsx';

interface Preview {
  previewable: boolean;
  text?: string;
  truncated?: boolean;
  error?: string;
}

export function FilePreview({ file, onClose }: { file: Attachment; onClose: () => void }) {
  const address = `/files/${encodeURIComponent(file.id ?? '')}`;
  return (
    <Dialog title={file.name} onClose={onClose} toRead wide>
      {file.type === PDF ? (
        // Chromium shows nothing in a frame with the attribute `sandbox`; the answer's own policy says the same.
        <iframe class="file-preview pdf" src={`${address}?framed=1`} title={`Content of ${file.name}`} />
      ) : (
        <TextPreview file={file} />
      )}
      <div class="row-actions">
        <a class="button plain" href={address} download={file.name}>
          Download
        </a>
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function TextPreview({ file }: { file: Attachment }) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [error, setError] = useState<string | null>(null);
  const address = encodeURIComponent(file.id ?? '');
  useEffect(() => {
    api
      .get<Preview>(`/api/v1/files/${address}/preview`)
      .then((answer) => {
        setPreview(answer);
        setError(answer.previewable ? null : (answer.error ?? 'There is no preview of it.'));
      })
      .catch((cause: unknown) => setError(cause instanceof Error ? cause.message : 'It could not be read.'));
  }, [address]);
  return (
    <>
      {error === null ? null : (
        <p class="note error" role="alert">
          {error}
        </p>
      )}
      {preview?.text === undefined ? null : (
        <div class="file-preview" tabIndex={0} role="group" aria-label="Content">
          <Content type={file.type} text={preview.text} />
        </div>
      )}
      {preview?.truncated === true ? (
        <p class="note">This is its beginning; download it to see it all.</p>
      ) : null}
    </>
  );
}

function Content({ type, text }: { type: string; text: string }) {
  if (type === 'text/markdown') return <Markdown text={text} />;
  const rows = type === 'text/csv' ? tableOf(text) : null;
  if (rows === null) return <pre dir="auto">{text}</pre>;
  const [head = [], ...body] = rows;
  return (
    <div class="text">
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
