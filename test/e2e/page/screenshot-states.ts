/**
 * What opens on the pages: dialogs, menus, panes, each with the way there (05 section 10.11, A-1). The pictures and
 * axe look at every one.
 */
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../node-process.ts';
import { goTo } from './browser.ts';

/** What the scene has that the ways lead to. */
export interface Scene {
  friendUserId: string;
  /** A message with an answer, and one with a picture and a text. */
  threadId: string;
  filesText: string;
  /** One that is owned here and has nothing in it yet. */
  libraryId: string;
  /** One that was made here, with the friend as a member. */
  ownChannelId: string;
}

/** The library that has another member. */
export const SHARED = 'Garden';

/** One thing to look at. */
export interface State {
  name: string;
  address: string;
  open: (page: Page) => Promise<void>;
}

const dialog = (page: Page, name?: string | RegExp): Locator =>
  page.locator('dialog[open], [role=dialog]:popover-open', name === undefined ? {} : { hasText: name });

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, exact: true }).first();

/** Presses a button and waits for what it opens. */
const opens =
  (name: string | RegExp, what?: string | RegExp) =>
  async (page: Page): Promise<void> => {
    await button(page, name).click();
    await dialog(page, what).first().waitFor();
  };

const shows =
  (selector: string) =>
  async (page: Page): Promise<void> =>
    page.locator(selector).first().waitFor();

/** A key on a message, again while the list is read anew. */
const onMessage =
  (text: string, key: string, opened: string) =>
  async (page: Page): Promise<void> => {
    const message = page.getByRole('log').first().getByRole('article').filter({ hasText: text }).first();
    await eventually(`${key} opens ${opened}`, async () => {
      await message.focus();
      await page.keyboard.press(key);
      return page.locator(opened).first().isVisible();
    });
  };

const fromMenu =
  (text: string, item: string) =>
  async (page: Page): Promise<void> => {
    await onMessage(text, 'm', '[role=menu]:popover-open')(page);
    await page.getByRole('menuitem', { name: item, exact: true }).click();
    await dialog(page).first().waitFor();
  };

const typed =
  (text: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message', exact: true }).fill('');
    await page.getByRole('textbox', { name: 'Message', exact: true }).pressSequentially(text);
    await page.getByRole('listbox').first().waitFor();
  };

/** Adding it once more changes nothing. */
const withFile = async (page: Page): Promise<void> => {
  const buffer = Buffer.from('What we saw on the way.');
  await page.getByLabel('Files to add').setInputFiles({ name: 'diary.txt', mimeType: 'text/plain', buffer });
  await page.locator('.asset').first().waitFor();
};

