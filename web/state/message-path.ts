/** Where the API has a message (04 sections 3.8 and 3.9). */
export function messagePath({ id, channelId }: { id: string; channelId: string | null }): string {
  const name = encodeURIComponent(id);
  return channelId === null
    ? `/api/v1/messages/${name}`
    : `/api/v1/channels/${encodeURIComponent(channelId)}/messages/${name}`;
}
