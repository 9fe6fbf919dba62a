/** Own icons: 24 px grid, 1.75 px stroke, current colour (05 section 11.3). Decorative; the name stands beside them. */
import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const MessagesIcon = () => (
  <Icon>
    <path d="M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z" />
    <path d="m3.500 6.500 8.500 6.500 8.500-6.500" />
  </Icon>
);
export const ChannelsIcon = () => (
  <Icon>
    <path d="M9.500 4 7.500 20M16.500 4l-2 16M4.500 9h16M3.500 15h16" />
  </Icon>
);
export const ConnectIcon = () => (
  <Icon>
    <path d="M10 13.500a4.500 4.500 0 0 0 6.500.500l3-3a4.600 4.600 0 0 0-6.500-6.500L11.500 6" />
    <path d="M14 10.500a4.500 4.500 0 0 0-6.500-.500l-3 3A4.600 4.600 0 0 0 11 19.500l1.500-1.500" />
  </Icon>
);
export const EditIcon = () => (
  <Icon>
    <path d="m4 20 1-4.500L16 4.500a2 2 0 0 1 3 0l.500.500a2 2 0 0 1 0 3L8.500 19 4 20Z" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M4.500 7h15M9 7V4.500h6V7M6.500 7l1 13h9l1-13M10.500 11v5M13.500 11v5" />
  </Icon>
);
export const KeyIcon = () => (
  <Icon>
    <circle cx="8" cy="15" r="4.500" />
    <path d="m11.300 11.700 8.200-8.200M16 7l3 3" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M4 7h9m5 0h2M4 17h2m5 0h9" />
    <circle cx="15.500" cy="7" r="2.500" />
    <circle cx="8.500" cy="17" r="2.500" />
  </Icon>
);
export const PersonIcon = () => (
  <Icon>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.500 20.500a7.500 7.500 0 0 1 15 0" />
  </Icon>
);
export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8.500" r="3.500" />
    <path d="M2.500 19.500a6.500 6.500 0 0 1 13 0M15.500 5.300a3.500 3.500 0 0 1 0 6.400M18 14.200a6.500 6.500 0 0 1 3.500 5.300" />
  </Icon>
);
export const BellIcon = () => (
  <Icon>
    <path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15zM10 21h4" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M4 12 3.500 4.500 21 12 3.500 19.500 4 12Zm0 0h8" />
  </Icon>
);
export const EmojiIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M8.500 14.500a4.500 4.500 0 0 0 7 0M9 9.500v.01M15 9.500v.01" />
  </Icon>
);
export const AttachIcon = () => (
  <Icon>
    <path d="m20 11.500-8.200 8.200a5 5 0 0 1-7.100-7.100l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400l7.700-7.700" />
  </Icon>
);
export const FileIcon = () => (
  <Icon>
    <path d="M6 3h8l5 5v12a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Z" />
    <path d="M14 3v5h5" />
  </Icon>
);
export const LibrariesIcon = () => (
  <Icon>
    <path d="M4 4.500h4v15H4zM10 4.500h4v15h-4zM16.500 5l3.500.800-3 14-3.500-.800" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="m15 5-7 7 7 7" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15.500A1.500 1.500 0 0 1 4 14V5.500A1.500 1.500 0 0 1 5.500 4H14a1.500 1.500 0 0 1 1.500 1" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.500 4.500 4.500L19 7" />
  </Icon>
);
export const TwoChecksIcon = () => (
  <Icon>
    <path d="m2.500 12.500 4.500 4.500L16 7.500M12.500 16.500l.500.500L22 7.500" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M12 7.500V12l3 2" />
  </Icon>
);
export const RingIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="6.500" />
  </Icon>
);
export const AlertIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.500v5.500M12 16.500v.01" />
  </Icon>
);
export const DotIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="5.500" fill="currentColor" />
  </Icon>
);
export const RelayIcon = () => (
  <Icon>
    <path d="M4 8.500h15m-4-4 4 4-4 4M20 15.500H5m4 4-4-4 4-4" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon>
    <path d="M5 12v.01M12 12v.01M19 12v.01" stroke-width="3" />
  </Icon>
);
export const LockIcon = () => (
  <Icon>
    <path d="M6 10.500h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1ZM8 10.500V7.500a4 4 0 0 1 8 0v3" />
  </Icon>
);
export const OpenLockIcon = () => (
  <Icon>
    <path d="M6 10.500h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1ZM8 10.500v-4a4 4 0 0 1 7.800-1.200" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="11" cy="11" r="6.500" />
    <path d="m16 16 4.500 4.500" />
  </Icon>
);
export const BookmarkIcon = () => (
  <Icon>
    <path d="M7 4h10a1 1 0 0 1 1 1v15.500l-6-4.500-6 4.500V5a1 1 0 0 1 1-1Z" />
  </Icon>
);
export const ReplyIcon = () => (
  <Icon>
    <path d="M9.500 6 4 11.500 9.500 17M4.500 11.500H13a7 7 0 0 1 7 7" />
  </Icon>
);
export const FeedIcon = () => (
  <Icon>
    <path d="M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1ZM7.500 8h9M7.500 12h9M7.500 16h5" />
  </Icon>
);
export const DownIcon = () => (
  <Icon>
    <path d="M12 5v14m-6-6 6 6 6-6" />
  </Icon>
);

export const TrustIcon = () => (
  <Icon>
    <path d="M12 3.500 5 6v6c0 4.200 2.900 7.200 7 8.500 4.100-1.300 7-4.300 7-8.500V6l-7-2.500ZM9 12l2.200 2.200L15.500 10" />
  </Icon>
);
export const TasksIcon = () => (
  <Icon>
    <path d="M5 4h4v16H5zM11 4h4v10h-4zM17 4h3v13h-3z" />
  </Icon>
);
export const HelpIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1 .8-1 1.700M12 16.500v.010" />
  </Icon>
);

/** The sign: a leaf in a speech bubble (05 section 11.6). */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
    <path
      fill="currentColor"
      fill-rule="evenodd"
      d="M5 2h14a4 4 0 0 1 4 4v9a4 4 0 0 1-4 4h-6l-5 4v-4H5a4 4 0 0 1-4-4V6a4 4 0 0 1 4-4Zm13 3c-7-.500-11.500 2.500-11 8.500L5.500 15l1 1L8 14.500C14.500 15 18 11.500 18 5Z"
    />
  </svg>
);
