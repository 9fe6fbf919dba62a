/** Addresses of channels and of the dialogs about them (05 section 3.2). */
import { GENERAL } from './channel.ts';

/** Where a channel is, or a dialog about it. */
export function channelAddress(id: string, dialog?: 'new' | 'browse' | 'details'): string {
  const query = new URLSearchParams(id === GENERAL ? {} : { channel: id });
  if (dialog !== undefined) query.set(dialog, '1');
  return query.size === 0 ? '/channels' : `/channels?${query.toString()}`;
}