/** All of them. */
export function statesOf({ friendUserId, threadId, filesText, libraryId, ownChannelId }: Scene): State[] {
  const at = (address: string, states: Record<string, State['open']>): State[] =>
    Object.entries(states).map(([name, open]) => ({ name, address, open }));
  return [
    ...at('/channels', {
      switcher: async (page) => {
        await page.keyboard.press('Control+k');
        await dialog(page, 'Go to').waitFor();
      },
      'key-table': async (page) => {
        await page.getByRole('log').first().focus();
        await page.keyboard.press('?');
        await dialog(page, 'Everywhere').waitFor();
      },
      'account-menu': opens('Account', 'Sign out'),
      'notifications-menu': opens('Notifications', 'All notifications'),
      'mute-menu': opens('Mute and favourite', 'Notify me of'),
      'emoji-menu': opens('Emoji'),
      'list-options': async (page) => {
        if (!(await button(page, 'List options').isVisible()))
          await page.getByRole('button', { name: 'Channels', exact: true }).click();
        await opens('List options', 'Only unread')(page);
      },
      'channel-list': async (page) => {
        const back = page.getByRole('button', { name: 'Channels', exact: true });
        if (await back.isVisible()) await back.click();
        await page.getByRole('region', { name: 'Channels' }).waitFor();
      },
      toast: onMessage(filesText, 's', '.toast'),
      'message-menu': onMessage(filesText, 'm', '[role=menu]:popover-open'),
      'reaction-menu': onMessage(filesText, '+', '[role=menu]:popover-open'),
      'edit-message': onMessage('Who brings', 'e', '[aria-label="Edit message"]'),
      'message-details': fromMenu('Who brings', 'Details'),
      lifespan: fromMenu('Who brings', 'Lifespan'),
      'mention-list': typed('@'),
      'emoji-list': typed(':smi'),
      lightbox: async (page) => {
        await page.locator('.file-picture').first().click();
        await dialog(page).first().waitFor();
      },
      'file-preview': opens('Preview notes.txt', 'some notes'),
      'find-pane': async (page) => {
        await page.getByRole('log').first().focus();
        await page.keyboard.press('/');
        await page.locator('.side-pane input').first().waitFor();
        await page.keyboard.type('ladder');
        await page.keyboard.press('Enter');
      },
      'person-card': async (page) => {
        await page.locator('.message .person-link').first().click();
        await dialog(page).first().waitFor();
      },
    }),
    { name: 'new-channel', address: '/channels?new=1', open: shows('dialog[open]') },
    { name: 'browse-channels', address: '/channels?browse=1', open: shows('dialog[open]') },
    {
      name: 'channel-details',
      address: '/channels?details=1',
      open: shows('dialog[open] h3, dialog[open] dl'),
    },
    {
      name: 'member-removal',
      address: `/channels?channel=${ownChannelId}&details=1`,
      open: async (page) => button(page, 'Remove ben').scrollIntoViewIfNeeded(),
    },
    { name: 'thread-pane', address: `/channels?thread=${threadId}`, open: shows('.side-pane article') },
    { name: 'unknown-channel', address: '/channels?channel=Cnowhere', open: shows('.empty') },
    { name: 'conversation', address: `/messages?with=${friendUserId}`, open: shows('[role=log] article') },
    { name: 'new-message', address: '/messages?new=1', open: shows('#composer, [role=combobox]') },
    ...at('/connect', {
      'peer-menu': opens('More actions', 'Forget'),
      'forget-peer': async (page) => {
        await opens('More actions', 'Forget')(page);
        await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
        await page.locator('dialog[open]').waitFor();
      },
      'qr-code': async (page) => {
        await button(page, 'Show QR code').click();
        await page.getByRole('img', { name: 'QR code of the invite code' }).waitFor();
      },
      'bad-invite': async (page) => {
        const form = page.getByRole('region', { name: "Import Friend's Invite" });
        await form.getByRole('textbox').fill('canopy:nonsense');
      },
    }),
    ...at('/keys', {
      'new-key': opens('Generate New Key', 'Expires'),
      'made-key': async (page) => {
        await opens('Generate New Key', 'Expires')(page);
        await button(page, 'Generate Key').click();
        await page.getByRole('textbox', { name: 'API key' }).waitFor();
      },
      'revoke-key': opens('Revoke', 'cannot be undone'),
    }),
    ...at('/tasks', {
      'new-task': opens('New task', 'Title'),
      task: async (page) => {
        await page.getByRole('link', { name: 'Bring the ladder' }).click();
        await dialog(page, 'Title').waitFor();
      },
    }),
    ...at('/feed', {
      'new-post': async (page) => {
        await page.getByRole('textbox', { name: 'Post', exact: true }).focus();
        await page.getByText('Who sees it').first().waitFor();
      },
      comments: async (page) => {
        await page
          .getByRole('button', { name: /comment/i })
          .first()
          .click();
        await page.getByRole('textbox', { name: 'Comment' }).first().waitFor();
      },
      'post-reactions': opens('React'),
    }),
    ...at('/search?q=ladder', { found: shows('mark') }),
    ...at('/admin', { 'suspend-account': opens(/^Suspend: /, 'signed out everywhere') }),
    ...at('/settings', {
      'mesh-relay': async (page) =>
        page.getByRole('combobox', { name: 'Relay policy' }).scrollIntoViewIfNeeded(),
      'import-database': opens('Import database…', 'takes the place of the present one'),
      'export-database': async (page) => {
        const link = page.getByRole('link', { name: 'Export database' });
        await link.scrollIntoViewIfNeeded();
        await link.hover();
      },
      storage: async (page) => page.getByRole('region', { name: 'Storage' }).scrollIntoViewIfNeeded(),
    }),
    {
      name: 'library-member-removal',
      address: '/libraries',
      open: async (page) => {
        await page.getByRole('link', { name: SHARED, exact: true }).click();
        await opens('Remove ben…', 'keeps what it has')(page);
      },
    },
    { name: 'new-library', address: '/libraries?new=1', open: shows('dialog[open]') },
    { name: 'join-library', address: '/libraries?join=1', open: shows('dialog[open]') },
    ...at(`/libraries?library=${libraryId}`, {
      library: withFile,
      'library-file': async (page) => {
        await withFile(page);
        await page.locator('.asset').first().click();
        await dialog(page, 'SHA-256').waitFor();
      },
      'library-ticket': async (page) => {
        await opens('Invite…', 'Make a ticket')(page);
        await button(page, 'Make a ticket').click();
        await page.getByRole('textbox', { name: 'Ticket', exact: true }).waitFor();
      },
      'change-library': opens('Change…', 'What belongs to it'),
      'close-library': opens('Close…', 'It ends for every member'),
    }),
    {
      name: 'more-pages',
      address: '/help',
      open: async (page) => {
        const more = page.getByRole('button', { name: 'More', exact: true });
        if (await more.isVisible()) await opens('More')(page);
        else await goTo(page, 'Help');
      },
    },
  ];
}
