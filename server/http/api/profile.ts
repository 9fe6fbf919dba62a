/** Profiles: the caller's own and that of the device (04 section 3.2). */
import { ANY_KEY, ANY_KEY_OR_SESSION } from '../access.ts';
import { normaliseAvatar } from '../avatar.ts';
import { isEmptyObject, type JsonObject } from '../body.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { stringField } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { ok, type Route } from '../routes.ts';
import { profileSchemas } from '../schemas/people.ts';
import type { FileId } from '../../wire/ids.ts';
import type { ProfileChanges } from '../../workspace/people.ts';
import type { DeviceCard, LocalProfile } from '../../workspace/types.ts';

/** Longest texts kept, in code points (05 section 3.3); names are shown on every node of the mesh. */
const MAX_NAME = 100;
const MAX_BIO = 500;
const MAX_DIRECTIVES = 4000;
/** Names with markup are refused at input, because some nodes show names unescaped (05 section 7.6). */
const UNSAFE_NAME = /[<>\p{Cc}]/u;
const CONTROL = /[^\P{Cc}\n\t]/gu;

export function profileRoutes(components: HttpComponents): Route[] {
  const { workspace, device } = components;
  return [
    {
      method: 'GET',
      path: '/profile',
      access: ANY_KEY,
      schema: profileSchemas.get,
      handle: ({ caller }) => {
        const profile = workspace.people.profile(caller.userId);
        if (profile === undefined) throw new ApiError('profile_not_found');
        return ok(profileJson(profile));
      },
    },
    {
      method: 'POST',
      path: '/profile',
      access: ANY_KEY,
      body: 'strict',
      schema: profileSchemas.update,
      handle: async ({ caller, body }) => {
        const changes = readChanges(body, caller.isOwner);
        if (changes.avatarFileId != null)
          workspace.avatars.check(caller.userId, changes.avatarFileId as FileId);
        await workspace.people.updateProfile(caller.userId, changes, { owner: caller.isOwner });
        return ok({ success: true });
      },
    },
    {
      method: 'GET',
      path: '/device/profile',
      access: ANY_KEY_OR_SESSION,
      schema: profileSchemas.device,
      handle: () => ok(deviceJson(device.card(), device.deviceId)),
    },
    {
      method: 'POST',
      path: '/device/profile',
      access: ANY_KEY_OR_SESSION,
      body: 'strict',
      schema: profileSchemas.updateDevice,
      handle: async ({ body }) => {
        if (isEmptyObject(body)) throw new ApiError('device_profile_body');
        device.update(await readDevice(body));
        return ok({ ok: true, success: true });
      },
    },
  ];
}

function profileJson(profile: LocalProfile) {
  const own = profile.agentDirectives;
  return {
    user_id: profile.id,
    username: profile.username,
    display_name: profile.displayName,
    account_type: profile.accountType,
    bio: profile.bio,
    avatar_file_id: profile.avatarFileId,
    avatar_url: profile.avatarFileId === null ? null : `/files/${profile.avatarFileId}`,
    origin_peer: profile.originPeer,
    theme_preference: profile.themePreference,
    notification_settings: profile.notificationSettings,
    privacy_settings: profile.privacySettings,
    agent_directives: own,
    agent_directives_effective: own,
    agent_directives_source: own === null ? 'none' : 'custom',
    created_at: isoOrNull(profile.createdAt),
    updated_at: isoOrNull(profile.updatedAt),
  };
}

function readChanges(body: JsonObject, owner: boolean): ProfileChanges {
  const changes: ProfileChanges = {};
  if ('display_name' in body) changes.displayName = nameField(body, 'display_name');
  if ('bio' in body) changes.bio = textField(body, 'bio', MAX_BIO);
  if ('avatar_file_id' in body) changes.avatarFileId = textField(body, 'avatar_file_id', MAX_BIO);
  if ('account_type' in body)
    changes.accountType = stringField(body, 'account_type') === 'agent' ? 'agent' : 'human';
  if ('agent_directives' in body) {
    if (!owner) throw new ApiError('directives_forbidden');
    const directives = (stringField(body, 'agent_directives') ?? '').replace(CONTROL, '').trim();
    if ([...directives].length > MAX_DIRECTIVES) {
      throw new ApiError('invalid_field', { error: `agent_directives exceeds max length ${MAX_DIRECTIVES}` });
    }
    changes.agentDirectives = directives === '' ? null : directives;
  }
  if (typeof body['read_receipts'] === 'boolean') changes.readReceipts = body['read_receipts'];
  if (Object.keys(changes).length === 0) throw new ApiError('no_profile_fields');
  return changes;
}

/** Trimmed; blank becomes null. */
function textField(body: JsonObject, name: string, limit: number): string | null {
  const text = (stringField(body, name) ?? '').trim();
  if ([...text].length > limit) {
    throw new ApiError('invalid_field', {
      error: `${name} exceeds max length ${limit}`,
      fields: { field: name },
    });
  }
  return text === '' ? null : text;
}

function nameField(body: JsonObject, name: string): string | null {
  const text = textField(body, name, MAX_NAME);
  if (text !== null && UNSAFE_NAME.test(text)) {
    throw new ApiError('invalid_field', {
      error: `${name} must not contain <, > or control characters`,
      fields: { field: name },
    });
  }
  return text;
}

/** Other devices show it in every list: without one they could not tell this node from others. */
function deviceName(body: JsonObject): string {
  const name = nameField(body, 'display_name');
  if (name !== null) return name;
  throw new ApiError('invalid_field', {
    error: 'A device needs a name. Type one that others will recognise.',
    fields: { field: 'display_name' },
  });
}

function deviceJson(card: DeviceCard, deviceId: string) {
  return {
    display_name: card.displayName,
    description: card.description,
    avatar_b64: card.avatarB64,
    avatar_mime: card.avatarMime,
    device_id: deviceId,
  };
}

/** Null and absent keep; an empty avatar clears it. */
async function readDevice(body: JsonObject): Promise<Partial<DeviceCard>> {
  const changes: Partial<DeviceCard> = {};
  if (body['display_name'] != null) changes.displayName = deviceName(body);
  if (body['description'] != null) changes.description = textField(body, 'description', MAX_BIO) ?? '';
  const avatar = stringField(body, 'avatar_b64');
  if (avatar === '') {
    changes.avatarB64 = '';
    changes.avatarMime = '';
  } else if (avatar !== undefined) {
    const { base64, mime } = await normaliseAvatar(avatar);
    changes.avatarB64 = base64;
    changes.avatarMime = mime;
  }
  return changes;
}
